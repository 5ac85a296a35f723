// The page of the weights: its address, its pairs, its pictures and its sentences.

import assert from "node:assert/strict";
import { test } from "node:test";

import { basisFigure, bottleneckFigure, scoreMap, scoreRows, short } from "../../static/js/weights/figures.js";
import { record } from "../../static/js/weights/neurons.js";
import { outliers } from "../../static/js/weights/outliers.js";
import { pairs, robust, same, scored, strongest } from "../../static/js/weights/pairs.js";
import { basisSays, bottleneckSays, compositionSays, erasersSays, fixed, modulesSays, pairWords } from "../../static/js/weights/saying.js";
import { height, spreadFigure, spreadRows } from "../../static/js/weights/spreads.js";
import { parse, serialise } from "../../static/js/weights/state.js";

const MODEL = { name: "demo", label: "demo model", n_layers: 3, n_heads: 2, d_model: 16, d_mlp: 10 };
const START = { model: "demo", reads: "q", layer: null, order: "erasers", pair: null };
const THEME = {
  paper: "#ffffff", ink: "#000000", quiet: "#444444", faint: "#888888", line: "#dddddd", raised: "#ffffff", accent: "#006600",
  plus: "#0000ff", minus: "#ff0000", sans: "sans-serif", series: ["#111111", "#222222"], scale: [[0, "#ff0000"], [0.5, "#ffffff"], [1, "#0000ff"]],
};
const ROOM = { width: 900, file: false };

/** Scores of three layers of two heads: writer 0.1 to reader 2.0 stands out. */
const FOUND = (() => {
  const heads = Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (Math.floor(i / 2) < Math.floor(j / 2) ? 0.25 + 0.01 * (i + j) : 0)));
  heads[1][4] = 0.9;
  return { reads: "k", n_layers: 3, n_heads: 2, baseline: 0.25, heads, heads_to_ffn: [], ffn_to_heads: [], ffn: [[0, 0.3, 0.2], [0, 0, 0.4], [0, 0, 0]] };
})();

test("a state survives its address, and defaults are left out", () => {
  assert.equal(serialise(START), "model=demo");
  for (const change of [{ reads: "v" }, { layer: 0 }, { layer: 2, order: "amplifiers" }, { pair: { writer: [0, 1], reader: [2, 0] } }]) {
    const state = { ...START, ...change };
    assert.deepEqual(parse(`?${serialise(state)}`, MODEL), state);
  }
});

test("what an address gets wrong is left at its default", () => {
  for (const wrong of ["reads=z", "layer=3", "layer=-1", "layer=x", "order=all", "pair=2.0-0.1", "pair=0.2-1.0", "pair=0.1-3.0", "pair=0.1"]) {
    assert.deepEqual(parse(`model=demo&${wrong}`, MODEL), START, wrong);
  }
});

test("pairs are those of which the reader comes later, and the strongest come first", () => {
  const all = pairs(FOUND);
  assert.equal(all.length, 12);
  assert.ok(all.every(({ writer, reader }) => writer[0] < reader[0]));
  const [first, second] = strongest(all, 2);
  assert.deepEqual([first.writer, first.reader, first.score, first.times], [[0, 1], [2, 0], 0.9, 3.6]);
  assert.ok(first.score > second.score);
  assert.deepEqual(scored(FOUND, first), first);
  assert.equal(scored(FOUND, { writer: [2, 0], reader: [0, 1] }), null);
  assert.ok(same(first, { writer: [0, 1], reader: [2, 0] }) && !same(first, second) && !same(first, null));
  assert.equal(pairWords(first, FOUND), "head 0.1 → head 2.0 (K): 0.900, 3.60 × random");
});

test("a few outliers do not set where colours end", () => {
  assert.equal(robust([...Array.from({ length: 999 }, () => 1), 50]), 1);
  assert.equal(robust([]), 1);
  assert.equal(robust([0, 0]), 1);
});

