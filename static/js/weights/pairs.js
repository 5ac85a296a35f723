// Pairs of modules out of composition scores: who writes, who reads, how much above random.

/** @typedef {import("./types.js").Composition} Composition */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").Head} Head */

/**
 * @typedef {object} Scored
 * @property {Head} writer
 * @property {Head} reader
 * @property {number} score
 * @property {number} times  over what random matrices would score
 */

/**
 * Layer and head of a row or column.
 * @param {number} at
 * @param {number} heads  in a layer
 * @returns {Head}
 */
export const headAt = (at, heads) => [Math.floor(at / heads), at % heads];

/** @param {Head} head */
export const written = ([layer, head]) => `${layer}.${head}`;

/**
 * A pair of heads with its score; null where the reader is not the later one.
 * @param {Composition} found
 * @param {Pair} pair
 * @returns {Scored | null}
 */
export function scored(found, { writer, reader }) {
  if (writer[0] >= reader[0]) return null;
  const at = (/** @type {Head} */ [layer, head]) => layer * found.n_heads + head;
  const score = found.heads[at(writer)][at(reader)];
  return { writer, reader, score, times: score / found.baseline };
}

/**
 * Every pair of heads of which the reader is the later one, by row and column.
 * @param {Composition} found
 * @returns {Scored[]}
 */
export function pairs(found) {
  const { n_heads, baseline } = found;
  return found.heads.flatMap((row, i) =>
    row.flatMap((score, j) => {
      const [writer, reader] = [headAt(i, n_heads), headAt(j, n_heads)];
      return writer[0] < reader[0] ? [{ writer, reader, score, times: score / baseline }] : [];
    }),
  );
}

/**
 * The pairs that score highest, highest first.
 * @param {Scored[]} all
 * @param {number} n
 */
export const strongest = (all, n) => [...all].sort((a, b) => b.score - a.score).slice(0, n);

/**
 * @param {Pair | null} a
 * @param {Pair | null} b
 */
export const same = (a, b) =>
  a !== null && b !== null && written(a.writer) === written(b.writer) && written(a.reader) === written(b.reader);

/**
 * Where colours end: so many of a hundred scores lie nearer to random than that. A few outliers
 * would else leave all others pale.
 * @param {number[]} sizes  |score − baseline|
 */
export function robust(sizes) {
  const order = [...sizes].sort((a, b) => a - b);
  return order[Math.max(0, Math.ceil(order.length * 0.995) - 1)] || 1;
}
