// Scores as they come from the server, and as they are when a direction has just been saved.

import { mixDirection, score } from "./mixing.js";
import { mixOf } from "./state.js";

/** @typedef {import("./data.js").Kept} Kept */
/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").OtherDirection} OtherDirection */
/** @typedef {import("./types.js").State} State */

/**
 * What is known of a place when the direction that it is shown along has been saved; null where
 * there is nothing to know it by.
 * @param {Kept} kept
 * @param {State} state
 * @param {{name: string, username: string | null}} direction
 * @returns {Kept | null}
 */
export function adopted({ place, blocks }, state, { name, username }) {
  const { basis, other_direction: other } = place;
  const mix = mixOf(state, other);
  const mixed = mix && basis && mixDirection(mix, basis);
  const shown = mixed ?? other;
  if (!shown) return null;
  const { mean, std } = shown;
  const parts = mix && /** @type {[number, number][]} */ (mix.filter(([, weight]) => weight !== 0));
  /** @type {OtherDirection} */
  const saved = { kind: "saved", text: name, by: username, mean, std, parts, says: (!mixed && other?.says) || null };
  const scored = (/** @type {Block} */ block) => (mixed ? withColumn(block, basis.ratios.length, mixed) : block);
  return {
    place: { ...place, other_direction: saved },
    blocks: new Map([...blocks].map(([text, block]) => [text, scored(block)])),
  };
}

/**
 * A block with the scores along a mix in the column after the components.
 * @param {Block} block
 * @param {number} components
 * @param {import("./mixing.js").Direction} direction
 * @returns {Block}
 */
function withColumn(block, components, direction) {
  const columns = components + 2;
  const { tokens } = block;
  const scores = new Float32Array(tokens.length);
  score(block, direction, "dot", scores, 0);
  const rows = new Float32Array(tokens.length * columns);
  for (let token = 0; token < tokens.length; token += 1) {
    const [from, to] = [token * block.columns, token * columns];
    rows.set(block.rows.subarray(from, from + components), to);
    rows[to + components] = scores[token];
    rows[to + components + 1] = block.rows[from + block.columns - 1];
  }
  return { tokens, columns, rows };
}

/**
 * Multiply each column by its scale, in place.
 * @param {Float32Array} matrix
 * @param {number[]} scales
 */
export function scaled(matrix, scales) {
  if (scales.some((scale) => scale !== 1)) {
    for (let i = 0; i < matrix.length; i += 1) matrix[i] *= scales[i % scales.length];
  }
  return matrix;
}
