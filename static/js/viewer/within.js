// What a place can show of a state: components that it has, units that are known there.

/** @typedef {import("./data.js").Place} Place */
/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Unit} Unit */

/** Why a unit cannot be chosen at a site without a basis. `app/web/wording.py` says the same. */
export const NEEDS_BASIS =
  "Needs the corpus’s mean and standard deviation along the direction: press “Fit this site”, below, to have them.";

/** @param {Unit} unit */
export const needsBasis = (unit) => unit === "centred" || unit === "z";

/**
 * The unit that scores are shown in, where another one may have been chosen.
 * @param {Unit} unit
 * @param {Basis | null} basis
 * @returns {Unit}
 */
export const unitAt = (unit, basis) => (basis === null && needsBasis(unit) ? "dot" : unit);

/**
 * What of a state has to change for a place to show it, and what is to be said of that.
 * @param {State} state
 * @param {Place} place
 * @returns {{patch: Partial<State>, said: string | null}}
 */
export function within(state, { site, basis }) {
  if (basis === null) {
    if (!needsBasis(state.unit)) return { patch: {}, said: null };
    // A range belongs to the unit that it was typed in.
    return { patch: { unit: "dot", range: null }, said: noBasis(site.label) };
  }
  const kept = state.mix.filter(([component]) => component < basis.ratios.length);
  if (kept.length === state.mix.length) return { patch: {}, said: null };
  return { patch: { mix: kept.length > 0 ? kept : [[0, 1]] }, said: null };
}

/**
 * Why scores at a site without a basis are dot products. `app/web/wording.py` says the same.
 * @param {string} label
 */
const noBasis = (label) =>
  `No basis has been fitted at ${label}, so the corpus’s mean and standard deviation are not known there. ` +
  "Scores are dot products; fit this site to have others.";
