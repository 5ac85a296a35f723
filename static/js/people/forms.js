// Fields with their faults beside them, and forms that keep what was typed.

import { h, icon } from "../viewer/dom.js";

let made = 0;

/**
 * A labelled field; `fault` says what is wrong with it, and nothing takes that back.
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {HTMLInputElement | HTMLTextAreaElement} input
 * @property {(words: string) => void} fault
 */

/**
 * @param {string} label
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 * @param {string} [hint]
 * @returns {Field}
 */
export function field(label, input, hint = "") {
  made += 1;
  input.id ||= `field-${made}`;
  const error = h("p", { class: "error", id: `${input.id}-error`, role: "alert" });
  const about = hint ? [h("p", { class: "small", id: `${input.id}-hint` }, hint)] : [];
  input.setAttribute("aria-describedby", `${hint ? `${input.id}-hint ` : ""}${error.id}`);
  const fault = (/** @type {string} */ words) => {
    error.textContent = words;
    input.setAttribute("aria-invalid", String(words !== ""));
    if (words) input.focus();
  };
  input.addEventListener("input", () => error.textContent && fault(""));
  const element = h("div", { class: "form-field" }, h("label", { for: input.id }, label), input, ...about, error);
  return { element, input, fault };
}

/**
 * @param {string} label
 * @param {Record<string, string | number | boolean | null>} attributes
 * @param {string} [hint]
 */
export const textField = (label, attributes, hint) =>
  field(label, h("input", { class: "field", ...attributes }), hint);

/**
 * A form that sends itself once at a time, by its button or Enter.
 * @param {HTMLElement[]} parts
 * @param {string} words  on the button
 * @param {() => Promise<void>} submit
 * @param {HTMLElement[]} [acts]  beside the button
 */
export function form(parts, words, submit, acts = []) {
  const button = h("button", { class: "button primary" }, words);
  const element = h("form", { class: "form", novalidate: true }, ...parts, h("p", { class: "form-acts" }, button, ...acts));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      await submit();
    } finally {
      button.disabled = false;
    }
  });
  return element;
}

/**
 * Whatever has `data-close` closes the dialog that it is in.
 * @param {HTMLDialogElement} dialog
 */
export function closes(dialog) {
  dialog.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("[data-close]")) dialog.close();
  });
}

/**
 * A dialog that is made when it is opened and gone when it is closed.
 * @param {string} title
 * @param {HTMLElement} content
 */
export function openDialog(title, content) {
  made += 1;
  const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close", "data-close": true }, icon("close"));
  const head = h("div", { class: "dialog-head" }, h("h2", { id: `dialog-${made}` }, title), close);
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": `dialog-${made}` }, head, content);
  closes(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
