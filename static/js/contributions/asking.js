// From what is on the page to what every panel is given.

import { asking } from "./api.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Body} Body */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").View} View */

/**
 * What a panel is given, or null where the text was refused.
 * @param {State} state
 * @param {View} view  of the same place
 * @param {AbortSignal} signal
 * @param {import("./types.js").Go} go
 * @returns {Ask | null}
 */
export function askOf(state, view, signal, go) {
  const { target } = view;
  if (target === null) return null;
  return {
    state,
    tokens: view.tokens,
    position: view.position,
    target,
    other: view.other,
    others: view.others,
    predictions: view.predictions,
    body: bodyOf(state, view, target.id),
    api: asking(state.model),
    signal,
    go,
    model: view.model,
  };
}

/**
 * @param {State} state
 * @param {View} view
 * @param {number} target
 * @returns {Body}
 */
function bodyOf(state, view, target) {
  return {
    ...(state.prompt === null ? { text: view.words } : { prompt_id: state.prompt }),
    position: view.position,
    target: { id: target },
    ln: state.ln,
    ln_bias: state.bias,
    prepend_bos: state.bos,
  };
}

/**
 * The body of a question about no one target.
 * @param {Body} body
 * @returns {Omit<Body, "target">}
 */
export function untargeted({ target: _, ...rest }) {
  return rest;
}
