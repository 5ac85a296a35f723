// A histogram of corpus scores: where a value falls in it, and what it is in another unit.

import { spread } from "./mixing.js";

/** @typedef {import("./types.js").Histogram} Histogram */
/** @typedef {import("./types.js").Unit} Unit */

/**
 * The share of corpus scores below a value, 0 to 1, linear within a bin.
 * @param {Histogram} histogram
 * @param {number} value
 */
export function percentile({ edges, counts }, value) {
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (total === 0 || value <= edges[0]) return 0;
  let below = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    if (value < edges[bin + 1]) {
      const width = edges[bin + 1] - edges[bin];
      const part = width > 0 ? (value - edges[bin]) / width : 0;
      return (below + part * counts[bin]) / total;
    }
    below += counts[bin];
  }
  return 1;
}

/**
 * A histogram of dot products, in a unit that is a linear function of them.
 * @param {Histogram} dot
 * @param {Unit} unit
 * @param {Pick<import("./mixing.js").Direction, "mean" | "std">} direction
 * @returns {Histogram}
 */
export function inUnit(dot, unit, direction) {
  if (unit === "dot" || unit === "cosine") return dot;
  const { mean, std } = spread(direction);
  const scale = unit === "z" ? 1 / (std || 1) : 1;
  return { ...dot, edges: dot.edges.map((edge) => (edge - mean) * scale) };
}

/**
 * A percentile in words: "above 97 % of corpus tokens".
 * @param {number} share
 */
export function inWords(share) {
  if (share <= 0.0005) return "lowest of the corpus";
  if (share >= 0.9995) return "highest of the corpus";
  const shown = share > 0.99 || share < 0.01 ? (100 * share).toFixed(1) : (100 * share).toFixed(0);
  return `above ${shown} % of the corpus`;
}
