// The tokens to choose from, each with how likely it is. `app/web/contribution_words.py` says the
// same of the first view.

import { h } from "../viewer/dom.js";
import { percent } from "../viewer/format.js";
import { tokenLabel } from "./tokenlabel.js";
import { serialise } from "./state.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").View} View */

/** @typedef {{id: number, text: string, logprob: number, isChosen: boolean}} Chip */

/** What is said of the token that the text goes on with. */
const IN_TEXT = "in the text";
/** How many of the likeliest other tokens are offered to compare with. */
const N_OTHERS = 5;
/** A probability below this is written as its logarithm: as percentages such would look alike. */
const SMALL = 1e-4;

/**
 * Tokens to take apart: the likeliest, then the chosen one and the text's next, if others.
 * @param {View} view
 * @returns {Chip[]}
 */
export function targets(view) {
  return chips(view.predictions, [view.following, view.target], view.target?.id ?? null);
}

/**
 * Tokens to compare the target with: the likeliest others, then the chosen one.
 * @param {View} view
 * @returns {Chip[]}
 */
export function others(view) {
  const likely = view.predictions.filter(({ id }) => id !== view.target?.id).slice(0, N_OTHERS);
  return chips(likely, [view.other], view.other?.id ?? null);
}

/**
 * @param {import("./types.js").Prediction[]} likely
 * @param {(import("./types.js").Chance | null)[]} extra
 * @param {number | null} chosen
 */
function chips(likely, extra, chosen) {
  /** @type {Map<number, Chip>} */
  const found = new Map(likely.map(({ id, text, p }) => [id, { id, text, logprob: Math.log(p), isChosen: id === chosen }]));
  for (const each of extra) {
    if (each === null || found.has(each.id)) continue;
    found.set(each.id, { id: each.id, text: each.text, logprob: each.logprob, isChosen: each.id === chosen });
  }
  return [...found.values()];
}

/**
 * How likely a token is, so that it can be told apart from others.
 * @param {number} logprob  in nats
 */
export const likely = (logprob) =>
  Math.exp(logprob) < SMALL && Number.isFinite(logprob) ? `log\u00a0p\u00a0${tenths(logprob)}` : percent(Math.exp(logprob));

/** @param {number} value */
const tenths = (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;

/**
 * A small probability as a number: `p = 1.4 × 10⁻⁵`; null for one that stands as a percentage.
 * @param {number} logprob  in nats
 */
export function small(logprob) {
  if (Math.exp(logprob) >= SMALL || !Number.isFinite(logprob)) return null;
  const tens = Math.floor(logprob / Math.LN10);
  const digits = (10 ** (logprob / Math.LN10 - tens)).toFixed(1);
  const [written, power] = digits === "10.0" ? ["1.0", tens + 1] : [digits, tens];
  return `p = ${written} × 10⁻${[...String(-power)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}

/**
 * Draw chips into a list, as links to what they choose.
 * @param {HTMLElement} list
 * @param {Chip[]} shown
 * @param {(chip: Chip) => State} next  the state that a chip leads to
 * @param {number | null} following  the token that the text goes on with
 */
export function drawChips(list, shown, next, following) {
  const held = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  list.replaceChildren(
    ...shown.map((chip) =>
      h("li", { class: chip.isChosen || chip.id === following ? "kept" : null }, h(
        "a",
        {
          class: "chip",
          "data-id": chip.id,
          href: `/contributions?${serialise(next(chip))}`,
          "aria-current": chip.isChosen ? "true" : null,
        },
        tokenLabel(chip.text),
        " ",
        h("span", { class: "p", title: small(chip.logprob) }, chip.id === following ? `${likely(chip.logprob)} · ${IN_TEXT}` : likely(chip.logprob)),
      ))),
  );
  fit(list);
  if (held) /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${held}"]`))?.focus();
}

/**
 * Leave out what does not fit into a list's one row, the least likely first; the chosen token and
 * the text's next stay. A list that is laid out in several rows is left alone.
 * @param {HTMLElement} list
 */
export function fit(list) {
  const items = /** @type {HTMLElement[]} */ ([...list.children]);
  for (const item of items) item.hidden = false;
  if (getComputedStyle(list).display === "contents") return;
  const spare = items.filter((item) => !item.classList.contains("kept"));
  const overflows = () => items.some((item) => !item.hidden && item.offsetTop > items[0].offsetTop);
  while (spare.length > 1 && overflows()) /** @type {HTMLElement} */ (spare.pop()).hidden = true;
}

/**
 * Hear which chip of a list is chosen. A click that opens another tab is left to the browser.
 * @param {HTMLElement} list
 * @param {(id: number, wasChosen: boolean) => void} choose
 */
export function onChip(list, choose) {
  list.addEventListener("click", (event) => {
    const chip = event.target instanceof Element ? event.target.closest("a") : null;
    if (!chip || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    choose(Number(chip.dataset.id), chip.getAttribute("aria-current") === "true");
  });
}
