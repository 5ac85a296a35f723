// The coordinates of the stream that stand out, over all its places.

/** @typedef {import("./types.js").SiteBasis} SiteBasis */

/**
 * @typedef {object} Outlier
 * @property {number} index
 * @property {number} sites  places where it is among the heaviest coordinates
 * @property {number} kurtosis  its largest
 * @property {string} label  where that is
 * @property {number} mean  there
 * @property {number} std  there
 */

/**
 * Coordinates by the number of places where they are among the heaviest, most first.
 * @param {SiteBasis[]} items
 * @returns {Outlier[]}
 */
export function outliers(items) {
  /** @type {Map<number, Outlier>} */
  const found = new Map();
  for (const { label, coordinates } of items) {
    for (const { index, kurtosis, mean, std } of coordinates) {
      const known = found.get(index);
      const sites = (known?.sites ?? 0) + 1;
      found.set(index, known && known.kurtosis >= kurtosis ? { ...known, sites } : { index, sites, kurtosis, label, mean, std });
    }
  }
  return [...found.values()].sort((a, b) => b.sites - a.sites || b.kurtosis - a.kurtosis);
}
