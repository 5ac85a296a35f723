// The furniture: sheets on a narrow screen, notices that can be dismissed, the list of keys.

import { byId } from "./dom.js";

/** Notices that stay away once dismissed: the hint for good, the other for the session. */
const MEMORY = /** @type {Record<string, () => Storage>} */ ({
  hint: () => localStorage,
  notice: () => sessionStorage,
});

/** Notices can be dismissed; `early.js` reads what is remembered here. */
export function notices() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-dismiss]") : null;
    const id = button?.getAttribute("data-dismiss");
    if (!id) return;
    byId(id).hidden = true;
    try {
      MEMORY[id]?.().setItem(`dismissed-${id}`, "1");
    } catch {
      // storage is switched off: dismissed for as long as the page lives
    }
  });
}

export function sheets() {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-sheet]")]);
  const show = (/** @type {string | null} */ which) => {
    for (const button of buttons) {
      const open = button.dataset.sheet === which;
      button.setAttribute("aria-expanded", String(open));
      byId(button.dataset.sheet ?? "").classList.toggle("open", open);
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      show(open ? null : (button.dataset.sheet ?? null));
    });
  }
  for (const button of document.querySelectorAll(".sheet-close")) {
    button.addEventListener("click", () => show(null));
  }
  return { close: () => show(null) };
}

export function keysDialog() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys"));
  byId("show-keys").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || (target instanceof Element && target.closest("[data-close]"))) {
      dialog.close();
    }
  });
  return dialog;
}
