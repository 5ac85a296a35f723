// Toasts: what has been done, and for a while a way back.

import { byId, h, icon } from "../viewer/dom.js";
import { message } from "../viewer/format.js";

/** How long a toast stays, in ms; the clock stands still under the hand or the focus. */
const STAYS = 10_000;
/** How many there are at once: the newest take the place of older ones. */
const MOST = 2;

/** @typedef {{href: string, words: string}} Further  where to look at what was done */

/**
 * Say what has been done, and offer to undo it for ten seconds.
 * @param {string} words
 * @param {() => Promise<boolean | void>} undo  false when the reader thought better of that
 * @param {Further} [further]
 */
export function offerUndo(words, undo, further) {
  const button = h("button", { type: "button", class: "text-button toast-undo" }, "Undo");
  const said = h("p", {}, words);
  const toast = show([said, ...linkTo(further), button]);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if ((await undo()) === false) button.disabled = false;
      else toast.close();
    } catch (error) {
      said.textContent = message(error);
      said.classList.add("error");
      button.disabled = false;
    }
  });
}

/**
 * Say something that needs no answer.
 * @param {string} words
 * @param {Further} [further]
 */
export function say(words, further) {
  show([h("p", {}, words), ...linkTo(further)]);
}

/** @param {Further} [further] */
const linkTo = (further) => (further ? [h("a", { href: further.href }, further.words)] : []);

/** @param {HTMLElement[]} parts */
function show(parts) {
  const dismiss = h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss" }, icon("close"));
  const toast = h("div", { class: "toast" }, ...parts, dismiss);
  let timer = 0;
  let left = STAYS;
  let since = 0;
  const close = () => {
    clearTimeout(timer);
    toast.remove();
  };
  const run = () => {
    clearTimeout(timer);
    since = performance.now();
    timer = window.setTimeout(close, left);
  };
  const pause = () => {
    clearTimeout(timer);
    left = Math.max(left - (performance.now() - since), 2000);
    since = performance.now();
  };
  const held = () => toast.matches(":hover") || toast.contains(document.activeElement);
  const resume = () => queueMicrotask(() => held() || run());
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("pointerleave", resume);
  toast.addEventListener("focusout", resume);
  dismiss.addEventListener("click", close);
  const host = byId("toasts");
  host.append(toast);
  while (host.children.length > MOST) host.firstElementChild?.remove();
  run();
  return { close };
}
