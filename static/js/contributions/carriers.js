// The heads × positions that carry the difference of two tokens.

import { fileName, toolbar } from "../charts/downloads.js";
import { h } from "../viewer/dom.js";
import { quoted, unbroken } from "../viewer/format.js";
import { barred } from "./cells.js";
import { carriersSaid, SHOWN } from "./pairsaying.js";
import { label, tokenName } from "./places.js";
import { table } from "./table.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Case} Case */
/** @typedef {import("./replies.js").BsValuesReply} BsValuesReply */
/** @typedef {import("./replies.js").Carrier & {rank: number}} Row */
/** @typedef {import("./replies.js").Pair} Pair */
/** @typedef {import("./table.js").Sort} Sort */

/** @returns {{element: HTMLElement, draw: (ask: Ask, reply: BsValuesReply & {pair: Pair}, chosen: Case | null) => void}} */
export function carriers() {
  const holder = h("div");
  const says = h("p", { class: "says" });
  const scale = h("p", { class: "small" }, "Carriers, and what they rest on, are read at the frozen scale: only there they add up.");
  /** @type {Sort} */
  let sort = { key: "rank", way: "ascending" };
  /** @type {{reply: BsValuesReply, mark: (chosen: Case | null) => void} | null} */
  let drawn = null;
  /** @type {Ask} */
  let ask;
  /** @type {Case | null} */
  let now = null;

  /** @param {Row} row */
  function choose({ layer, source_position }) {
    const choices = now ?? { recompute: "everything", taken: "source", ln_std: "recomputed" };
    ask.go({ case: { ...choices, layer, source_position } });
  }

  /** @param {BsValuesReply & {pair: Pair}} reply */
  function make({ tokens, pair }) {
    const [a, b] = pair.tokens.map(({ text }) => quoted(text));
    const rows = pair.carriers.slice(0, SHOWN).map((carrier, i) => ({ ...carrier, rank: i + 1 }));
    const largest = Math.max(...rows.map(({ value }) => Math.abs(value)), 0);
    return table({
      caption: `The heads × positions that carry ${a} less ${b}`,
      columns: [
        { key: "rank", title: "#", hint: "Strongest first", first: "ascending", by: ({ rank }) => rank, cell: ({ rank }) => String(rank) },
        {
          key: "where",
          title: "Where",
          first: "ascending",
          by: (row) => label("attn_head_position", row),
          cell: (row) => h("button", { type: "button", class: "pick", "aria-pressed": "false", title: "What it rests on" }, label("attn_head_position", row)),
        },
        {
          key: "from",
          title: "From",
          first: "ascending",
          by: ({ source_position }) => source_position,
          cell: (row) => h("span", {}, h("bdi", {}, tokenName(tokens[row.source_position])), h("span", { class: "small" }, ` at ${row.source_position}`)),
        },
        {
          key: "contribution",
          title: `Towards ${a}, bs-values`,
          hint: `What it adds to ${a} less what it adds to ${b}`,
          by: ({ value }) => value,
          cell: ({ value }) => barred(value, largest),
        },
      ],
      rows,
      sort,
      sorted: (next) => {
        sort = next;
      },
      choose,
    });
  }

  return {
    element: h("div", { class: "sub" }, h("h3", {}, "What carries it"), holder, says, scale),
    draw(next, reply, chosen) {
      ask = next;
      now = chosen;
      scale.hidden = next.state.ln === "frozen";
      if (drawn?.reply !== reply) {
        const { pair, tokens } = reply;
        const made = make(reply);
        const mark = (/** @type {Case | null} */ here) =>
          made.mark(({ layer, source_position }) => layer === here?.layer && source_position === here.source_position);
        drawn = { reply, mark };
        const rows = pair.carriers.map(({ layer, head, source_position, value }, i) => ({
          rank: i + 1, layer, head, source_position, source_token: tokens[source_position].text, difference: value,
        }));
        holder.replaceChildren(
          h("div", { class: "wide-table" }, made.element),
          toolbar({ name: fileName("carriers", next.model.name, pair.tokens[0].text, pair.tokens[1].text), rows, json: reply }),
        );
        says.textContent = unbroken(carriersSaid(pair, tokens));
      }
      drawn.mark(chosen);
    },
  };
}
