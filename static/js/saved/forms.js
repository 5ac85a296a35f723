// Forms: an error stands by the field that caused it, and what was typed stays.

import { message } from "./words.js";

/**
 * Say what was refused beside its field: `<p class="error" data-for="name">`; what has no place of
 * its own goes to `data-for="form"`.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @param {string | null} [field]
 */
export function showError(form, error, field = null) {
  clearErrors(form);
  const named = field ?? /** @type {{field?: string | null}} */ (error)?.field ?? null;
  const spot = (named && form.querySelector(`[data-for~="${CSS.escape(named.split(".")[0])}"]`)) || form.querySelector('[data-for="form"]');
  if (!spot) return;
  spot.textContent = message(error);
  const control = form.querySelector(`[aria-describedby~="${CSS.escape(spot.id)}"]`);
  if (control instanceof HTMLElement) {
    control.setAttribute("aria-invalid", "true");
    control.focus();
  }
}

/** @param {HTMLFormElement} form */
export function clearErrors(form) {
  for (const spot of form.querySelectorAll("[data-for]")) spot.textContent = "";
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/**
 * A dialog of the page: opened by a button, closed by its buttons, Escape, or a click beside it.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} opener
 * @param {() => void} [opened]
 */
export function dialogOf(dialog, opener, opened = () => {}) {
  opener.hidden = false;
  opener.addEventListener("click", () => {
    dialog.showModal();
    opened();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || (target instanceof Element && target.closest("[data-close]"))) dialog.close();
  });
}
