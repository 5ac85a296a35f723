// What the pictures show, each in a sentence or two. Pure functions of what the API said.

import { count, percent, plural } from "../viewer/format.js";
import { outliers } from "./outliers.js";
import { strongest, written } from "./pairs.js";

/** @typedef {import("./types.js").Composition} Composition */
/** @typedef {import("./types.js").Erasers} Erasers */
/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").Bottleneck} Bottleneck */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./pairs.js").Scored} Scored */

/** What a head reads it as. */
export const AS = { q: "query", k: "key", v: "value" };

const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const three = new Intl.NumberFormat("en", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

/** Three digits always, for numbers under each other. @param {number} value */
export const fixed = (value) => three.format(value).replace("-", "−");

/** Three digits at most. @param {number} value */
export const number = (value) => plain.format(value).replace("-", "−");

/**
 * @param {Scored} pair
 * @param {Composition} found
 */
export const pairWords = ({ writer, reader, score, times }, { reads }) =>
  `head ${written(writer)} → head ${written(reader)} (${reads.toUpperCase()}): ${fixed(score)}, ${fixed(times)} × random`;

/**
 * @param {Composition} found
 * @param {Scored[]} all
 */
export function compositionSays(found, all) {
  if (all.length === 0) return "With one layer, no head comes after another.";
  const far = all.filter(({ times }) => times > 2).length;
  const [top] = strongest(all, 1);
  const many = far === 0 ? "None" : `${count(far)} (${percent(far / all.length)})`;
  return (
    `${many} of ${count(all.length)} pairs of heads score more than twice what random matrices would (${number(found.baseline)}). ` +
    `The strongest: what head ${written(top.writer)} writes is read by head ${written(top.reader)} as its ${AS[found.reads]}, ` +
    `${fixed(top.score)}, ${fixed(top.times)} times random. A high score says that the weights fit, not that a text makes use of it.`
  );
}

/** @param {Composition} found */
export function modulesSays(found) {
  const later = found.ffn.flatMap((row, i) => row.flatMap((score, j) => (i < j ? [{ score, i, j }] : [])));
  if (later.length === 0) return "With one layer, no FFN comes after another.";
  const top = later.reduce((best, each) => (each.score > best.score ? each : best));
  const mean = later.reduce((sum, { score }) => sum + score, 0) / later.length;
  return (
    `Between FFN layers the scores are ${fixed(mean / found.baseline)} times random on average; ` +
    `highest from layer ${top.i} to layer ${top.j}, ${fixed(top.score / found.baseline)} times.`
  );
}

/**
 * @param {Erasers} found
 * @param {Model} model
 */
export function erasersSays({ layers, threshold, order }, model) {
  const all = model.n_layers * model.d_mlp;
  const total = (/** @type {"erasers" | "amplifiers"} */ which) => layers.reduce((sum, each) => sum + each[which], 0);
  const [erasers, amplifiers] = [total("erasers"), total("amplifiers")];
  const most = layers.reduce((best, each) => (each[order] > best[order] ? each : best));
  const where = most[order] > 0 ? `; most ${order}, ${count(most[order])}, are in layer ${most.layer}` : "";
  const some = (/** @type {number} */ n) => (n === 0 ? "none" : count(n));
  const share = (/** @type {number} */ n) => (n === 0 ? "" : ` (${percent(n / all)})`);
  return (
    `Of ${count(all)} neurons, ${some(erasers)}${share(erasers)} ${erasers === 1 ? "writes" : "write"} against what they read, with a cosine below −${threshold}: erasers. ` +
    `${some(amplifiers).replace("none", "None")}${share(amplifiers)} ${amplifiers === 1 ? "writes" : "write"} along it, with one above ${threshold}: amplifiers${where}.`
  );
}

/** @param {Basis} found */
export function basisSays(found) {
  const known = found.items.filter(({ own, rotated }) => own.max !== null && rotated.max !== null);
  if (known.length === 0) return "No coordinate of the stream varies over this sample.";
  const max = (/** @type {{max: number | null}} */ { max }) => max ?? 0;
  const heavy = known.reduce((best, each) => (max(each.own) > max(best.own) ? each : best));
  const apart = known.filter(({ own, rotated }) => max(own) > 2 * max(rotated)).length;
  const [first, ...more] = outliers(found.items).filter(({ sites }) => sites > found.items.length / 2);
  const often = first && apart > known.length / 2
    ? ` ${more.length > 0 ? "Coordinates" : "Coordinate"} ${[first, ...more].slice(0, 4).map(({ index }) => index).join(", ")} ${more.length > 0 ? "are" : "is"} among the heaviest at most places.`
    : "";
  return (
    `${heavy.label}: coordinate ${heavy.coordinates[0].index} has kurtosis ${number(max(heavy.own))}; in a random rotation none exceeds ${number(max(heavy.rotated))} (a Gaussian has 3). ` +
    `At ${apart === 0 ? "none" : apart} of ${plural(known.length, "place")} the heaviest coordinate is more than twice as heavy as any rotated one` +
    `${apart > known.length / 2 ? ": the basis is privileged." : "."}${often} Over ${count(found.n_tokens)} tokens of “${found.corpus}”, BOS left out.`
  );
}

/**
 * @param {Bottleneck[]} all
 * @param {Model} model
 */
export function bottleneckSays(all, model) {
  const neurons = model.n_layers * model.d_mlp;
  const middle = all[Math.floor(all.length / 2)];
  return (
    `${count(neurons)} FFN neurons share a stream of ${count(model.d_model)} dimensions: before layer ${middle.layer}, ` +
    `${number(middle.before)} have written for each dimension, and ${number(middle.after)} read from there on. So what they say to each other has to overlap.`
  );
}
