// What activated the chosen value, or the table's strongest neurons together.

import { chart } from "../charts/chart.js";
import { fileName, toolbar } from "../charts/downloads.js";
import { h } from "../viewer/dom.js";
import { capital, quoted, unbroken } from "../viewer/format.js";
import { colouredText } from "./coloured.js";
import { either } from "./controls.js";
import { crossLayer } from "./crosslayer.js";
import { bringIntoView } from "./onward.js";
import { partBars } from "./partfigures.js";
import { belowValues, positionsRead, readAt } from "./parts.js";
import { asked, inWords, keyOf, levelOf, partInWords, sourceName, viewerAddress } from "./places.js";
import { queryColumns, queryRecords } from "./queryrows.js";
import { queriesSaid, roleSaid } from "./saying.js";
import { headingOf, strongestInWords, strongestNeurons, TOGETHER, togetherSaid } from "./strongest.js";
import { afterSaid } from "./summary.js";
import { table } from "./table.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {import("./replies.js").QueriesAt} QueriesAt */
/** @typedef {import("./replies.js").QueriesReply} QueriesReply */
/** @typedef {import("./table.js").Sort} Sort */

/** How many query subvalues are shown. */
const TOP = 10;

/**
 * @param {HTMLElement} section
 * @returns {Panel}
 */
export function queriesPanel(section) {
  const holder = /** @type {HTMLElement} */ (section.querySelector(".chart"));
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  const title = section.querySelector("h2");
  const chosen = h("div", { class: "chosen-value" });
  const role = h("p", { class: "role" });
  const text = h("div", { class: "sub marks" });
  const strongest = h("div", { class: "sub" });
  const bars = chart(holder);
  /** @type {Ask} */
  let ask;
  /** How a reader sorted the neurons. @type {Sort | null} */
  let sort = null;
  const curve = crossLayer();
  holder.before(chosen);
  says.after(role, text, strongest, curve.element);
  const controls = queryControls(() => ask);
  section.querySelector(".controls")?.append(...controls.elements);

  /**
   * @param {QueriesReply} reply
   * @returns {Promise<void>}
   */
  function draw(reply) {
    const { state, model, tokens } = ask;
    const at = readAt(reply);
    const word = quoted(reply.target.text);
    const name = fileName("queries", model.name, state.value && keyOf(state.value), reply.target.text);
    says.textContent = unbroken(queriesSaid(reply, at, state.method));
    const where = whereRead(reply);
    text.replaceChildren(
      ...(at.by_position.some((value) => value !== 0)
        ? [
            h("h3", {}, `Which tokens it came from${where}`),
            colouredText(tokens, at.by_position, { unit: "nats", label: `Each token by what attention brought from it towards ${word}` }),
            h("p", { class: "small" }, "What attention carried here from each token, over all earlier layers and heads."),
            toolbar({ name: `${name}-tokens`, rows: at.by_position.map((score, i) => ({ position: i, token: tokens[i].text, score })), json: reply }),
          ]
        : []),
    );
    drawStrongest(reply, at, name);
    const parts = belowValues(at).map(({ score, ...part }) => ({ ...part, value: score }));
    return bars.draw({
      figure: (theme, room) => partBars(theme, room, { parts, title: "query score, nats", unit: "nats" }),
      name,
      rows: parts.map((part) => ({ part: partInWords(part), layer: part.layer, module: part.kind, score: part.value })),
      json: reply,
      label: `Bars: what each earlier part of the stream did to activate ${words(ask, reply)}. ${says.textContent}`,
      title: `${model.label}: what activated ${words(ask, reply)}${state.value ? `, for ${word}` : ""}${afterSaid(tokens, ask.position)}`,
      click: ({ layer, module }) => {
        if (layer === null) return;
        ask.go({ level: module === "ffn" ? "ffn" : "attn_head", layers: [Number(layer)] });
        bringIntoView("subvalues");
      },
    });
  }

  /**
   * @param {QueriesReply} reply
   * @param {QueriesAt} at
   * @param {string} name
   */
  function drawStrongest(reply, at, name) {
    if (at.subvalues.length === 0) {
      strongest.replaceChildren();
      return;
    }
    const made = table({
      caption: "The earlier FFN neurons with the strongest query scores",
      columns: queryColumns(at.subvalues, reply.target.id, (row) => viewerAddress(ask.model.name, ask.body, row), reply.tokens),
      rows: at.subvalues,
      sort: sort ?? { key: "score", way: at.subvalues[0].score < 0 ? "ascending" : "descending" },
      sorted: (next) => {
        sort = next;
      },
      choose: ({ layer, index }) => ask.go({ value: { layer, index: Number(index) } }),
    });
    strongest.replaceChildren(
      h("h3", {}, `The earlier neurons that activated ${reply.values.length === 1 ? "it" : "them"} most`),
      h("div", { class: "wide-table" }, made.element),
      toolbar({ name: `${name}-neurons`, rows: queryRecords(at.subvalues), json: reply }),
    );
  }

  /** @param {Ask} now */
  async function showRole({ state: { value, keys, method }, body, api, signal, target }) {
    role.textContent = "";
    if (value === null || !("index" in value)) return;
    const { neuron } = await api.queries({ ...body, keys, method, top: TOP, neuron: value }, signal);
    if (!signal.aborted) role.textContent = unbroken(roleSaid(neuron, target.text));
  }

  return {
    async show(next) {
      ask = next;
      controls.set(next);
      if (title) title.textContent = headingOf(next.state);
      const [reply] = await Promise.all([fetched(next), showRole(next)]);
      if (next.signal.aborted) return;
      chosen.replaceChildren(...chosenValue(next, reply.values.length));
      curve.show(next, levelOf(reply.values[0]) === "ffn" ? reply.values[0].layer : null);
      await draw(reply);
    },
  };
}

