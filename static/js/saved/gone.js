// What has just been deleted: the page stays to be read, nothing on it acts, and it can be put back.

import { byId } from "../viewer/dom.js";
import { doing } from "./forms.js";

/**
 * Deletes what a page is about, and puts it back as long as the page is open.
 * @param {() => Promise<unknown>} remove  null when the reader thought better of it
 * @param {() => Promise<unknown>} restore
 */
export function deletable(remove, restore) {
  const button = byId("delete");
  const undo = byId("put-back");

  /** @param {boolean} gone */
  function show(gone) {
    byId("gone").hidden = !gone;
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-acts]"))) part.inert = gone;
    document.body.classList.toggle("is-gone", gone);
    (gone ? undo : button).focus();
  }

  button.addEventListener("click", () => doing(button, async () => {
    if ((await remove()) !== null) show(true);
  }));
  undo.addEventListener("click", () => doing(undo, async () => {
    if ((await restore()) !== null) show(false);
  }));
}
