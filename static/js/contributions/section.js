// A figure's section, of either page: its parts, and what is said in it when something failed.

import { h } from "../viewer/dom.js";

/**
 * A part of a section, by its class.
 * @param {HTMLElement} section
 * @param {string} name
 */
export function part(section, name) {
  const found = section.querySelector(`:scope > .${name}, :scope > header > .${name}`);
  if (!(found instanceof HTMLElement)) throw new Error(`#${section.id} has no .${name}`);
  return found;
}

/**
 * Say in a section what went wrong, with a way on.
 * @param {HTMLElement} section
 * @param {string} words
 * @param {string} act  what the button says
 * @param {() => unknown} again
 */
export function refuse(section, words, act, again) {
  const button = h("button", { type: "button", class: "text-button", click: again }, act);
  part(section, "error").replaceChildren(`${words} `, button);
  section.classList.add("stale");
}
