// What the cells of the tables hold: signed numbers with bars, tokens as chips.

import { signed } from "../charts/numbers.js";
import { h } from "../viewer/dom.js";
import { visible } from "./offers.js";
import { swapSaid } from "./saying.js";

/** @typedef {import("./replies.js").SaidToken} SaidToken */
/** @typedef {import("./replies.js").Says} Says */

/** More digits after the point than these say nothing. */
const MAX_PLACES = 7;

/**
 * A number with as many digits after the point as the largest of its column needs for three,
 * and no fewer than two.
 * @param {number} value
 * @param {number} largest  its size
 */
export function inColumn(value, largest) {
  if (largest === 0) return "0";
  const places = Math.min(MAX_PLACES, Math.max(2, 2 - Math.floor(Math.log10(largest))));
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
  const written = Math.abs(value).toLocaleString("en", digits);
  return /[1-9]/.test(written) ? `${value > 0 ? "+" : "−"}${written}` : written;
}

/**
 * A number with a bar from a common zero; `largest` fills its half.
 * @param {number} value
 * @param {number} largest  the largest size in the column
 */
export function barred(value, largest) {
  const bar = h("i", { class: value < 0 ? "minus" : "plus", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(largest > 0 ? Math.abs(value) / largest : 0));
  return h("span", { class: "barred" }, h("span", {}, inColumn(value, largest)), bar);
}

/**
 * A token as a chip; the target's stands out, and says so.
 * @param {SaidToken} token
 * @param {number} target
 */
const chip = ({ id, text, bs }, target) =>
  h(
    "li",
    { title: `bs-value ${signed(bs)} for a coefficient of 1` },
    h("bdi", id === target ? { class: "is-target" } : {}, visible(text)),
    id === target ? h("span", { class: "sr" }, " (the target)") : null,
  );

/**
 * What a subvalue says, as a file has it: the texts, and the ids that tell them apart.
 * @param {Says} item
 */
export function saidRecord({ swapped, top_tokens, bottom_tokens }) {
  const texts = (/** @type {SaidToken[]} */ tokens) => tokens.map(({ text }) => visible(text)).join(" ");
  const ids = (/** @type {SaidToken[]} */ tokens) => tokens.map(({ id }) => id).join(" ");
  return {
    swapped,
    top_tokens: texts(top_tokens),
    top_token_ids: ids(top_tokens),
    bottom_tokens: texts(bottom_tokens),
    bottom_token_ids: ids(bottom_tokens),
  };
}

/**
 * What a subvalue raises, and on demand what it lowers: with a negative coefficient its row's lists
 * trade roles, and that is said.
 * @param {Says & {coefficient: number}} item
 * @param {number} target
 */
export function says(item, target) {
  const [raised, lowered] = item.swapped
    ? [item.bottom_tokens, item.top_tokens]
    : [item.top_tokens, item.bottom_tokens];
  const other = h("div", { class: "lowered", hidden: true });
  const more = h("button", { type: "button", class: "text-button", "aria-expanded": "false", click: toggle }, "lowers …");
  function toggle() {
    if (other.hidden) other.replaceChildren(h("span", { class: "small" }, "lowers most"), h("ul", { class: "said" }, ...lowered.map((token) => chip(token, target))));
    other.hidden = !other.hidden;
    more.setAttribute("aria-expanded", String(!other.hidden));
    more.textContent = other.hidden ? "lowers …" : "less";
  }
  return h(
    "div",
    { class: "says-cell" },
    h("ul", { class: "said" }, ...raised.map((token) => chip(token, target)), h("li", {}, more)),
    item.swapped ? h("p", { class: "small" }, swapSaid(item)) : null,
    other,
  );
}
