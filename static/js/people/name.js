// The name that things are saved under: remembered by the browser, asked for when it is needed.

import { h } from "../viewer/dom.js";
import { readName } from "./reading.js";

const KEY = "username";

/** @typedef {(name: string | null) => void} Listener */

/** @type {Listener[]} */
const listeners = [];
let kept = remembered();

function remembered() {
  try {
    return localStorage.getItem(KEY) || null;
  } catch {
    return null; // storage is switched off: the name lasts as long as the page
  }
}

/** The name in use, or null. */
export const who = () => kept;

/**
 * Be told when the name changes, here or in another tab.
 * @param {Listener} listener
 */
export function onName(listener) {
  listeners.push(listener);
}

/**
 * Save under this name from now on, or under none.
 * @param {string | null} name
 */
export function setName(name) {
  if (name === kept) return;
  kept = name;
  try {
    if (name === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, name);
  } catch {
    // storage is switched off: the name lasts as long as the page
  }
  for (const listener of listeners) listener(name);
}

addEventListener("storage", ({ key }) => {
  if (key !== KEY) return;
  kept = remembered();
  for (const listener of listeners) listener(kept);
});

/**
 * The name in use; where there is none, a dialog asks for it. Null when that is dismissed.
 * @param {string} why  what the name is for, as a whole sentence
 * @returns {Promise<string | null>}
 */
export function askName(why) {
  if (kept !== null) return Promise.resolve(kept);
  const box = h("input", { class: "field", id: "ask-name", name: "username", autocomplete: "username", "aria-describedby": "ask-name-error" });
  const error = h("p", { class: "error", id: "ask-name-error", role: "alert" });
  const cancel = h("button", { type: "button", class: "text-button" }, "Cancel");
  const form = h(
    "form",
    { class: "form", novalidate: true },
    h("h2", { id: "ask-name-title" }, "Your name"),
    h("p", {}, `${why} No password is needed, and a name can be claimed later.`),
    h("label", { for: "ask-name" }, "Name"),
    box,
    error,
    h("p", { class: "form-acts" }, h("button", { class: "button primary" }, "Use this name"), cancel),
  );
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "ask-name-title" }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { name, fault } = readName(box.value);
      error.textContent = fault ?? "";
      box.setAttribute("aria-invalid", String(fault !== null));
      if (name === null) {
        box.focus();
        return;
      }
      setName(name);
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(kept);
    });
    dialog.showModal();
    box.focus();
  });
}
