// The table's strongest neurons: those whose activation is shown where none is chosen.

import { quoted } from "../viewer/format.js";
import { isOfNeurons, LEVEL_NAMES, nThere } from "./places.js";
import { listed } from "./saying.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./replies.js").Level} Level */
/** @typedef {import("./replies.js").SubvaluesReply} SubvaluesReply */

/** How many are taken together. */
export const TOGETHER = 10;

/**
 * What the table asks for: never more than there are.
 * @param {Pick<Ask, "body" | "state" | "model" | "position">} ask
 * @param {Level} [level]
 */
export function tableBody({ body, state, model, position }, level = state.level) {
  const { order, top, layers } = state;
  const there = nThere(level, model, layers?.length ?? model.n_layers, position + 1);
  return { ...body, level, order, top: Math.min(top, there), ...(layers ? { layers } : {}) };
}

/**
 * The level of those neurons: the table's, or FFN neurons where its rows have no activation.
 * @param {Pick<State, "level">} state
 */
export const neuronLevel = ({ level }) => (isOfNeurons(level) ? level : "ffn");

/**
 * @param {Ask} ask
 * @returns {Promise<SubvaluesReply["items"]>}
 */
export async function strongestNeurons({ api, signal, ...ask }) {
  /** @type {SubvaluesReply} */
  const { items } = await api.subvalues(tableBody({ ...ask }, neuronLevel(ask.state)), signal);
  return items.slice(0, TOGETHER);
}

/**
 * `the 10 FFN neurons of layers 3–5 that raised “ Paris” most`.
 * @param {Pick<State, "level" | "order" | "layers">} state
 * @param {number} n
 * @param {string} target
 */
export function strongestInWords({ level, order, layers }, n, target) {
  const [one, many] = LEVEL_NAMES[neuronLevel({ level })];
  const there = layers ? ` of ${layersInWords(layers)}` : "";
  return `the ${n === 1 ? one : `${n} ${many}`}${there} that ${order === "helpful" ? "raised" : "lowered"} ${quoted(target)} most`;
}

/** @param {number[]} layers */
function layersInWords(layers) {
  const [first, last] = [layers[0], layers[layers.length - 1]];
  if (layers.length === 1) return `layer ${first}`;
  return last - first === layers.length - 1 ? `layers ${first}–${last}` : `layers ${listed(layers.map(String))}`;
}

/**
 * Whose activation is shown where none is chosen, and why it is not the table's own rows'.
 * @param {Pick<State, "level" | "order" | "layers">} state
 * @param {number} n
 * @param {string} target
 */
export function togetherSaid(state, n, target) {
  const who = strongestInWords(state, n, target);
  const [, rows] = LEVEL_NAMES[state.level];
  return isOfNeurons(state.level)
    ? `T${who.slice(1)}, together. Choose one in the table above to see it alone.`
    : `The table above shows ${rows}, which have no activation of their own. This is about ${who}, together.`;
}

/**
 * The section's heading.
 * @param {Pick<State, "level" | "value">} state
 */
export const headingOf = ({ level, value }) =>
  value !== null ? "What activated it" : isOfNeurons(level) ? "What activated them" : "What activated the strongest neurons";
