// Forms that stand in a page: an error stands by the field that caused it, and what was typed stays.
// `people/forms.js` has those that a script makes.

import { closes } from "../people/forms.js";
import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";

/**
 * Say what was refused beside its field: `<p class="error" data-for="name">`; what has no place of
 * its own goes to the one whose `data-for` has the word `form`.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @param {string | null} [field]
 */
export function showError(form, error, field = null) {
  clearErrors(form);
  const named = field ?? /** @type {{field?: string | null}} */ (error)?.field ?? null;
  const place = (/** @type {string} */ word) => form.querySelector(`[data-for~="${CSS.escape(word)}"]`);
  const spot = (named && place(named.split(".")[0])) || place("form");
  if (!spot) return;
  spot.textContent = message(error);
  const control = form.querySelector(`[aria-describedby~="${CSS.escape(spot.id)}"]`);
  if (control instanceof HTMLElement) {
    control.setAttribute("aria-invalid", "true");
    control.focus();
  } else {
    spot.scrollIntoView({ block: "nearest" });
  }
}

/** @param {HTMLFormElement} form */
export function clearErrors(form) {
  for (const spot of form.querySelectorAll("[data-for]")) spot.textContent = "";
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/**
 * Say what was refused right after a button, in the place of what was said there before.
 * @param {Element} button
 * @param {unknown} error  null when there is nothing to say any more
 */
export function refuse(button, error) {
  const before = button.nextElementSibling;
  if (before?.matches(".refusal")) before.remove();
  if (error !== null) button.after(h("span", { class: "error refusal", role: "alert" }, message(error)));
}

/**
 * Do something once at a time; what is refused is said right after its button.
 * @param {Element} button
 * @param {() => Promise<void>} act
 */
export async function doing(button, act) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  refuse(button, null);
  try {
    await act();
  } catch (error) {
    refuse(button, error);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/**
 * A dialog of the page: opened by a button, closed by its buttons, Escape, or a click beside it.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} opener
 * @param {() => void} [opened]
 */
export function dialogOf(dialog, opener, opened = () => {}) {
  opener.hidden = false;
  opener.addEventListener("click", () => {
    dialog.showModal();
    opened();
  });
  closes(dialog);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
}
