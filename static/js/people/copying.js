// Buttons that copy something, and say so in their own place.

import { say } from "./undo.js";

/** How long a button says that it has copied, in ms. */
const SAYS = 2000;

/**
 * Copy a text from a button, whose words say so for a while.
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  const words = button.dataset.words ?? button.textContent ?? "";
  button.dataset.words = words;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // An address can be copied from a toast; longer texts stand on the page.
    if (text.includes("\n")) button.textContent = "Not allowed here: select and copy it by hand";
    else say(`Copying is not allowed here. By hand: ${text}`);
  }
  setTimeout(() => {
    button.textContent = words;
  }, SAYS);
}

/**
 * @param {HTMLElement} button
 * @param {() => string} text
 */
export function copies(button, text) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button, text()));
}