/**
 * The queries; of values that lowered the target, those that count the same way.
 * @param {Ask} ask
 * @returns {Promise<QueriesReply>}
 */
async function fetched(ask) {
  const { state: { value, order, keys, method }, body, api, signal } = ask;
  const values = (value ? [value] : await strongestNeurons(ask)).map(asked);
  const request = { ...body, keys, method, top: TOP, values };
  if (value === null) return api.queries({ ...request, order }, signal);
  /** @type {QueriesReply} */
  const reply = await api.queries(request, signal);
  return reply.values[0].contribution < 0 ? api.queries({ ...request, order: "unhelpful" }, signal) : reply;
}

/**
 * Where the values read, unless that is the position looked at.
 * @param {QueriesReply} reply
 */
function whereRead(reply) {
  const [first, ...others] = positionsRead(reply);
  if (others.length > 0) return ", at the tokens that they read";
  return first === reply.position ? "" : ` at ${sourceName(reply.tokens, first)}, which ${reply.values.length === 1 ? "it reads" : "they read"}`;
}

/**
 * @param {Ask} ask
 * @param {QueriesReply} reply
 */
const words = ({ state, tokens }, reply) =>
  state.value
    ? inWords(levelOf(state.value), state.value, tokens)
    : strongestInWords(state, reply.values.length, reply.target.text);

/**
 * What the section is about, and how to have it be about something else.
 * @param {Ask} ask
 * @param {number} n  how many neurons are shown
 */
function chosenValue({ state, tokens, target, model, body, go }, n) {
  const { value, order } = state;
  if (value === null) return [h("p", {}, unbroken(togetherSaid(state, n, target.text)))];
  return [
    h("p", {}, h("strong", {}, unbroken(capital(inWords(levelOf(value), value, tokens))))),
    h("a", { class: "text-button", href: viewerAddress(model.name, body, value) }, "Colour the text by this neuron’s direction"),
    h("button", { type: "button", class: "text-button", click: () => go({ value: null }) }, `The ${TOGETHER} most ${order} together`),
  ];
}

/** @param {() => Ask} ask */
function queryControls(ask) {
  const method = either(
    "Credit",
    [
      ["direct", "direct", "A value’s contribution goes to what activated it"],
      ["iterative", "iterative", "A value’s own query score is added first, from the top layer down"],
    ],
    (chosen) => ask().go({ method: chosen }),
  );
  const keys = either(
    "Keys",
    [
      ["centred", "centred", "The key less its mean: exactly what the layer norm lets through"],
      ["paper", "as in the paper", "The key as it is, which also reads the mean that the layer norm removes"],
    ],
    (chosen) => ask().go({ keys: chosen }),
  );
  return {
    elements: [method.element, keys.element],
    /** @param {Ask} now */
    set({ state }) {
      method.set(state.method);
      keys.set(state.keys);
    },
  };
}
