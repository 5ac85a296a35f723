// Mixing directions and units: what a token scores along a weighted sum of components.
// `app/web/rendering.py` holds the same rules.

import { needsBasis } from "./within.js";

/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").OtherDirection} OtherDirection */
/** @typedef {import("./types.js").Unit} Unit */

/**
 * A direction ready to score with: weights of the matrix's columns, and what the units need.
 * @typedef {object} Direction
 * @property {number[]} columns
 * @property {number[]} weights  of the unit vector
 * @property {number | null} mean  mean corpus score along it; null where there is no basis
 * @property {number | null} std  standard deviation of corpus scores along it, or null
 * @property {number | null} explained  its share of the site's variance
 */

/**
 * The weights of the unit vector along a mix of components; all zero stays all zero.
 * @param {[number, number][]} mix
 * @param {number[][] | null} gram
 * @returns {[number, number][]}
 */
export function normalised(mix, gram) {
  let square = 0;
  for (const [first, weight] of mix) {
    for (const [second, other] of mix) {
      square += weight * other * (gram ? gram[first][second] : Number(first === second));
    }
  }
  const length = Math.sqrt(Math.max(square, 0));
  return mix.map(([component, weight]) => [component, length > 0 ? weight / length : 0]);
}

/**
 * The direction that a state chooses at a fitted site. Corpus scores along different components
 * are uncorrelated, so variances add.
 * @param {[number, number][]} mix
 * @param {Basis} basis
 * @returns {Direction}
 */
export function mixDirection(mix, basis) {
  const weights = normalised(mix, basis.gram);
  let mean = 0;
  let variance = 0;
  for (const [component, weight] of weights) {
    mean += weight * basis.means[component];
    variance += (weight * basis.stds[component]) ** 2;
  }
  const sole = weights.length === 1 && weights[0][1] !== 0 ? weights[0][0] : null;
  return {
    columns: weights.map(([component]) => component),
    weights: weights.map(([, weight]) => weight),
    mean,
    std: Math.sqrt(variance),
    explained: sole !== null ? basis.ratios[sole] : share(variance, basis),
  };
}

/**
 * A direction that is no mix of components: the column after them.
 * @param {OtherDirection} other
 * @param {Basis | null} basis
 * @param {number} columns
 * @returns {Direction}
 */
export function otherDirection({ mean, std }, basis, columns) {
  const explained = basis && std !== null ? share(std ** 2, basis) : null;
  return { columns: [columns - 2], weights: [1], mean, std, explained };
}

/**
 * @param {number} variance
 * @param {Basis} basis
 */
function share(variance, basis) {
  const total = basis.stds[0] ** 2 / basis.ratios[0];
  return total > 0 ? variance / total : null;
}

/**
 * The corpus's mean and spread along a direction, which centred scores are made with.
 * @param {Pick<Direction, "mean" | "std">} direction
 * @returns {{mean: number, std: number}}
 */
export function spread({ mean, std }) {
  if (mean === null || std === null) throw new Error("No basis has been fitted here: centred scores are not known.");
  return { mean, std };
}

/**
 * Write the scores of a block's tokens into `out`, from `start` on.
 * @param {Block} block
 * @param {Direction} direction
 * @param {Unit} unit
 * @param {Float32Array} out
 * @param {number} start
 */
export function score(block, direction, unit, out, start) {
  const { rows, columns: width } = block;
  const { columns, weights } = direction;
  const count = columns.length;
  const { mean, std } = needsBasis(unit) ? spread(direction) : { mean: 0, std: 0 };
  for (let token = 0, row = 0; row < rows.length; token += 1, row += width) {
    let value = 0;
    for (let i = 0; i < count; i += 1) value += weights[i] * rows[row + columns[i]];
    if (unit === "centred") value -= mean;
    else if (unit === "z") value = std > 0 ? (value - mean) / std : 0;
    else if (unit === "cosine") {
      const norm = rows[row + width - 1];
      value = norm > 0 ? value / norm : 0;
    }
    out[start + token] = value;
  }
}
