// What a direction that is about to be saved is made from.

import { body } from "./direction.js";
import { quoted } from "./format.js";
import { formula } from "./mix.js";
import { normalised } from "./mixing.js";
import { neuronPhrase } from "./naming.js";
import { parsePin, soleComponent } from "./state.js";

/** @typedef {import("./data.js").Shown} Shown */
/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").State} State */

/** What a direction is made from: as the API takes it, and in words.
 * @typedef {{words: string, made: object}} Source */

/**
 * The source that a state's colours are of.
 * @param {State} state
 * @param {Basis | null} basis
 * @returns {Source}
 */
export function sourceOf(state, basis) {
  const sole = soleComponent(state);
  if (state.neuron !== null) return { words: `What ${neuronPhrase(state.neuron)} writes.`, made: body(state) };
  if (state.token !== null) return { words: "One token’s own residual.", made: body(state) };
  if (sole !== null) return { words: `Component ${sole}.`, made: body(state) };
  const mix = state.mix.filter(([, weight]) => weight !== 0);
  return { words: `${formula(normalised(mix, basis?.gram ?? null))}.`, made: body(state) };
}

/**
 * A token, or a whole text, as one end of a difference.
 * @param {Shown} text
 * @param {number} [position]
 */
export function place(text, position) {
  const where = text.prompt_id === null ? { text: text.text } : { prompt_id: text.prompt_id };
  return position === undefined ? where : { ...where, position };
}

/**
 * One token's own residual, pinned or chosen.
 * @param {Shown[]} texts
 * @param {string} pin
 * @returns {Source | null}
 */
export function tokenSource(texts, pin) {
  const at = tokenAt(texts, pin);
  return at && { words: `The residual of ${at.word}.`, made: { token: at.place } };
}

/**
 * One token's residual minus another's.
 * @param {Shown[]} texts
 * @param {string} plus
 * @param {string} minus
 * @returns {Source | null}
 */
export function differenceSource(texts, plus, minus) {
  const [one, other] = [tokenAt(texts, plus), tokenAt(texts, minus)];
  if (!one || !other) return null;
  const words = `The residual of ${one.word} minus that of ${other.word}.`;
  return { words, made: { difference: { plus: one.place, minus: other.place } } };
}

/**
 * @param {Shown[]} texts
 * @param {string} pin
 */
function tokenAt(texts, pin) {
  const { key, position } = parsePin(pin);
  const text = texts.find((each) => each.key === key);
  const token = text?.tokens[position];
  if (!text || !token) return null;
  return { word: token.special ? token.text : quoted(token.text), place: place(text, position) };
}
