// A token by itself as an element: its white space is visible, and quieter than its letters.

import { h } from "../viewer/dom.js";
import { visible } from "./offers.js";

/** @param {string} text */
export function tokenLabel(text) {
  const [, before, rest] = /** @type {string[]} */ (/^([␣⇥↵]*)(.*)$/s.exec(visible(text)));
  return before && rest
    ? h("span", { class: "token" }, h("i", {}, before), rest)
    : h("span", { class: "token" }, before || rest);
}
