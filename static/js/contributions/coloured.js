// A text whose tokens are coloured by one signed number each, with its legend.

import { signed } from "../charts/numbers.js";
import { colourRange, levelClass, LEVELS, levelOf } from "../viewer/colour.js";
import { h } from "../viewer/dom.js";
import { keepsSpaces, spoken } from "../viewer/format.js";
import { tokenSpans } from "../viewer/painter.js";

/** @typedef {import("../viewer/types.js").Token} Token */

/** Steps that the legend shows on each side of zero. */
const STEPS = 8;

/**
 * @param {Token[]} tokens
 * @param {number[]} values  of the first tokens; the others are not coloured, and stand back
 * @param {{unit: string, label: string}} says  what the numbers are; what the text is coloured by
 */
export function colouredText(tokens, values, { unit, label }) {
  const plain = values.filter((_, i) => !tokens[i].special);
  const range = colourRange(Float32Array.from(plain.length > 0 ? plain : values));
  const spans = tokenSpans(tokens, false);
  spans.forEach((span, i) => {
    // They say something and do nothing.
    span.removeAttribute("role");
    span.removeAttribute("tabindex");
    if (i >= values.length) span.classList.add("outside");
    else {
      const level = levelClass(levelOf(values[i], range)).trim();
      if (level) span.classList.add(level);
      span.title = `${spoken(tokens[i].text)}: ${signed(values[i])} ${unit}`;
      span.append(h("span", { class: "sr" }, ` ${signed(values[i])}`));
    }
  });
  const exact = keepsSpaces(tokens.map(({ text, special }) => (special ? "" : text)).join(""));
  const list = h("p", { class: exact ? "coloured exact" : "coloured", dir: "auto", role: "group", "aria-label": label }, ...spans);
  return h("div", { class: "coloured-text" }, list, legend(range, unit));
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