test("a map's cells tell the records that they show", () => {
  const scores = { values: FOUND.heads, baseline: 0.25, writers: 2, readers: 2, within: false };
  const rows = scoreRows(scores);
  assert.equal(rows.length, 12);
  const { data, layout } = scoreMap(THEME, ROOM, scores, { x: "reads", y: "writes", chosen: [1, 4] });
  // Nothing is read in layer 0 and nothing written after the last: the map begins at head 1.0.
  assert.deepEqual([data[0].z.length, data[0].z[0].length], [4, 4]);
  const cell = data[0].customdata[1][2];
  assert.deepEqual(rows[cell], { writer: "head 0.1", reader: "head 2.0", score: 0.9, times_random: 3.6 });
  assert.ok(Math.abs(data[0].z[1][2] - 0.65) < 1e-12, "zero is what random matrices score");
  assert.equal(data[0].z[2][0], null);
  assert.match(data[0].hovertext[1][2], /head 0\.1 → head 2\.0.*3\.60 × random/s);
  assert.deepEqual([layout.xaxis.ticktext, layout.yaxis.ticktext], [["1", "2"], ["0", "1"]]);
  const frame = layout.shapes.find(({ line }) => line.width === 2);
  assert.deepEqual([frame.x0, frame.y0], [1.5, 0.5], "the chosen pair's own cell is framed");
});

test("a map's key says where colours end, and what lies beyond; pale cells have no sign", () => {
  const values = Array.from({ length: 40 }, (_, i) => Array.from({ length: 40 }, (_, j) => 0.25 + 0.001 * ((i + j) % 7)));
  values[0][39] = 0.9;
  const scores = { values, baseline: 0.25, writers: 10, readers: 10, within: false };
  const { data, layout } = scoreMap(THEME, ROOM, scores, { x: "reads", y: "writes" });
  const words = layout.annotations.map(({ text }) => text);
  assert.ok(words.includes("≥ +0.025") && words.includes("−0.025") && words.includes("score − random"), words.join(" | "));
  assert.deepEqual([data[1].x, data[1].y, data[1].text], [[29], [0], ["+"]]);
});

test("a neuron's tokens are words in its record, spaces to be seen", () => {
  const says = (...texts) => texts.map((text, id) => ({ id, text, bs: 1 }));
  const neuron = { layer: 1, index: 2, cosine: -0.5, reads: { top_tokens: says(" a", "b"), bottom_tokens: [] }, top_tokens: says(" c"), bottom_tokens: says("d\n") };
  assert.deepEqual(record(neuron), { layer: 1, index: 2, cosine: -0.5, reads: "␣a b", raises: "␣c", lowers: "d↵" });
});

test("an FFN reads its own layer's heads", () => {
  const values = Array.from({ length: 6 }, () => [0.3, 0.3, 0.3]);
  const rows = scoreRows({ values, baseline: 0.25, writers: 2, readers: 1, within: true });
  assert.equal(rows.length, 12);
  assert.deepEqual([rows[0].writer, rows[0].reader], ["head 0.0", "FFN 0"]);
});

const LAYERS = [0, 1].map((layer) => ({ layer, edges: [-1, -0.6, 0, 0.6, 1], counts: [layer, 4, 5, 1], erasers: layer, amplifiers: 1 }));

test("a lone neuron shows beside a thousand, and none does not", () => {
  assert.equal(height(0, 1000), 0);
  assert.ok(height(1, 1000) > 0.08);
  assert.ok(Math.abs(height(1000, 1000) - 0.9) < 1e-12);
});

test("every layer has a row of bars; erasers and amplifiers have the signs' colours", () => {
  const { data } = spreadFigure(THEME, ROOM, LAYERS, 0.5, null);
  assert.equal(data.length, 2);
  assert.deepEqual(data[1].marker.color, ["#ff0000", "#444444", "#444444", "#0000ff"]);
  assert.deepEqual(spreadRows(LAYERS)[data[1].customdata[2]], { layer: 1, from: 0, to: 0.6, neurons: 5 });
});

