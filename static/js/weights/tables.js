// The lists under the pictures: pairs of heads, neurons, coordinates.

import { visible } from "../contributions/offers.js";
import { h } from "../viewer/dom.js";
import { signed } from "../viewer/format.js";
import { same, written } from "./pairs.js";
import { fixed } from "./saying.js";

/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").Neuron} Neuron */
/** @typedef {import("./types.js").SaidToken} SaidToken */
/** @typedef {import("./pairs.js").Scored} Scored */
/** @typedef {import("./outliers.js").Outlier} Outlier */

/** Tokens that are shown at an end; the rest is in the downloads. */
const TOKENS = 5;

/**
 * A table that scrolls sideways where it has to.
 * @param {string} caption
 * @param {[title: string, kind: string][]} columns  a kind is a class: number, words, or none
 * @param {HTMLTableRowElement[]} lines
 */
function listed(caption, columns, lines) {
  const head = h("tr", {}, ...columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title)));
  return h("div", { class: "listed", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "sr" }, caption), h("thead", {}, head), h("tbody", {}, ...lines)),
  );
}

/**
 * Pairs of heads, the chosen one on top where it is not among them.
 * @param {Scored[]} pairs  highest first
 * @param {Scored | null} chosen
 * @param {(pair: Pair) => void} choose
 */
export function pairTable(pairs, chosen, choose) {
  const extra = chosen && !pairs.some((pair) => same(pair, chosen)) ? [chosen] : [];
  const lines = [...extra, ...pairs].map((pair) => {
    const [from, to] = [written(pair.writer), written(pair.reader)];
    const pick = h("button", { type: "button", class: "text-button", "aria-label": `Show head ${from} to head ${to} on the map`, click: () => choose(pair) }, `${from} → ${to}`);
    const rank = extra.includes(pair) ? "chosen" : String(pairs.indexOf(pair) + 1);
    return h("tr", { "aria-current": same(pair, chosen) ? "true" : null },
      h("td", { class: "number" }, rank),
      h("td", {}, pick),
      h("td", { class: "number" }, fixed(pair.score)),
      h("td", { class: "number" }, `${fixed(pair.times)}`),
    );
  });
  return listed("The strongest pairs of heads", [["rank", "number"], ["writes → reads", ""], ["score", "number"], ["× random", "number"]], lines);
}

/**
 * Put a table where another stood; who was on a line of that one is on the same line of this.
 * @param {HTMLElement} holder
 * @param {HTMLElement} table
 */
export function replaceTable(holder, table) {
  const line = holder.contains(document.activeElement) ? document.activeElement?.textContent : null;
  holder.replaceChildren(table);
  if (line === null) return;
  const buttons = [...table.querySelectorAll("button")];
  (buttons.find((button) => button.textContent === line) ?? buttons[0])?.focus();
}

/** @param {SaidToken[]} tokens */
const words = (tokens) =>
  h("td", { class: "words" }, ...tokens.slice(0, TOKENS).flatMap(({ text }, i) => [i > 0 ? " " : "", h("bdi", {}, visible(text))]));

/**
 * @param {Neuron[]} neurons
 * @param {string} model
 */
export function neuronTable(neurons, model) {
  const lines = neurons.map((neuron) => {
    const name = `${neuron.layer}.${neuron.index}`;
    const address = `/?${new URLSearchParams({ model, neuron: name })}`;
    return h("tr", {},
      h("td", {}, h("a", { href: address, "aria-label": `Neuron ${name} in the viewer` }, name)),
      h("td", { class: "number" }, signed(neuron.cosine)),
      words(neuron.reads.top_tokens),
      words(neuron.top_tokens),
      words(neuron.bottom_tokens),
    );
  });
  return listed("Neurons", [["neuron", ""], ["cosine", "number"], ["is made active by", "words"], ["then raises", "words"], ["and lowers", "words"]], lines);
}

/**
 * @param {Outlier[]} outliers
 * @param {number} places
 */
export function outlierTable(outliers, places) {
  const lines = outliers.map(({ index, sites, kurtosis, label, mean, std }) =>
    h("tr", {},
      h("td", {}, String(index)),
      h("td", { class: "number" }, `${sites} of ${places}`),
      h("td", { class: "number" }, fixed(kurtosis)),
      h("td", {}, label),
      h("td", { class: "number" }, fixed(mean)),
      h("td", { class: "number" }, fixed(std)),
    ),
  );
  return listed("Coordinates that stand out", [["coordinate", ""], ["among the heaviest at", "number"], ["largest kurtosis", "number"], ["where", ""], ["mean there", "number"], ["standard deviation there", "number"]], lines);
}
