// What the curve, the bars and the maps show, in plain sentences: pure functions of the numbers.

import { plain, signed } from "../charts/numbers.js";
import { count, percent, quoted } from "../viewer/format.js";
import { sourceName } from "./places.js";
import { listed, unsigned } from "./saying.js";

/** @typedef {import("../viewer/types.js").Token} Token */
/** @typedef {{layer: number, attn: number, ffn: number}} Layer */

/**
 * A point of the stream in a sentence: `after layer 4’s FFN` is the one called 5_pre.
 * @param {string} point
 * @param {number} n_layers
 */
export function atPoint(point, n_layers) {
  if (point === "final") return `after layer ${n_layers - 1}’s FFN`;
  const [layer, place] = point.split("_");
  if (place === "mid") return `after layer ${layer}’s attention`;
  return layer === "0" ? "in the embedding" : `after layer ${Number(layer) - 1}’s FFN`;
}

/**
 * Where a token takes the lead, and in which layers its log-probability rises.
 * @param {object} curve
 * @param {string} curve.text  the token
 * @param {string[]} curve.points
 * @param {number[]} curve.ranks
 * @param {number[]} curve.logprobs
 * @param {string | null} [curve.likeliest]  the model's own first choice
 */
export function curveSaid({ text, points, ranks, logprobs, likeliest = null }) {
  return `${rankSaid(text, points, ranks, likeliest)} ${riseSaid(logprobs)}`;
}

/**
 * @param {string} text
 * @param {string[]} points
 * @param {number[]} ranks
 * @param {string | null} likeliest
 */
function rankSaid(text, points, ranks, likeliest) {
  const n_layers = (points.length - 1) / 2;
  const last = ranks[ranks.length - 1];
  if (last !== 1) {
    const best = Math.min(...ranks);
    const reached = best < last ? `; its best was rank ${count(best)}, ${atPoint(points[ranks.indexOf(best)], n_layers)}` : "";
    const first = likeliest === null ? "" : `; the model’s own first choice is ${quoted(likeliest)}`;
    return `${quoted(text)} ends at rank ${count(last)}${reached}${first}.`;
  }
  const from = ranks.findLastIndex((rank) => rank !== 1) + 1;
  if (from === 0) return `${quoted(text)} is the likeliest token at every point.`;
  const isBack = ranks.slice(0, from).includes(1);
  const until = points[from] !== "final" ? "rank 1 from there on" : isBack ? "rank 1 at the end" : "rank 1 only at the end";
  return `${quoted(text)} ${isBack ? "takes the lead again" : "becomes the likeliest token"} ${atPoint(points[from], n_layers)} (${until}).`;
}

/**
 * How log p changes, and the fewest neighbours among the layers that make half of a rise: how much
 * of it they make, which is more than all of it where other layers work against them.
 * @param {number[]} logprobs
 */
function riseSaid(logprobs) {
  const n = (logprobs.length - 1) / 2;
  const [start, end] = [logprobs[0], logprobs[logprobs.length - 1]];
  const rise = end - start;
  if (plain(start) === plain(end)) return `Its log p begins and ends at ${plain(end)}.`;
  const whole = `log p goes from ${plain(start)} to ${plain(end)}`;
  if (rise < 0) return `Its ${whole}: the layers lower it.`;
  const run = shortest(Array.from({ length: n }, (_, l) => logprobs[2 * l + 2] - logprobs[2 * l]), rise / 2);
  // That all layers, or nearly all, make the whole says nothing.
  if (n === 1 || run === null || run[1] - run[0] + 1 >= Math.max(n - 1, 2)) return `Its ${whole}.`;
  const isOne = run[0] === run[1];
  const where = isOne ? `layer ${run[0]}` : `layers ${run[0]}–${run[1]}`;
  const made = logprobs[2 * run[1] + 2] - logprobs[2 * run[0]];
  if (made <= rise) return `Its ${whole}; ${percent(made / rise)} of that rise happens in ${where}.`;
  return `Its ${whole}; ${where} ${isOne ? "raises" : "raise"} it by ${plain(made)}, and the others take back ${plain(made - rise)}.`;
}

/**
 * The shortest run of neighbours that sums to at least a goal; of two as short, the one with more.
 * @param {number[]} steps
 * @param {number} goal
 * @returns {[number, number] | null}  first and last
 */
export function shortest(steps, goal) {
  /** @type {[number, number] | null} */
  let best = null;
  let most = 0;
  for (let length = 1; length <= steps.length && !best; length += 1) {
    for (let start = 0; start + length <= steps.length; start += 1) {
      const sum = steps.slice(start, start + length).reduce((a, b) => a + b, 0);
      if (sum >= goal && (!best || sum > most)) {
        best = [start, start + length - 1];
        most = sum;
      }
    }
  }
  return best;
}

