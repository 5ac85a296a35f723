// The tokens whose curves are drawn: their key, and how to add one or take it away.

import { h, svg } from "../viewer/dom.js";
import { quoted } from "../viewer/format.js";
import { anotherToken } from "./another.js";
import { visible } from "./offers.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./curve.js").Drawn} Drawn */

/** How many of the likeliest tokens are offered. */
const OFFERED = 3;
const SERIES = 8;
/** As Plotly draws the dashes and marks of `seriesStyle`. */
const DASHES = ["", "", "5 3", "2 2.5", "6 2 2 2", "8 3", "5 3", "2 2.5"];
const MARKS = [
  "M12 2.2a2.8 2.8 0 1 0 .01 0Z", "M12 1.5 15.5 5 12 8.5 8.5 5Z", "M9.5 2.5h5v5h-5Z", "M12 1.5 15.2 7.5H8.8Z",
  "m9.7 2.7 4.6 4.6m0-4.6L9.7 7.3", "m12 1.2 1 2.6h2.7l-2.2 1.6.9 2.7L12 6.500l-2.400 1.600.900-2.700L8.300 3.800H11Z",
  "M12 2.2a2.8 2.8 0 1 0 .01 0Z", "M12 1.5 15.5 5 12 8.5 8.5 5Z",
];

/** @param {() => Ask} ask */
export function curveChips(ask) {
  const key = h("ul", { class: "curve-key", "aria-label": "Curves" });
  const more = h("div", { class: "curve-more", role: "group", "aria-label": "Add a curve" });
  const input = h("input", { class: "field", "aria-label": "Add another token’s curve", placeholder: "another token", spellcheck: false, autocapitalize: "off", maxlength: 200 });
  const offers = h("div", { class: "offers", role: "group", "aria-label": "Tokens it may mean", hidden: true });
  const form = h("form", { class: "another", autocomplete: "off" }, input, offers);
  const add = (/** @type {number} */ id) => {
    const { go, state } = ask();
    if (!state.tokens.includes(id)) go({ tokens: [...state.tokens, id] });
  };
  anotherToken(form, () => ask().state.model, add);
  const element = h("div", { class: "curve-chips" }, key, h("div", { class: "curve-add" }, more, form));

  return {
    element,
    /** @param {Drawn[]} drawn */
    set(drawn) {
      const { predictions, state, go } = ask();
      const remove = (/** @type {Drawn} */ { id, style }) =>
        style < 2
          ? null
          : h(
              "button",
              {
                type: "button", class: "remove", "aria-label": "Remove", title: "Take this curve away",
                click: () => go({ tokens: state.tokens.filter((each) => each !== id) }),
              },
              "×",
            );
      key.replaceChildren(
        ...drawn.map((each) => h("li", {}, swatch(each.style), h("span", { class: "token" }, visible(each.text)), remove(each))),
      );
      for (const button of key.querySelectorAll("button")) {
        const name = button.parentElement?.querySelector(".token")?.textContent ?? "";
        button.setAttribute("aria-label", `Remove ${quoted(name)}`);
      }
      const free = predictions.filter(({ id }) => !drawn.some((each) => each.id === id)).slice(0, OFFERED);
      more.replaceChildren(
        ...free.map(({ id, text }) =>
          h("button", { type: "button", class: "chip", title: `Add the curve of ${quoted(text)}`, click: () => add(id) }, "+ ", h("span", { class: "token" }, visible(text))),
        ),
      );
    },
  };
}

/**
 * The line and mark of a curve.
 * @param {number} style
 */
function swatch(style) {
  const i = style % SERIES;
  return svg(
    "svg",
    { class: `swatch series-${i + 1}${i === 4 || i > 5 ? " hollow" : ""}`, viewBox: "0 0 24 10", width: 24, height: 10, "aria-hidden": "true" },
    svg("path", { d: "M0 5H24", class: "stroke", ...(DASHES[i] ? { "stroke-dasharray": DASHES[i] } : {}) }),
    svg("path", { d: MARKS[i], class: "mark" }),
  );
}
