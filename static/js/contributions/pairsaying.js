// What the comparison of two tokens shows, in plain sentences.

import { signed } from "../charts/numbers.js";
import { capital, quoted } from "../viewer/format.js";
import { logDifference } from "./parts.js";
import { partInWords, source } from "./places.js";
import { factor, listed, unsigned } from "./saying.js";
import { atPoint } from "./words.js";

/** @typedef {import("./replies.js").BsValuesReply} BsValuesReply */
/** @typedef {import("./replies.js").CaseReply} CaseReply */
/** @typedef {import("./replies.js").Pair} Pair */
/** @typedef {import("../viewer/types.js").Token} Token */
/** @typedef {{recompute: "everything" | "values", taken: "source" | "all", ln_std: "recomputed" | "frozen"}} CaseChoices */

/** A bias below this does not change what is said of the odds. */
const LITTLE = 0.005;
/** Carriers that are shown; the files have all that the API names. */
export const SHOWN = 10;

/**
 * Where the first token takes the lead for good, and how likely that makes it.
 * @param {Pick<BsValuesReply, "points"> & {pair: Pair}} reply
 * @param {number} odds  the model's own log p of the first token less that of the second
 */
export function differenceSaid({ points, pair }, odds) {
  const [a, b] = pair.tokens.map(({ text }) => quoted(text));
  const difference = logDifference(pair);
  const end = difference[difference.length - 1];
  const likelier = likelierSaid(odds, a, b);
  // Where the final norm's bias is left out, the model's own odds still have it.
  const bias = odds - end;
  const ending = Math.abs(bias) < LITTLE ? `: ${likelier}.` : `. With the final norm’s bias (${signed(bias)}), ${likelier}.`;
  if (end === 0) return `${a} and ${b} end level${ending}`;
  const [ahead, behind] = end > 0 ? [a, b] : [b, a];
  const ends = `ends ${unsigned(end)} nats above ${behind}${ending}`;
  const last = difference.findLastIndex((value) => value * end <= 0);
  return last === -1
    ? `${ahead} is ahead of ${behind} at every point of the stream and ${ends}`
    : `${ahead} takes the lead for good ${atPoint(points[last + 1], pair.layers.length)} and ${ends}`;
}

/**
 * @param {number} odds
 * @param {string} a
 * @param {string} b
 */
function likelierSaid(odds, a, b) {
  const times = factor(odds);
  if (times === "1") return `${a} is about as likely as ${b}`;
  return odds >= 0 ? `${a} is ${times} times as likely as ${b}` : `${b} is ${times} times as likely as ${a}`;
}

/**
 * Which layers told the two tokens apart.
 * @param {Pair} pair
 * @param {boolean} adds  whether bs-values add up here: with the frozen scale they do
 */
export function layersSaid(pair, adds) {
  const { tokens, token, position_embedding, layers, bias } = pair;
  const [a, b] = tokens.map(({ text }) => quoted(text));
  const parts = layers.flatMap(({ layer, attn, ffn }) => [
    { kind: /** @type {const} */ ("attn"), layer, value: attn },
    { kind: /** @type {const} */ ("ffn"), layer, value: ffn },
  ]);
  const most = [...parts].sort((one, other) => other.value - one.value).filter(({ value }) => value > 0).slice(0, 2);
  const least = parts.reduce((one, other) => (other.value < one.value ? other : one), parts[0]);
  const words = [];
  if (most.length > 0) words.push(`${listed(most.map((part) => `${partInWords(part)} (${signed(part.value)})`))} did most for ${a}`);
  if (least && least.value < 0) words.push(`${partInWords(least)} (${signed(least.value)}) most for ${b}`);
  const first = words.length > 0 ? capital(words.join("; ")) : `No layer tells ${a} and ${b} apart`;
  const difference = logDifference(pair);
  const others = [`the embeddings (${signed(token + position_embedding)})`, ...(bias === 0 ? [] : [`the final norm’s bias (${signed(bias)})`])];
  const closing = adds
    ? `With ${listed(others)} all of it sums to ${signed(difference[difference.length - 1])}, the difference at the end.`
    : "Each part is read at a scale of its own, so that they do not add up exactly.";
  return `${first}. ${closing}`;
}

/**
 * Which head reading which token carried most of the difference.
 * @param {Pair} pair
 * @param {Token[]} tokens
 */
export function carriersSaid({ carriers, tokens: [one, other] }, tokens) {
  if (carriers.length === 0) return "";
  const best = carriers[0];
  const favours = quoted((best.value >= 0 ? one : other).text);
  const shown = carriers.slice(0, SHOWN);
  /** @type {Map<number, number>} */
  const sums = new Map();
  for (const { source_position, value } of shown) sums.set(source_position, (sums.get(source_position) ?? 0) + value);
  const [position, sum] = [...sums].reduce((x, y) => (Math.abs(y[1]) > Math.abs(x[1]) ? y : x));
  const from = source({ layer: 0, source_position: position }, tokens);
  const first = `The strongest carrier is head ${best.head} of layer ${best.layer}: reading ${source(best, tokens)} it moves the difference by ${signed(best.value)}, towards ${favours}.`;
  return shown.length > 2 ? `${first} Of the ${shown.length} strongest, those that read ${from} add up to ${signed(sum)}.` : first;
}

/**
 * What one layer's attention gives the pair, and what it rests on most.
 * @param {CaseReply} reply
 * @param {CaseChoices} choices
 */
export function caseSaid({ tokens, pair, layer, source_position, output, parts }, { taken }) {
  const words = pair.map(({ text }) => quoted(text));
  const [one, other] = output < 0 ? words.toReversed() : words;
  const now =
    output === 0
      ? `Layer ${layer}’s attention favours neither ${one} nor ${other}.`
      : `Layer ${layer}’s attention favours ${one} over ${other} by ${unsigned(output)} bs-values.`;
  const most = parts.reduce((x, y) => (Math.abs(y.output) > Math.abs(x.output) ? y : x), parts[0]);
  if (!most || most.output === 0) return `${now} No part of its input matters to that.`;
  const where =
    taken === "source"
      ? `what ${source({ layer, source_position }, tokens)} offers`
      : "what the layer reads at every position";
  const after = output + most.output;
  const take = `${now} Take ${partInWords(most)} out of ${where}, and`;
  if (after * output > 0) {
    const moves = Math.abs(after) < Math.abs(output) ? "falls" : "rises";
    return `${take} this preference ${moves} by ${unsigned(most.output)}, to ${unsigned(after)}.`;
  }
  if (after === 0) return `${take} nothing of this is left.`;
  const [favoured, left] = after > 0 ? words : words.toReversed();
  return `${take} it ${output === 0 ? "favours" : "turns round: it favours"} ${favoured} over ${left} by ${unsigned(after)}.`;
}

/**
 * Whether the changes may be added over the parts.
 * @param {CaseChoices} choices
 */
export const additivitySaid = ({ recompute, ln_std }) =>
  recompute === "values" && ln_std === "frozen"
    ? "With the attention weights kept and the scale frozen, the changes add up: taking out several parts does what their bars sum to."
    : "The bars do not add up: parts act together through the attention weights or the scale. Keep the weights and freeze the scale, and they do.";
