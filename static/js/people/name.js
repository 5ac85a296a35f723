// The name that things are saved under: remembered by the browser, asked for when it is needed.

import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { named } from "./api.js";
import { form, openDialog, textField } from "./forms.js";
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
 * What was typed as a name: as it is kept, or why it cannot be used, the server asked too.
 * @param {string} typed
 * @returns {Promise<{name: string, fault: null} | {name: null, fault: string}>}
 */
export async function checkName(typed) {
  const read = readName(typed);
  if (read.fault !== null) return read;
  try {
    const { name, fault } = await named(typed);
    return name === null ? { name, fault } : { name, fault: null };
  } catch (error) {
    return { name: null, fault: message(error) };
  }
}

/**
 * The name in use; where there is none, a dialog asks for it. Null when that is dismissed.
 * @param {string} why  what the name is for, as a whole sentence
 * @returns {Promise<string | null>}
 */
export function askName(why) {
  if (kept !== null) return Promise.resolve(kept);
  const box = textField("Name", { name: "username", autocomplete: "username", dir: "auto" });
  const about = h("p", {}, `${why} No password is needed, and a name can be claimed later.`);
  const cancel = h("button", { type: "button", class: "text-button", "data-close": true }, "Cancel");
  return new Promise((resolve) => {
    const use = async () => {
      const { name, fault } = await checkName(box.input.value);
      if (name === null) return box.fault(fault);
      setName(name);
      dialog.close();
    };
    const dialog = openDialog("Your name", form([about, box.element], "Use this name", use, [cancel]));
    dialog.addEventListener("close", () => resolve(kept));
    box.input.focus();
  });
}
