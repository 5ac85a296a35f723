// The tokens whose curves are drawn: their key, and how to add one or take it away.

import { STYLES } from "../charts/series.js";
import { h, svg } from "../viewer/dom.js";
import { quoted } from "../viewer/format.js";
import { anotherToken } from "./another.js";
import { visible } from "./offers.js";
import { MAX_CURVES } from "./state.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./curve.js").Drawn} Drawn */

/** How many of the likeliest tokens are offered. */
const OFFERED = 3;

/** @param {() => Ask} ask */
export function curveChips(ask) {
  const key = h("ul", { class: "curve-key", "aria-label": "Curves" });
  const more = h("div", { class: "curve-more", role: "group", "aria-label": "Add a curve" });
  const input = h("input", { class: "field", "aria-label": "Add another token’s curve", placeholder: "another token", spellcheck: false, autocapitalize: "off", maxlength: 200 });
  const offers = h("div", { class: "offers", role: "group", "aria-label": "Tokens it may mean", hidden: true });
  const form = h("form", { class: "another", autocomplete: "off" }, input, offers);
  const full = h("p", { class: "small", hidden: true }, `No more than ${MAX_CURVES} further curves can be told apart. Take one away to add another.`);
  const add = (/** @type {number} */ id) => {
    const { go, state } = ask();
    if (!state.tokens.includes(id) && state.tokens.length < MAX_CURVES) go({ tokens: [...state.tokens, id] });
  };
  anotherToken(form, () => ask().state.model, (id) => {
    input.focus(); // the offer that had the focus is gone
    add(id);
  });
  const element = h("div", { class: "curve-chips" }, key, h("div", { class: "curve-add" }, more, form, full));

  /** @param {Drawn} drawn */
  function remove({ id, text, style }) {
    if (style < 2) return null; // the target and its rival are always drawn
    const name = `Remove ${quoted(visible(text))}`;
    const act = () => {
      const { go, state } = ask();
      go({ tokens: state.tokens.filter((each) => each !== id) });
    };
    return h("button", { type: "button", class: "remove", "data-id": id, "aria-label": name, title: "Take this curve away", click: act }, "×");
  }

  /** @param {import("./types.js").Prediction} prediction */
  const offer = ({ id, text }) =>
    h(
      "button",
      { type: "button", class: "chip", "data-id": id, title: `Add the curve of ${quoted(text)}`, click: () => add(id) },
      "+ ",
      h("span", { class: "token" }, visible(text)),
    );

  return {
    element,
    /** @param {Drawn[]} drawn */
    set(drawn) {
      const { predictions, state } = ask();
      const held = document.activeElement instanceof HTMLElement && element.contains(document.activeElement) ? document.activeElement : null;
      const isFull = state.tokens.length >= MAX_CURVES;
      key.replaceChildren(
        ...drawn.map((each) => h("li", {}, swatch(each.style), h("span", { class: "token" }, visible(each.text)), remove(each))),
      );
      const free = predictions.filter(({ id }) => !drawn.some((each) => each.id === id)).slice(0, OFFERED);
      more.replaceChildren(...(isFull ? [] : free.map(offer)));
      form.hidden = isFull;
      full.hidden = !isFull;
      if (held && (!held.isConnected || held.closest("[hidden]"))) refocus(held.dataset.id);
    },
  };

  /**
   * Stay with a token: where it was added it can be taken away, and the other way round.
   * @param {string | undefined} id
   */
  function refocus(id) {
    const same = id === undefined ? null : element.querySelector(`[data-id="${id}"]`);
    const next = same ?? (form.hidden ? key.querySelector("li:last-child button") : input);
    /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
  }
}

/**
 * The line and mark of a curve.
 * @param {number} style
 */
function swatch(style) {
  const { strokes, path, hollow } = STYLES[style];
  return svg(
    "svg",
    { class: `swatch series-${style + 1}${hollow ? " hollow" : ""}`, viewBox: "0 0 24 10", width: 24, height: 10, "aria-hidden": "true" },
    svg("path", { d: "M0 5H24", class: "stroke", ...(strokes ? { "stroke-dasharray": strokes } : {}) }),
    svg("path", { d: path, class: "mark" }),
  );
}
