// Running the panels: what is on top first, each with its words while it works, and its errors.

import { message } from "../viewer/format.js";
import { saying } from "../viewer/progress.js";
import { named } from "./offers.js";
import { part, refuse } from "./section.js";
import { START, tail } from "./summary.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {{section: HTMLElement, panel: Panel}} Place */

/** What the sections show: the question that each has answered. @type {WeakMap<HTMLElement, Ask>} */
const answered = new WeakMap();

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
  const over = saying(part(section, "doing"), `${section.dataset.doing} …`, () => stop.abort());
  const again = (/** @type {string} */ words, /** @type {string} */ act) => {
    refuse(section, `${words} ${earlier(answered.get(section), ask)}`.trim(), act, () => show({ section, panel }, ask));
  };
  section.setAttribute("aria-busy", "true");
  part(section, "error").replaceChildren();
  try {
    await panel.show({ ...ask, signal: AbortSignal.any([ask.signal, stop.signal]) });
    if (!ask.signal.aborted) {
      section.classList.remove("stale");
      answered.set(section, ask);
    }
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
 * What a section still shows, in dim ink, where it could not be brought up to date.
 * @param {Pick<Ask, "target" | "tokens" | "position"> | undefined} old
 * @param {Pick<Ask, "target" | "tokens" | "position">} ask
 */
export function earlier(old, ask) {
  if (old === undefined) return "";
  const read = tail(old.tokens, old.position);
  const about = `“${named(old.target.text)}” ${read === "" ? `at ${START}` : `after “${read}”`}`;
  const isSame = old.target.id === ask.target.id && old.tokens === ask.tokens && old.position === ask.position;
  return `What stands here dimmed is the earlier answer${isSame ? "" : `, for ${about}`}. `;
}
