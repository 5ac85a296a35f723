// Running the panels: what is on top first, each with its words while it works, and its errors.

import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { saying } from "../viewer/progress.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {{section: HTMLElement, panel: Panel}} Place */

/**
 * Run panels, a stage after the other, the panels of one side by side.
 * @param {Place[][]} stages
 * @param {Ask} ask
 */
export async function run(stages, ask) {
  for (const place of stages.flat()) place.section.setAttribute("aria-busy", "true");
  for (const stage of stages) {
    if (ask.signal.aborted) return;
    await Promise.all(stage.map((place) => show(place, ask)));
  }
}

/**
 * Show one panel; what goes wrong is said in its section, with a way to try again.
 * @param {Place} place
 * @param {Ask} ask
 */
async function show({ section, panel }, ask) {
  const stop = new AbortController();
  const refusal = part(section, "error");
  const over = saying(part(section, "doing"), `${section.dataset.doing} …`, () => stop.abort());
  const again = (/** @type {string} */ words, /** @type {string} */ act) => {
    const button = h("button", { type: "button", class: "text-button" }, act);
    button.addEventListener("click", () => show({ section, panel }, ask));
    refusal.replaceChildren(`${words} `, button);
    section.classList.add("stale");
  };
  section.setAttribute("aria-busy", "true");
  refusal.replaceChildren();
  try {
    await panel.show({ ...ask, signal: AbortSignal.any([ask.signal, stop.signal]) });
    if (!ask.signal.aborted) section.classList.remove("stale");
  } catch (error) {
    if (ask.signal.aborted) return; // superseded: the next run says what it does
    if (stop.signal.aborted) again("Stopped.", "Go on");
    else again(message(error), "Try again");
  } finally {
    over();
    if (!ask.signal.aborted) section.setAttribute("aria-busy", "false");
  }
}

/**
 * A part of a section, by its class.
 * @param {HTMLElement} section
 * @param {string} name
 */
function part(section, name) {
  const found = section.querySelector(`:scope > .${name}`);
  if (!(found instanceof HTMLElement)) throw new Error(`#${section.id} has no .${name}`);
  return found;
}
