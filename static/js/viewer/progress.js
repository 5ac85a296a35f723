// Work that takes a while: said after 0.3 s, with progress and a way out after 2 s.

import * as api from "./api.js";
import { h } from "./dom.js";
import { count } from "./format.js";

/** @typedef {import("./types.js").Task} Task */

/**
 * A line that says what is being done, into a place that is empty until then.
 * @param {HTMLElement} place
 * @param {string} words
 * @param {() => void} cancel
 * @returns {() => void}  call it when the work is over
 */
export function saying(place, words, cancel) {
  const say = setTimeout(() => {
    place.replaceChildren(h("span", {}, words));
    place.hidden = false;
  }, 300);
  const offer = setTimeout(() => {
    const button = h("button", { type: "button", class: "text-button", click: cancel }, "Cancel");
    place.append(h("progress", { "aria-label": words }), button);
  }, 2000);
  return () => {
    clearTimeout(say);
    clearTimeout(offer);
    place.hidden = true;
    place.replaceChildren();
  };
}

/**
 * Follow work that the server has begun, with a bar and a button that cancels it.
 * @param {HTMLElement} place
 * @param {string} words
 * @param {import("./api.js").Started} started
 * @param {AbortSignal} [signal]
 */
export async function showProgress(place, words, started, signal) {
  const bar = h("progress", { "aria-label": words });
  const said = h("p", { class: "small" }, words);
  const stop = h("button", { type: "button", class: "button" }, "Cancel");
  stop.addEventListener("click", () => api.cancel(started.task.id));
  place.hidden = false;
  place.replaceChildren(said, bar, stop);
  const tell = (/** @type {Task} */ { title, state, done, total }) => {
    if (total > 0) {
      bar.max = total;
      bar.value = done;
    }
    const far = total > 0 ? ` ${count(done)} of ${count(total)}` : "";
    said.textContent = `${title || words}${state === "queued" ? ", waiting for its turn" : far}`;
  };
  return api.follow(started, tell, signal);
}
