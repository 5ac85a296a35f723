// The table of the strongest subvalues: what each did to the target, and what it says.

import { fileName, toolbar } from "../charts/downloads.js";
import { h } from "../viewer/dom.js";
import { message, quoted, unbroken } from "../viewer/format.js";
import { choice, either, layerRange } from "./controls.js";
import { bringIntoView } from "./onward.js";
import { isOfNeurons, keyOf, LEVEL_NAMES } from "./places.js";
import { certificate, subvaluesSaid } from "./saying.js";
import { tableBody } from "./strongest.js";
import { columns, records } from "./subvaluerows.js";
import { table } from "./table.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {import("./replies.js").Level} Level */
/** @typedef {import("./replies.js").Place} Place */
/** @typedef {import("./replies.js").SubvaluesReply} SubvaluesReply */
/** @typedef {import("./table.js").Sort} Sort */

const TOPS = [10, 25, 50, 100];
/** More than these the server does not score one by one. */
const MAX_EXHAUSTIVE = 100_000;
/** As the server gives them. @type {Sort} */
const BY_RANK = { key: "rank", way: "ascending" };

/**
 * @param {HTMLElement} section
 * @returns {Panel}
 */
export function subvaluesPanel(section) {
  const holder = /** @type {HTMLElement} */ (section.querySelector(".chart"));
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  /** @type {Ask} */
  let ask;
  /** What is on screen. @type {{reply: SubvaluesReply, mark: () => void} | null} */
  let drawn = null;
  /** The answers in which every subvalue was scored, by what was asked. @type {Map<string, SubvaluesReply>} */
  const whole = new Map();
  let sort = BY_RANK;
  /** All being scored: what was asked, and how to end it. @type {{asked: string, stop: AbortController} | null} */
  let scoring = null;
  const controls = tableControls(() => ask);
  section.querySelector(".controls")?.append(...controls.elements);

  /**
   * @param {SubvaluesReply} reply
   * @param {object} body
   */
  function draw(reply, body) {
    const { order } = ask.state;
    const shown = columns(reply, { text: ask.body, model: ask.model.name, choose: (row) => choose(reply.level, row, true) });
    if (!shown.some(({ key, by }) => key === sort.key && by)) sort = BY_RANK;
    const made = table({
      caption: `The strongest ${LEVEL_NAMES[reply.level][1]} for ${quoted(reply.target.text)}`,
      columns: shown,
      rows: reply.items.map((item, i) => ({ ...item, rank: i + 1 })),
      sort,
      sorted: (next) => {
        sort = next;
      },
      choose: (row) => choose(reply.level, row, false),
    });
    holder.replaceChildren(
      h("div", { class: "wide-table" }, made.element),
      h("p", { class: "small certificate", tabindex: "-1" }, `${certificate(reply, order)} `, scoreAll(reply, body)),
      toolbar({ name: fileName("subvalues", ask.model.name, reply.level, order, reply.target.text), rows: records(reply), json: reply }),
    );
    says.textContent = unbroken(subvaluesSaid(reply, order));
    drawn = { reply, mark: () => made.mark((row) => isChosen(ask, reply.level, row)) };
  }

  /**
   * The button by which every subvalue is scored, where that is worth it and within bounds.
   * @param {SubvaluesReply} reply
   * @param {object} body
   */
  function scoreAll(reply, body) {
    if (reply.bound === null || reply.total > MAX_EXHAUSTIVE) return null;
    const state = h("span", { role: "status" });
    const button = h("button", { type: "button", class: "text-button", click: () => (mine ? mine.abort() : all()) }, "Score all of them");
    /** Ends the work; null where there is none. @type {AbortController | null} */
    let mine = null;
    async function all() {
      const stop = new AbortController();
      const { signal } = stop;
      const asked = JSON.stringify(body);
      mine = stop;
      scoring = { asked, stop };
      state.textContent = "Scoring all of them, layer by layer … ";
      button.textContent = "Stop";
      try {
        const found = await ask.api.subvalues({ ...body, method: "exhaustive" }, signal);
        whole.set(asked, found);
        if (signal.aborted) return;
        const held = document.activeElement === button;
        draw(found, body);
        drawn?.mark();
        // The button is gone: the words that took its place are read on from.
        if (held) /** @type {HTMLElement | null} */ (holder.querySelector(".certificate"))?.focus({ preventScroll: true });
      } catch (error) {
        state.textContent = signal.aborted ? "" : `${message(error)} `;
        button.textContent = signal.aborted ? "Score all of them" : "Try again";
      } finally {
        mine = null;
        if (scoring?.stop === stop) scoring = null;
      }
    }
    return h("span", {}, state, button);
  }

  /**
   * @param {Level} level
   * @param {Place} row
   * @param {boolean} follow  whether to go where the row is looked into
   */
  function choose(level, row, follow) {
    const { layer, index, head, dim, source_position } = row;
    if (level === "ffn") ask.go({ value: { layer, index: Number(index) } });
    else if (level === "attn_neuron") {
      ask.go({ value: { layer, head: Number(head), dim: Number(dim), source_position: Number(source_position) } });
    } else if (level === "attn_position") ask.go({ level: "attn_head_position", layers: [layer] });
    else ask.go({ head: { layer, head: Number(head) } });
    if (follow && level !== "attn_position") bringIntoView(isOfNeurons(level) ? "queries" : "heads");
  }

  return {
    async show(next) {
      ask = next;
      controls.set(next);
      const body = tableBody(next);
      // What is being scored goes on through every choice that leaves the table as it is.
      if (scoring && scoring.asked !== JSON.stringify(body)) scoring.stop.abort();
      const reply = whole.get(JSON.stringify(body)) ?? (await next.api.subvalues(body, next.signal));
      if (next.signal.aborted) return;
      if (drawn?.reply !== reply) draw(reply, body);
      drawn?.mark();
    },
  };
}

/**
 * @param {Ask} ask
 * @param {Level} level
 * @param {Place} row
 */
function isChosen({ state: { value, head } }, level, row) {
  if (isOfNeurons(level)) return value !== null && keyOf(value) === keyOf(row);
  return head !== null && row.head === head.head && row.layer === head.layer;
}

/** @param {() => Ask} ask */
function tableControls(ask) {
  const level = choice(
    "Show",
    /** @type {Level[]} */ (["ffn", "attn_neuron", "attn_head", "attn_position", "attn_head_position"]).map(
      (each) => [each, LEVEL_NAMES[each][1]],
    ),
    (chosen) => ask().go({ level: chosen }),
  );
  const order = either(
    "Which end",
    [["helpful", "helpful", "those that raised the target most"], ["unhelpful", "unhelpful", "those that lowered it most"]],
    (chosen) => ask().go({ order: chosen }),
  );
  const layers = layerRange((chosen) => ask().go({ layers: chosen }));
  const top = choice("How many", TOPS.map((n) => [String(n), String(n)]), (chosen) => ask().go({ top: Number(chosen) }));
  return {
    elements: [level.element, order.element, layers.element, top.element],
    /** @param {Ask} now */
    set({ state, model }) {
      level.set(state.level);
      order.set(state.order);
      layers.set(state.layers, model.n_layers);
      const tops = [...new Set([...TOPS, state.top])].sort((a, b) => a - b);
      top.options(tops.map((n) => [String(n), String(n)]));
      top.set(String(state.top));
    },
  };
}
