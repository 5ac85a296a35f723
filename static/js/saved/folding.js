// Long texts show their beginning; `.fold` in the style sheet cuts them, these buttons open them.

import { h } from "../viewer/dom.js";

/**
 * A button that shows all of a text and folds it again; there is none while nothing is cut.
 * @param {HTMLElement} text
 */
export function fold(text) {
  const button = h("button", { type: "button", class: "text-button unfold", "aria-expanded": "false", hidden: true }, "show all");
  const open = () => text.classList.contains("open");
  button.addEventListener("click", () => {
    const now = text.classList.toggle("open");
    button.textContent = now ? "show less" : "show all";
    button.setAttribute("aria-expanded", String(now));
  });
  text.after(button);
  new ResizeObserver(() => {
    button.hidden = !open() && text.scrollHeight <= text.clientHeight + 1;
  }).observe(text);
}

/**
 * Buttons for all long texts of a part of the page that have none yet.
 * @param {ParentNode} part
 */
export function foldIn(part) {
  for (const text of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll(".fold:not(:has(+ .unfold))"))) fold(text);
}
