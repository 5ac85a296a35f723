// The keyboard of the whole page: where a key was pressed, and whom it concerns.

import { actionOf } from "./keys.js";
import { walk } from "./walk.js";

/**
 * What the page can do when a key asks for it.
 * @typedef {object} Page
 * @property {(step: 1 | -1) => void} layer
 * @property {(step: 1 | -1) => void} component
 * @property {() => void} write
 * @property {() => void} help
 * @property {(target: HTMLElement) => void} close
 * @property {(target: HTMLElement) => void} pin
 */

/** @param {Page} page */
export function keyboard(page) {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (!(target instanceof HTMLElement) || document.querySelector("dialog[open]")) return;
    const action = actionOf(event, placeOf(target));
    if (action === null) return;
    event.preventDefault();
    if (action === "layer-before" || action === "layer-after") {
      page.layer(action === "layer-after" ? 1 : -1);
    } else if (action === "component-before" || action === "component-after") {
      page.component(action === "component-after" ? 1 : -1);
    } else if (action === "write" || action === "help") page[action]();
    else if (action === "close" || action === "pin") page[action](target);
    else walk(target, action);
  });
}

/**
 * @param {Element} target
 * @returns {"page" | "token" | "grid" | "typing"}
 */
function placeOf(target) {
  if (target.matches('textarea, select, input:not([type="range"], [type="radio"])')) return "typing";
  return target.closest(".texts .t") ? "token" : target.closest("#grid") ? "grid" : "page";
}
