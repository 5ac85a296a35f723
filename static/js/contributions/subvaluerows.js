// The columns of the table of subvalues, and its rows as a file has them.

import { signed } from "../charts/numbers.js";
import { h } from "../viewer/dom.js";
import { barred, saidRecord, says } from "./cells.js";
import { isOfNeurons, label, tokenName, viewerAddress } from "./places.js";
import { unsigned } from "./saying.js";

/** @typedef {import("./replies.js").Level} Level */
/** @typedef {import("./replies.js").Subvalue} Subvalue */
/** @typedef {import("./replies.js").SubvaluesReply} SubvaluesReply */
/** @typedef {Subvalue & {rank: number}} Row */
/** @typedef {import("./table.js").Column<Row>} Column */

/** What a level's coefficient is; null where it is always 1. @type {Record<Level, [string, string] | null>} */
const COEFFICIENTS = {
  ffn: ["Coefficient", "How active the neuron is: its row of W_out is multiplied by this"],
  attn_neuron: ["Coefficient", "Attention weight × value: its row of W_O is multiplied by this"],
  attn_head: null,
  attn_position: null,
  attn_head_position: ["Attention", "The head’s attention weight on the position"],
};
/** What a row without neurons leads to. */
const LEADS = { attn_head: "Show this head", attn_head_position: "Show this head", attn_position: "Which heads" };

/**
 * @param {SubvaluesReply} reply
 * @param {{text: {text?: string, prompt_id?: number}, model: string, choose: (row: Row) => void}} to
 *   where rows lead: the viewer with this text, or the section that looks into it
 * @returns {Column[]}
 */
export function columns({ level, tokens, items, target }, { text, model, choose }) {
  const largest = Math.max(...items.map(({ contribution }) => Math.abs(contribution)), 0);
  const coefficient = COEFFICIENTS[level];
  const from = level === "attn_neuron" || level === "attn_position" || level === "attn_head_position";
  /** @type {(Column | null)[]} */
  const all = [
    { key: "rank", title: "#", hint: "Strongest first", first: "ascending", by: ({ rank }) => rank, cell: ({ rank }) => String(rank) },
    {
      key: "where",
      title: "Where",
      first: "ascending",
      by: (row) => label(level, row),
      cell: (row) => h("button", { type: "button", class: "pick", "aria-pressed": level === "attn_position" ? null : "false" }, label(level, row)),
    },
    from
      ? {
          key: "from",
          title: "From",
          hint: "The token whose residual was read",
          first: "ascending",
          by: ({ source_position }) => Number(source_position),
          cell: (row) => h("span", {}, h("bdi", {}, tokenName(tokens[Number(row.source_position)])), h("span", { class: "small" }, ` at ${row.source_position}`)),
        }
      : null,
    {
      key: "contribution",
      title: "Contribution, nats",
      hint: "How much it alone changes the target’s log-probability",
      by: ({ contribution }) => contribution,
      cell: ({ contribution }) => barred(contribution, largest),
    },
    coefficient && {
      key: "coefficient",
      title: coefficient[0],
      hint: coefficient[1],
      by: (row) => row.coefficient,
      cell: (row) => (level === "attn_head_position" ? unsigned(row.coefficient) : signed(row.coefficient)),
    },
    { key: "raises", title: "Raises most", cell: (row) => says(row, target.id) },
    { key: "acts", title: "Look closer", silent: true, cell: (row) => acts(level, row, { text, model, choose }) },
  ];
  return all.filter((column) => column !== null);
}

/**
 * @param {Level} level
 * @param {Row} row
 * @param {{text: {text?: string, prompt_id?: number}, model: string, choose: (row: Row) => void}} to
 */
function acts(level, row, { text, model, choose }) {
  const name = label(level, row);
  const act = (/** @type {string} */ words) =>
    h("button", { type: "button", class: "text-button", "aria-label": `${words}: ${name}`, click: () => choose(row) }, words);
  if (level !== "ffn" && level !== "attn_neuron") return h("div", {}, act(LEADS[level]));
  const href = viewerAddress(model, text, row);
  return h(
    "div",
    {},
    act("What activated it"),
    h("a", { class: "text-button", href, "aria-label": `Colour the text by this neuron’s direction: ${name}`, title: "Colour the text by this neuron’s direction" }, "Colour the text"),
  );
}

/**
 * @param {SubvaluesReply} reply
 */
export const records = ({ level, items, tokens }) =>
  items.map((item, i) => ({
    rank: i + 1,
    layer: item.layer,
    ...(level === "ffn" ? { neuron: Number(item.index) } : {}),
    ...(item.head === undefined || item.head === null ? {} : { head: item.head }),
    ...(isOfNeurons(level) && level !== "ffn" ? { dim: Number(item.dim) } : {}),
    ...(item.source_position === undefined || item.source_position === null
      ? {}
      : { source_position: item.source_position, source_token: tokens[item.source_position].text }),
    contribution: item.contribution,
    coefficient: item.coefficient,
    ...saidRecord(item),
  }));
