// The columns of the table of query subvalues, and its rows as a file has them.

import { signed } from "../charts/numbers.js";
import { h } from "../viewer/dom.js";
import { barred, says } from "./cells.js";
import { visible } from "./offers.js";
import { label } from "./places.js";

/** @typedef {import("./replies.js").QueriesAt["subvalues"][number]} Query */
/** @typedef {import("./table.js").Column<Query>} Column */

/**
 * @param {Query[]} items
 * @param {number} target  the token that is marked
 * @param {(row: Query) => string} viewer  where the text is coloured by the neuron
 * @returns {Column[]}
 */
export function queryColumns(items, target, viewer) {
  const largest = Math.max(...items.map(({ score }) => Math.abs(score)), 0);
  return [
    {
      key: "where",
      title: "Where",
      first: "ascending",
      by: (row) => label("ffn", row),
      cell: (row) => h("button", { type: "button", class: "pick", title: "What activated this one" }, label("ffn", row)),
    },
    {
      key: "score",
      title: "Query score, nats",
      hint: "Its share in the contribution of the values that it activated",
      by: ({ score }) => score,
      cell: ({ score }) => barred(score, largest),
    },
    { key: "coefficient", title: "Coefficient", by: ({ coefficient }) => coefficient, cell: ({ coefficient }) => signed(coefficient) },
    { key: "raises", title: "Raises most", cell: (row) => says(row, target) },
    {
      key: "acts",
      title: "Look closer",
      silent: true,
      cell: (row) =>
        h("div", {}, h("a", { class: "text-button", href: viewer(row), "aria-label": `Colour the text by this neuron’s direction: ${label("ffn", row)}`, title: "Colour the text by this neuron’s direction" }, "Colour the text")),
    },
  ];
}

/** @param {Query[]} items */
export const queryRecords = (items) =>
  items.map(({ layer, index, score, coefficient, swapped, top_tokens, bottom_tokens }) => ({
    layer,
    neuron: Number(index),
    score,
    coefficient,
    swapped,
    top_tokens: top_tokens.map(({ text }) => visible(text)).join(" "),
    bottom_tokens: bottom_tokens.map(({ text }) => visible(text)).join(" "),
  }));
