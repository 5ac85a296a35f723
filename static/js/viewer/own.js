// The box for a text of one's own.

import { byId } from "./dom.js";
import { message } from "./format.js";

/**
 * @param {(text: string) => Promise<string | void>} show  what stands in the box from then on;
 *   throws what to say where a text is refused
 */
export function ownText(show) {
  const form = /** @type {HTMLFormElement} */ (byId("own"));
  const box = /** @type {HTMLTextAreaElement} */ (byId("own-text"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const error = byId("own-error");
  const say = (/** @type {string} */ words) => {
    error.textContent = words;
    box.setAttribute("aria-invalid", String(words !== ""));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (box.value.trim() === "") {
      say("Type a text first: a word is enough.");
      box.focus();
      return;
    }
    button.disabled = true;
    try {
      box.value = (await show(box.value)) ?? "";
      grow();
      say("");
    } catch (refusal) {
      say(message(refusal));
      box.focus();
    } finally {
      button.disabled = false;
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 1}px`;
  };
  box.addEventListener("input", () => {
    grow();
    say("");
  });
  return box;
}
