// Running the panels: each says what it does while it works, and what went wrong where it happened.

import { part, refuse } from "../contributions/section.js";
import { Problem } from "../viewer/api.js";
import { message } from "../viewer/format.js";
import { saying, showProgress } from "../viewer/progress.js";
import { answer } from "./api.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */

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
  const again = () => run(section, panel, asked);
  section.setAttribute("aria-busy", "true");
  section.classList.remove("stale");
  refusal.replaceChildren();
  try {
    await panel.show({ ...asked, get, signal });
  } catch (error) {
    if (asked.signal.aborted) return; // superseded: the next run says what it does
    if (error instanceof Problem && error.status === 422) {
      section.classList.add("stale");
      refusal.replaceChildren(error.message); // it would be refused again
    } else if (stop.signal.aborted) refuse(section, "Stopped.", "Go on", again);
    else refuse(section, message(error), "Try again", again);
  } finally {
    over();
    if (!asked.signal.aborted) section.setAttribute("aria-busy", "false");
  }
}
