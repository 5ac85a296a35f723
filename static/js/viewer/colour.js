// The signed colour scale: which level a score has. `app/web/palette.py` has the colours, and
// `app/web/rendering.py` the same rules.

/** Steps of strength on each side of zero. */
export const LEVELS = 64;
/** The colour range is this quantile of |score| over the tokens on screen. */
export const QUANTILE = 0.99;

/** CSS classes of the levels, from -LEVELS to LEVELS; use through `levelClass`. */
const CLASSES = Array.from({ length: 2 * LEVELS + 1 }, (_, i) => {
  const level = i - LEVELS;
  return level === 0 ? "" : level > 0 ? ` p${level}` : ` n${-level}`;
});

/**
 * The class of a level, with a space before it; nothing for zero.
 * @param {number} level
 */
export const levelClass = (level) => CLASSES[level + LEVELS];

/**
 * The level of a score, -LEVELS to LEVELS, saturating at the range.
 * @param {number} value
 * @param {number} range
 */
export function levelOf(value, range) {
  const steps = Math.min(LEVELS, Math.floor((Math.abs(value) / range) * LEVELS + 0.5));
  return value >= 0 ? steps : -steps;
}

/**
 * The robust range of scores: the 99th percentile of |value|, by rank; 1 where all are zero.
 * @param {Float32Array} values  its first `count` numbers are read, and overwritten
 * @param {number} count
 */
export function colourRange(values, count = values.length) {
  if (count === 0) return 1;
  const magnitudes = values.subarray(0, count);
  for (let i = 0; i < count; i += 1) magnitudes[i] = Math.abs(magnitudes[i]);
  magnitudes.sort();
  return magnitudes[Math.ceil(QUANTILE * count) - 1] || 1;
}
