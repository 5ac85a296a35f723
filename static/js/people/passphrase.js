// Writing under a name, and giving its passphrase where the name is claimed.

import { Problem } from "../viewer/api.js";
import { h } from "../viewer/dom.js";
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
    const content = form([h("p", {}, why), passphrase.element], "Log in", async () => {
      try {
        setName((await logIn(name, passphrase.input.value)).username);
        done = true;
        dialog.close();
      } catch (error) {
        passphrase.fault(error instanceof Error ? error.message : String(error));
      }
    });
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
