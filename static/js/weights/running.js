// Running the panels: each says what it does while it works, and what went wrong where it happened.

import { Problem } from "../viewer/api.js";
import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { saying, showProgress } from "../viewer/progress.js";
import { answer } from "./api.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */

/**
 * A part of a section, by its class.
 * @param {HTMLElement} section
 * @param {string} name
 */
export function part(section, name) {
  const found = section.querySelector(`.${name}`);
  if (!(found instanceof HTMLElement)) throw new Error(`#${section.id} has no .${name}`);
  return found;
}

/**
 * Rejects when the signal is given.
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
const aborted = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/**
 * Show one panel in its section.
 * @param {HTMLElement} section
 * @param {Panel} panel
 * @param {Omit<Ask, "get">} asked
 */
export async function run(section, panel, asked) {
  const stop = new AbortController();
  const signal = AbortSignal.any([asked.signal, stop.signal]);
  const [doing, refusal] = [part(section, "doing"), part(section, "error")];
  const words = section.dataset.doing ?? "";
  const over = saying(doing, `${words} …`, () => stop.abort());
  const follow = (/** @type {import("../viewer/api.js").Started} */ started) => {
    over(); // the work's own progress stands there now
    return showProgress(doing, words, started);
  };
  // The answer may be another panel's too: who stops waiting for it leaves it to the others.
  const get = (/** @type {string} */ path) =>
    Promise.race([answer(asked.state.model, path, follow), aborted(signal)]);
  const again = (/** @type {string} */ said) => {
    const button = h("button", { type: "button", class: "text-button" }, "Try again");
    button.addEventListener("click", () => run(section, panel, asked));
    refusal.replaceChildren(`${said} `, button);
  };
  section.setAttribute("aria-busy", "true");
  section.classList.remove("stale");
  refusal.replaceChildren();
  try {
    await panel.show({ ...asked, get, signal });
  } catch (error) {
    if (asked.signal.aborted) return; // superseded: the next run says what it does
    section.classList.add("stale");
    const refused = error instanceof Problem && error.status === 422;
    if (refused) refusal.replaceChildren(error.message); // it would be refused again
    else again(stop.signal.aborted ? "Stopped." : message(error));
  } finally {
    over();
    if (!asked.signal.aborted) section.setAttribute("aria-busy", "false");
  }
}
