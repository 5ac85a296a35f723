// What the tables show, in plain sentences: pure functions of what the API answered.

import { signed } from "../charts/numbers.js";
import { capital, count, plural, quoted } from "../viewer/format.js";
import { inWords, LEVEL_NAMES, levelOf, partInWords, sourceName } from "./places.js";
import { ranked } from "./parts.js";

/** @typedef {import("./replies.js").CrossLayerReply} CrossLayerReply */
/** @typedef {import("./replies.js").Neuron} Neuron */
/** @typedef {import("./replies.js").QueriesAt} QueriesAt */
/** @typedef {import("./replies.js").QueriesReply} QueriesReply */
/** @typedef {import("./replies.js").SubvaluesReply} SubvaluesReply */
/** @typedef {import("../viewer/types.js").Token} Token */
/** @typedef {"helpful" | "unhelpful"} Order */

/** What is moved by less than this, in nats, is rounding: nothing to share out. */
const NOTHING = 1e-6;
/** A part is named where its share is this much of the largest one's. */
const WORTH_SAYING = 0.1;

/**
 * Phrases as English lists them.
 * @param {string[]} phrases
 */
export const listed = (phrases) =>
  phrases.length < 2
    ? phrases.join("")
    : `${phrases.slice(0, -1).join(", ")} and ${phrases[phrases.length - 1]}`;

/**
 * The factor that a change of log-probability is, either way, to two digits: `2.1`.
 * @param {number} nats
 */
export function factor(nats) {
  const size = Math.exp(Math.abs(nats));
  return size >= 1e6 ? "more than a million" : Number(size.toPrecision(2)).toLocaleString("en");
}

/**
 * What the strongest subvalues did.
 * @param {SubvaluesReply} reply
 * @param {Order} order
 */
export function subvaluesSaid({ items, level, target, tokens }, order) {
  const word = quoted(target.text);
  const [, many] = LEVEL_NAMES[level];
  const sign = order === "helpful" ? 1 : -1;
  const acting = items.filter((item) => sign * item.contribution > 0);
  if (acting.length === 0) return `None of these ${many} ${order === "helpful" ? "raised" : "lowered"} ${word}.`;
  const best = acting.reduce((a, b) => (sign * b.contribution > sign * a.contribution ? b : a));
  const verb = order === "helpful" ? "raises" : "lowers";
  const how =
    Math.abs(Math.expm1(best.contribution)) < 0.05
      ? ""
      : `, which ${order === "helpful" ? "multiplies" : "divides"} its probability at that point of the stream by ${factor(best.contribution)}`;
  const first = `By itself ${inWords(level, best, tokens)} ${verb} log p(${word}) by ${unsigned(best.contribution)} nats${how}.`;
  const [layer, there] = mode(acting.map((item) => item.layer));
  if (acting.length < 3 || there < 2) return first;
  const share = there === acting.length ? `All ${acting.length} shown` : `${there} of the ${acting.length} shown`;
  return `${first} ${share} ${many === "heads × positions" ? "are heads" : "are"} in layer ${layer}.`;
}

/**
 * Why nothing stronger was missed.
 * @param {SubvaluesReply} reply
 * @param {Order} order
 */
export function certificate({ scored, total, bound }, order) {
  if (bound === null || scored >= total) return `Exact: every one of the ${count(total)} was scored.`;
  const beyond = order === "helpful" ? "no other reaches" : "no other is below";
  return `Exact: ${count(scored)} of ${count(total)} were scored; the bound proves that ${beyond} ${signed(rounded(bound, order === "helpful" ? 1 : -1))}.`;
}

/**
 * A number rounded up (1) or down (−1) to the digits that are written: a bound stays one.
 * @param {number} value
 * @param {1 | -1} way
 */
export function rounded(value, way) {
  if (value === 0) return 0;
  const digits = Math.floor(Math.log10(Math.abs(value)));
  const places = digits < -3 ? -digits : Math.max(0, Math.min(3, 2 - digits));
  // A bound that is written in full is not rounded on because of its last binary digit.
  const steps = Math.ceil(way * value * 10 ** places - 1e-6);
  return (way * steps) / 10 ** places;
}

/**
 * Which end a subvalue raises, where that is not the one its row says.
 * @param {{swapped: boolean}} item
 */
export const swapSaid = ({ swapped }) =>
  swapped ? "Its coefficient is negative, so it raises what its row lowers: shown here." : "";

/**
 * Where the values' contribution comes from.
 * @param {QueriesReply} reply
 * @param {QueriesAt} at  the position that the values read
 * @param {"direct" | "iterative"} method
 */
