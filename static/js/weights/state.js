// The state of the weights page as an address, and back. `app/web/weights_state.py` reads the same
// words.

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").Model} Model */

export const READS = /** @type {const} */ (["q", "k", "v"]);
export const ORDERS = /** @type {const} */ (["erasers", "amplifiers"]);

/**
 * The query string of a state, without the question mark; defaults are left out.
 * @param {State} state
 */
export function serialise({ model, reads, layer, order, pair }) {
  const params = new URLSearchParams({ model });
  if (reads !== "q") params.set("reads", reads);
  if (layer !== null) params.set("layer", String(layer));
  if (order !== "erasers") params.set("order", order);
  if (pair !== null) params.set("pair", `${pair.writer.join(".")}-${pair.reader.join(".")}`);
  return params.toString();
}

/**
 * The state that a query string describes; what cannot be read is left at its default.
 * @param {string} search
 * @param {Model} model
 * @returns {State}
 */
export function parse(search, model) {
  const params = new URLSearchParams(search);
  const layer = params.get("layer") ?? "";
  return {
    model: model.name,
    reads: READS.find((each) => each === params.get("reads")) ?? "q",
    layer: /^[0-9]{1,4}$/.test(layer) && Number(layer) < model.n_layers ? Number(layer) : null,
    order: ORDERS.find((each) => each === params.get("order")) ?? "erasers",
    pair: pairOf(params.get("pair") ?? "", model),
  };
}

/**
 * @param {string} text
 * @param {Model} model
 * @returns {Pair | null}
 */
function pairOf(text, { n_layers, n_heads }) {
  const found = /^([0-9]{1,4})\.([0-9]{1,4})-([0-9]{1,4})\.([0-9]{1,4})$/.exec(text);
  if (!found) return null;
  const [a, i, b, j] = found.slice(1).map(Number);
  return a < b && b < n_layers && i < n_heads && j < n_heads ? { writer: [a, i], reader: [b, j] } : null;
}
