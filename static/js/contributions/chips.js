// The tokens to choose from, each with how likely it is. `app/web/contribution_words.py` says the
// same of the first view.

import { h } from "../viewer/dom.js";
import { percent } from "../viewer/format.js";
import { tokenLabel } from "./tokenlabel.js";
import { serialise } from "./state.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").View} View */

/** @typedef {{id: number, text: string, p: number, isChosen: boolean}} Chip */

/** What is said of the token that the text goes on with. */
const IN_TEXT = "in the text";
/** How many of the likeliest other tokens are offered to compare with. */
const N_OTHERS = 5;

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
  const found = new Map(likely.map(({ id, text, p }) => [id, { id, text, p, isChosen: id === chosen }]));
  for (const each of extra) {
    if (each === null || found.has(each.id)) continue;
    found.set(each.id, { id: each.id, text: each.text, p: Math.exp(each.logprob), isChosen: each.id === chosen });
  }
  return [...found.values()];
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
      h("li", {}, h(
        "a",
        {
          class: "chip",
          "data-id": chip.id,
          href: `/contributions?${serialise(next(chip))}`,
          "aria-current": chip.isChosen ? "true" : null,
        },
        tokenLabel(chip.text),
        " ",
        h("span", { class: "p" }, chip.id === following ? `${percent(chip.p)} · ${IN_TEXT}` : percent(chip.p)),
      ))),
  );
  if (held) /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${held}"]`))?.focus();
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