export function queriesSaid(reply, at, method) {
  const { values, target, tokens } = reply;
  const word = quoted(target.text);
  const total = values.reduce((sum, value) => sum + value.contribution, 0);
  const who =
    values.length === 1
      ? inWords(levelOf(values[0]), values[0], tokens)
      : `these ${values.length} neurons`;
  const parts = ranked(at);
  if (Math.abs(total) < NOTHING) return `${capital(who)} moved ${word} by less than 10⁻⁶ nats: there is nothing to share out.`;
  const does = total < 0 ? "took from" : "gave";
  const given = `Of the ${unsigned(total)} nats that ${who} ${does} ${word}${values.length > 1 ? ", each by itself" : ""}`;
  if (reply.undefined === values.length) return `${given}, no shares can be given: what activates ${values.length === 1 ? "it" : "them"} sums to almost nothing.`;
  if (parts.length === 0) return `${given}, no earlier part has a share.`;
  const strongest = (/** @type {number} */ sign, /** @type {number} */ most) =>
    parts
      .filter(({ score }) => sign * score > WORTH_SAYING * Math.abs(parts[0].score))
      .slice(0, most)
      .map((part) => `${partInWords(part)} (${signed(part.score)})`);
  const toward = total < 0 ? -1 : 1;
  const [for_, against] = [strongest(toward, 3), strongest(-toward, 1)];
  const how = method === "iterative" ? " counting also what activated them in turn," : "";
  const rest = against.length > 0 ? `; ${against[0]} worked against` : "";
  const sentences = [
    for_.length > 0
      ? `${given},${how} most goes back to ${listed(for_)}${rest}.`
      : `${given},${how} the largest share is that of ${against[0]}, which worked against.`,
  ];
  const through = sourceSaid(at, tokens, toward);
  if (through) sentences.push(through);
  return [...sentences, undefinedSaid(reply)].filter(Boolean).join(" ");
}

/**
 * From which token attention brought most.
 * @param {QueriesAt} at
 * @param {Token[]} tokens
 * @param {number} toward  1 or −1
 */
function sourceSaid({ by_position }, tokens, toward) {
  if (!by_position || by_position.length === 0) return "";
  const best = by_position.reduce((a, score, i) => (toward * score > toward * by_position[a] ? i : a), 0);
  if (toward * by_position[best] <= 0) return "";
  return `Through attention, most came from ${sourceName(tokens, best)} (${signed(by_position[best])}).`;
}

/** @param {Pick<QueriesReply, "undefined" | "values">} reply */
const undefinedSaid = ({ undefined: left, values }) =>
  left === 0
    ? ""
    : `${plural(left, "value")} of ${values.length} ${left === 1 ? "was" : "were"} left out: what activates ${left === 1 ? "it" : "them"} sums to almost nothing.`;

/**
 * Whether a neuron is a value, a query, both or neither.
 * @param {Neuron} neuron
 * @param {string} target
 */
export function roleSaid({ role, layer, index, contribution, query, value_bar, query_bar }, target) {
  const name = `Neuron ${index} of layer ${layer}`;
  const lowers = contribution < 0;
  const is = {
    value: lowers
      ? "is a value that lowers, and no query: it writes against the answer itself"
      : "is a value and no query: it writes to the answer itself",
    query: "is a query and no value: it activates the neurons that write to the answer",
    both: lowers
      ? "is both a value that lowers and a query: it writes against the answer, and activates neurons that write to it"
      : "is both a value and a query: it writes to the answer, and activates others that do",
    neither: "is neither a value nor a query here",
  }[role];
  const hundredth = lowers ? "the hundredth strongest of those that lower it" : "the hundredth strongest";
  return `${name} ${is}. As a value it gives ${quoted(target)} ${signed(contribution)} (${hundredth}: ${signed(value_bar)}); as a query it gives the ten most helpful neurons ${query === 0 ? "nothing" : signed(query)} (the hundredth strongest: ${signed(query_bar)}).`;
}

/**
 * What pushes a layer's helpful neurons up, and its unhelpful ones.
 * @param {CrossLayerReply} reply
 */
export function crossLayerSaid({ layer, target, n_helpful, n_unhelpful, parts }) {
  const word = quoted(target.text);
  const most = (/** @type {"helpful" | "unhelpful"} */ end) =>
    parts.reduce((a, b) => (b[end] > a[end] ? b : a), parts[0]);
  const sentences = [`In layer ${layer}, ${plural(n_helpful, "FFN neuron")} ${n_helpful === 1 ? "raises" : "raise"} ${word} and ${count(n_unhelpful)} ${n_unhelpful === 1 ? "lowers" : "lower"} it.`];
  const [up, down] = [most("helpful"), most("unhelpful")];
  const [isUp, isDown] = [n_helpful > 0 && up.helpful > 0, n_unhelpful > 0 && down.unhelpful > 0];
  if (isUp && isDown && up === down) {
    sentences.push(`${capital(partInWords(up))} pushes both up most: the helpful ones by ${unsigned(up.helpful)}, the unhelpful ones by ${unsigned(up.unhelpful)}.`);
  } else if (isUp) {
    const rest = isDown ? `, ${partInWords(down)} the unhelpful ones (${signed(down.unhelpful)})` : "";
    sentences.push(`${capital(partInWords(up))} pushes the helpful ones up most (${signed(up.helpful)})${rest}.`);
  }
  return sentences.join(" ");
}

/**
 * A size, without its sign.
 * @param {number} value
 */
export const unsigned = (value) => signed(Math.abs(value)).replace("+", "");

/**
 * The number that is there most often, and how often.
 * @param {number[]} numbers
 * @returns {[number, number]}
 */
function mode(numbers) {
  /** @type {Map<number, number>} */
  const times = new Map();
  for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1);
  return [...times].reduce((a, b) => (b[1] > a[1] ? b : a));
}