/**
 * The strongest modules, and the sum that all of them make.
 * @param {object} reply
 * @param {Layer[]} reply.layers
 * @param {number} reply.start_logprob
 * @param {number} reply.end_logprob
 * @param {{text: string, logprob: number}} reply.target
 */
export function layersSaid({ layers, start_logprob, end_logprob, target }) {
  const modules = layers.flatMap(({ layer, attn, ffn }) => [
    { name: `layer ${layer}’s attention`, value: attn },
    { name: `layer ${layer}’s FFN`, value: ffn },
  ]);
  const moving = modules.filter(({ value }) => value !== 0);
  const strongest = moving.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 3);
  const names = strongest.map(({ name, value }, i) => `${name} (${signed(value)}${i === 0 ? " nats" : ""})`);
  const isModels = Math.abs(end_logprob - target.logprob) < 0.005;
  const total = modules.reduce((sum, { value }) => sum + value, 0);
  return (
    `${names.length > 0 ? `What moved ${quoted(target.text)} most: ${listed(names)}.` : `No layer moved ${quoted(target.text)}.`} ` +
    `Together: ${plain(start_logprob)} before layer 0 ${total < 0 ? "−" : "+"} ${unsigned(total)} by all layers = ` +
    `${plain(end_logprob)}, ${isModels ? "the model’s log p" : "log p without the final norm’s bias"}.`
  );
}

/**
 * The head that moved the target most, whatever the sign.
 * @param {number[][]} values  per layer, per head
 * @param {number[]} layers  which layers those are
 * @returns {{layer: number, head: number, value: number}}
 */
export function strongestHead(values, layers) {
  let best = { layer: layers[0], head: 0, value: values[0][0] };
  values.forEach((row, i) =>
    row.forEach((value, head) => {
      if (Math.abs(value) > Math.abs(best.value)) best = { layer: layers[i], head, value };
    }),
  );
  return best;
}

/**
 * What a head did, how that compares with the strongest, and where it read it.
 * @param {object} head
 * @param {{layer: number, head: number, value: number}} head.chosen
 * @param {{layer: number, head: number, value: number}} head.strongest
 * @param {number[] | null} head.sources  its contribution per source position
 * @param {Token[]} head.tokens
 * @param {string} head.target
 */
export function headSaid({ chosen, strongest, sources, tokens, target }) {
  const isIt = chosen.layer === strongest.layer && chosen.head === strongest.head;
  const who = `Head ${chosen.head} of layer ${chosen.layer}`;
  const other =
    isIt || strongest.value === 0 ? "" : ` The strongest is head ${strongest.head} of layer ${strongest.layer} (${signed(strongest.value)}).`;
  if (chosen.value === 0) return `${who} did not move ${quoted(target)}.${other}`;
  const what = `${who} ${chosen.value > 0 ? "raised" : "lowered"} ${quoted(target)}${isIt ? " most" : ""}, by ${unsigned(chosen.value)} nats`;
  return `${what}${sources ? sourceSaid(chosen.value, sources, tokens) : ""}.${other}`;
}

/** Sources work against a head where they undo this much of what the others do. */
const UNDOING = 0.3;

/**
 * Where it was read: the share of the source that did most of it, and the one that undid most where
 * much was undone. Each source is taken alone, so shares are of the sum over those of the head's own
 * sign.
 * @param {number} value
 * @param {number[]} sources
 * @param {Token[]} tokens
 */
function sourceSaid(value, sources, tokens) {
  const [along, against] = [1, -1].map((way) => sources.map((source) => Math.max(0, way * Math.sign(value) * source)));
  const [total, undone] = [sum(along), sum(against)];
  if (total <= 0) return "";
  const most = largest(along);
  const share = along[most] / total;
  const where = sourceName(tokens, most);
  if (undone >= UNDOING * total) {
    const worst = largest(against);
    const [first, second] = [`${where} (${signed(sources[most])})`, `${sourceName(tokens, worst)} (${signed(sources[worst])})`];
    return share >= 0.5 ? `, read from ${first} against ${second}` : `, read from tokens that work against each other, ${first} and ${second} first`;
  }
  if (share >= 0.8) return `, almost all of it read from ${where}`;
  if (share >= 0.5) return `, most of it read from ${where}`;
  return share >= 0.2 ? `, read from several tokens, ${where} first (${signed(sources[most])})` : ", spread over many tokens";
}

/** @param {number[]} sizes */
const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);

/** Where the largest number is. @param {number[]} sizes */
const largest = (sizes) => sizes.reduce((best, each, i) => (each > sizes[best] ? i : best), 0);