const SITES = [
  { site: "blocks.0.hook_resid_pre", label: "Layer 0", own: { median: 3, max: 4 }, rotated: { median: 3, max: 3.5 }, coordinates: [{ index: 7, kurtosis: 4, mean: 0, std: 1 }] },
  { site: "blocks.0.hook_resid_mid", label: "Layer 0 after attention", own: { median: 3, max: 200 }, rotated: { median: 3, max: 4 }, coordinates: [{ index: 7, kurtosis: 200, mean: 2, std: 3 }, { index: 2, kurtosis: 9, mean: 0, std: 1 }] },
  { site: "blocks.0.hook_resid_post", label: "Layer 0 after FFN", own: { median: null, max: null }, rotated: { median: null, max: null }, coordinates: [] },
];

test("coordinates that stand out are counted over the places", () => {
  assert.deepEqual(outliers(SITES), [
    { index: 7, sites: 2, kurtosis: 200, label: "Layer 0 after attention", mean: 2, std: 3 },
    { index: 2, sites: 1, kurtosis: 9, label: "Layer 0 after attention", mean: 0, std: 1 },
  ]);
});

test("the kurtosis is drawn for every place, and the heaviest coordinate named", () => {
  const { data, layout } = basisFigure(THEME, ROOM, SITES);
  assert.deepEqual(data.map(({ y }) => y), [[4, 200, null], [3, 3, null], [3.5, 4, null], [3, 3, null]]);
  assert.match(data[0].hovertext[1], /coordinate 7: 200/);
  assert.deepEqual(layout.xaxis.ticktext, ["0 pre", "0 mid", "0 post"]);
  assert.equal(short("ln_final.hook_normalized"), "ln_final.hook_normalized");
});

test("the bottleneck has a pair of bars at every layer, and at the end", () => {
  const all = [0, 1, 2, 3].map((layer) => ({ layer, before: 2 * layer, after: 6 - 2 * layer }));
  const { data, layout } = bottleneckFigure(THEME, ROOM, all);
  assert.deepEqual(data.map(({ y }) => y), [[0, 2, 4, 6], [6, 4, 2, 0]]);
  assert.deepEqual(layout.xaxis.ticktext, ["0", "1", "2", "end"]);
  assert.match(bottleneckSays(all, MODEL), /^30 FFN neurons share a stream of 16 dimensions: before layer 2, 4 have written for each dimension, and 2 read/);
});

test("sentences say what the pictures show", () => {
  assert.match(compositionSays(FOUND, pairs(FOUND)), /^1 \(8\.3 %\) of 12 pairs .* head 0\.1 writes is read by head 2\.0 as its key, 0\.900, 3\.60 times random\./);
  assert.match(modulesSays(FOUND), /1\.20 times random on average; highest from layer 1 to layer 2, 1\.60 times/);
  assert.match(erasersSays({ order: "erasers", threshold: 0.5, layers: LAYERS, items: [] }, MODEL), /^Of 30 neurons, 1 \(3\.3 %\) writes against .* 2 \(6\.7 %\) write along it, .*most erasers, 1, are in layer 1\./);
  assert.match(basisSays({ corpus: "c", n_tokens: 5000, items: SITES }), /coordinate 7 has kurtosis 200; in a random rotation none exceeds 4 .* At 1 of 2 places .* any rotated one\. Over 5,000 tokens of “c”/);
  assert.match(basisSays({ corpus: "c", n_tokens: 5000, items: SITES.slice(1, 2) }), /the basis is privileged\. Coordinates 7, 2 are among the heaviest at most places\./);
  assert.equal(fixed(-0.5), "−0.500");
});

test("a model of one layer has no pairs, and that is said", () => {
  const one = { ...FOUND, n_layers: 1, heads: [[0, 0], [0, 0]], ffn: [[0]] };
  assert.match(compositionSays(one, pairs(one)), /no head comes after another/);
  assert.match(modulesSays(one), /no FFN comes after another/);
  const scores = { values: one.heads, baseline: 0.25, writers: 2, readers: 2, within: false };
  assert.equal(scoreMap(THEME, ROOM, scores, { x: "", y: "" }).data[0].z.flat().every((each) => each === null), true);
});
