// What the contributions page asks the server. Answers are kept a while, so that panels may ask
// for the same thing, and a step back shows at once.

import { ask, get } from "../viewer/api.js";
import { Memory } from "./memory.js";

/** @typedef {import("./types.js").Asking} Asking */
/** @typedef {import("./types.js").View} View */

/** Answers that are kept. */
const KEPT = 64;

const memory = new Memory(KEPT);

const ofModel = (/** @type {string} */ name) => `/api/v1/models/${encodeURIComponent(name)}`;

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 */
const post = (path, body, signal) => {
  const written = JSON.stringify(body);
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return memory.get(
    `${path} ${written}`,
    async (mine) => (await ask(path, { method: "POST", body: written, headers, signal: mine })).json(),
    signal,
  );
};

/**
 * The page's questions about one model.
 * @param {string} name
 * @returns {Asking}
 */
export function asking(name) {
  const path = ofModel(name);
  /** @param {string} end @returns {Asking["layers"]} */
  const to = (end) => (body, signal) => post(`${path}/${end}`, body, signal);
  return {
    layers: to("contributions/layers"),
    subvalues: to("contributions/subvalues"),
    matrix: to("contributions/matrix"),
    queries: to("contributions/queries"),
    bsValues: to("bs-values"),
    caseStudy: to("contributions/case"),
    crossLayer: to("contributions/cross-layer"),
    predictions: to("predictions"),
  };
}

/**
 * The page's twin: the text, what the model expects after the position, the chosen tokens.
 * @param {string} query  a state, as the address writes it
 * @param {AbortSignal} [signal]
 * @returns {Promise<View>}
 */
export const view = (query, signal) =>
  memory.get(`view ${query}`, (mine) => get(`/contributions/view.json?${query}`, mine), signal);

/**
 * Keep a view that is known already.
 * @param {string} query
 * @param {View} known
 */
export const remember = (query, known) => memory.set(`view ${query}`, known);

/**
 * The tokens that a text makes, without BOS.
 * @param {string} name
 * @param {string} text
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").CutToken[]>}
 */
export const tokensOf = async (name, text, signal) =>
  (await post(`${ofModel(name)}/tokens`, { text, prepend_bos: false }, signal)).tokens;
