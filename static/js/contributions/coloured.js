// A text whose tokens are coloured by one signed number each, with its legend.

import { signed } from "../charts/numbers.js";
import { levelClass, LEVELS, levelOf } from "../viewer/colour.js";
import { h } from "../viewer/dom.js";
import { keepsSpaces, shown, spoken } from "../viewer/format.js";
import { tokenSpans } from "../viewer/painter.js";

/** @typedef {import("../viewer/types.js").Token} Token */

/** Steps that the legend shows on each side of zero. */
const STEPS = 8;

/**
 * How strongly each token is coloured: as in a map, the largest number has the full colour. BOS has
 * no colour, and no part in the range; its number is said.
 * @param {Token[]} tokens
 * @param {number[]} values  of the first tokens
 * @returns {{range: number | null, levels: number[], aside: {name: string, value: number}[]}}
 *   `range` is null where there is nothing but BOS; `aside` are the numbers left uncoloured
 */
export function colouring(tokens, values) {
  const plain = values.filter((_, i) => !tokens[i].special);
  const range = plain.length > 0 ? Math.max(...plain.map(Math.abs)) || 1 : null;
  return {
    range,
    levels: values.map((value, i) => (range === null || tokens[i].special ? 0 : levelOf(value, range))),
    aside: values.flatMap((value, i) =>
      tokens[i].special && value !== 0 ? [{ name: shown(tokens[i], false), value }] : [],
    ),
  };
}

/**
 * @param {Token[]} tokens
 * @param {number[]} values  of the first tokens; the others are not coloured, and stand back
 * @param {{unit: string, label: string}} says  what the numbers are; what the text is coloured by
 */
export function colouredText(tokens, values, { unit, label }) {
  const { range, levels, aside } = colouring(tokens, values);
  const spans = tokenSpans(tokens, false);
  spans.forEach((span, i) => {
    // They say something and do nothing.
    span.removeAttribute("role");
    span.removeAttribute("tabindex");
    if (i >= values.length) span.classList.add("outside");
    else {
      const level = levelClass(levels[i]).trim();
      if (level) span.classList.add(level);
      span.title = `${tokens[i].special ? shown(tokens[i], false) : spoken(tokens[i].text)}: ${signed(values[i])} ${unit}`;
      span.append(h("span", { class: "sr" }, ` ${signed(values[i])}`));
    }
  });
  const exact = keepsSpaces(tokens.map(({ text, special }) => (special ? "" : text)).join(""));
  const list = h("p", { class: exact ? "coloured exact" : "coloured", dir: "auto", role: "group", "aria-label": label }, ...spans);
  return h(
    "div",
    { class: "coloured-text" },
    list,
    range === null ? null : legend(range, unit),
    ...aside.map(({ name, value }) => h("p", { class: "small" }, `${name}: ${signed(value)} ${unit}, not coloured`)),
  );
}

/**
 * @param {number} range
 * @param {string} unit
 */
function legend(range, unit) {
  const steps = Array.from({ length: 2 * STEPS + 1 }, (_, i) => ((i - STEPS) * LEVELS) / STEPS);
  return h(
    "p",
    { class: "ramp small" },
    h("span", {}, signed(-range)),
    h("span", { class: "ramp-steps", "aria-hidden": "true" }, ...steps.map((level) => h("i", { class: levelClass(level).trim() || "zero" }))),
    h("span", {}, `${signed(range)} ${unit}`),
  );
}
