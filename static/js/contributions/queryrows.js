// The columns of the table of query subvalues, and its rows as a file has them.

import { signed } from "../charts/numbers.js";
import { h } from "../viewer/dom.js";
import { barred, saidRecord, says } from "./cells.js";
import { label, tokenName } from "./places.js";

/** @typedef {import("./replies.js").QueriesAt["subvalues"][number]} Query */
/** @typedef {import("../viewer/types.js").Token} Token */
/** @typedef {import("./table.js").Column<Query>} Column */

/**
 * @param {Query[]} items
 * @param {number} target  the token that is marked
 * @param {(row: Query) => string} viewer  where the text is coloured by the neuron
 * @param {Token[]} tokens
 * @returns {Column[]}
 */
export function queryColumns(items, target, viewer, tokens) {
  const largest = Math.max(...items.map(({ score }) => Math.abs(score)), 0);
  /** @type {Column[]} */
  const at = items.some(isPlaced)
    ? [
        {
          key: "from",
          title: "At",
          hint: "The token at which it was active",
          first: "ascending",
          by: ({ source_position }) => Number(source_position),
          cell: ({ source_position }) =>
            h("span", {}, h("bdi", {}, tokenName(tokens[Number(source_position)])), h("span", { class: "small" }, ` at ${source_position}`)),
        },
      ]
    : [];
  return [
    {
      key: "where",
      title: "Where",
      first: "ascending",
      by: (row) => label("ffn", row),
      cell: (row) => h("button", { type: "button", class: "pick", title: "What activated this one" }, label("ffn", row)),
    },
    ...at,
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

/** Whether it says at which position it is: values that read several have queries at each. @param {Query} query */
const isPlaced = ({ source_position }) => source_position !== undefined && source_position !== null;

/** @param {Query[]} items */
export const queryRecords = (items) =>
  items.map((item) => ({
    layer: item.layer,
    neuron: Number(item.index),
    ...(isPlaced(item) ? { position: Number(item.source_position) } : {}),
    score: item.score,
    coefficient: item.coefficient,
    ...saidRecord(item),
  }));
