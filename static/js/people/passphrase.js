// Writing under a name, and giving its passphrase where the name is claimed.

import { Problem } from "../viewer/api.js";
import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { logIn } from "./api.js";
import { form, openDialog, textField } from "./forms.js";
import { askName, setName } from "./name.js";

/** @param {unknown} error */
export const isClaimed = (error) =>
  error instanceof Problem && error.status === 403 && error.field === "username";

/**
 * Ask for the passphrase of a claimed name, and log in with it.
 * @param {string} name
 * @param {string} why
 * @returns {Promise<boolean>}  whether that was done
 */
export function askPassphrase(name, why) {
  const passphrase = textField("Passphrase", { type: "password", autocomplete: "current-password" });
  return new Promise((resolve) => {
    let done = false;
    const cancel = h("button", { type: "button", class: "text-button", "data-close": true }, "Cancel");
    const log = async () => {
      try {
        setName((await logIn(name, passphrase.input.value)).username);
        done = true;
        dialog.close();
      } catch (error) {
        passphrase.fault(message(error));
      }
    };
    const content = form([h("p", {}, why), passphrase.element], "Log in", log, [cancel]);
    const dialog = openDialog(`Log in as ${name}`, content);
    dialog.addEventListener("close", () => resolve(done));
    passphrase.input.focus();
  });
}

/**
 * Write something under the reader's name, which is asked for where there is none; where the name
 * is claimed, its passphrase is. Null when the reader thinks better of it.
 * @template T
 * @param {string} why  what the name is for, as a sentence
 * @param {(username: string) => Promise<T>} write
 * @returns {Promise<T | null>}
 */
export async function asMe(why, write) {
  const name = await askName(why);
  if (name === null) return null;
  try {
    return await write(name);
  } catch (error) {
    if (!(error instanceof Problem) || !isClaimed(error)) throw error;
    return (await askPassphrase(name, error.message)) ? write(name) : null;
  }
}

/**
 * Do something under the reader's name, and say whether it was done: an act may answer nothing.
 * @param {string} why
 * @param {(username: string) => Promise<unknown>} act
 * @returns {Promise<boolean>}
 */
export async function didAsMe(why, act) {
  const done = await asMe(why, async (username) => {
    await act(username);
    return true;
  });
  return done === true;
}
