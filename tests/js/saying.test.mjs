import assert from "node:assert/strict";
import { test } from "node:test";

import { belowValues, ranked, readAt } from "../../static/js/contributions/parts.js";
import {
  additivitySaid, carriersSaid, caseSaid, differenceSaid, layersSaid, pointInWords,
} from "../../static/js/contributions/pairsaying.js";
import {
  asked, inWords, keyOf, label, levelOf, viewerAddress,
} from "../../static/js/contributions/places.js";
import {
  certificate, crossLayerSaid, listed, queriesSaid, roleSaid, factor, subvaluesSaid, swapSaid, unsigned,
} from "../../static/js/contributions/saying.js";
import { inColumn } from "../../static/js/contributions/cells.js";
import { inOrder } from "../../static/js/contributions/table.js";
import { range } from "../../static/js/contributions/controls.js";

const tokens = [
  { id: 0, text: "<|endoftext|>", special: true },
  { id: 1, text: "The", special: false },
  { id: 2, text: " France", special: false },
];
const target = { id: 9, text: " Paris", logprob: -0.1 };
const ffn = (layer, index, contribution, more = {}) => ({ layer, index, contribution, coefficient: 1, ...more });
const subvalues = (items, more = {}) => ({ tokens, target, level: "ffn", items, scored: 32, total: 6144, bound: 0.075, ...more });

test("subvalues have short names, and long ones with the token they come from", () => {
  const hp = { layer: 6, index: 30, head: 4, source_position: 2 };
  assert.equal(label("ffn", { layer: 9, index: 2342 }), "L9 · 2342");
  assert.equal(label("attn_head", hp), "L6 · head 4");
  assert.equal(label("attn_neuron", { ...hp, dim: 17 }), "L6 · head 4 · 17");
  assert.equal(label("attn_position", { layer: 6, index: 2, source_position: 2 }), "L6");
  assert.equal(inWords("attn_head_position", hp, tokens), "head 4 of layer 6 reading “ France”");
  assert.equal(inWords("attn_position", { layer: 6, source_position: 0 }, tokens), "what layer 6 read at BOS");
  assert.equal(inWords("attn_neuron", { ...hp, dim: 17 }, tokens), "neuron 17 of head 4 in layer 6, reading “ France”");
});

test("a neuron is asked for by what it has, and known by one key", () => {
  const attention = { layer: 9, index: 5, head: 4, dim: 17, source_position: 3 };
  assert.deepEqual(asked({ ...ffn(9, 2342, 1) }), { layer: 9, index: 2342 });
  assert.deepEqual(asked(attention), { layer: 9, head: 4, dim: 17, source_position: 3 });
  assert.deepEqual([ffn(9, 2342, 1), attention].map(keyOf), ["9.2342", "9.4.17.3"]);
  assert.deepEqual([ffn(9, 2342, 1), attention].map(levelOf), ["ffn", "attn_neuron"]);
});

test("the viewer opens at the text, coloured by the neuron", () => {
  assert.equal(
    viewerAddress("gpt2", { text: "a & b" }, ffn(9, 2342, 1)),
    "/?model=gpt2&neuron=9.2342&text=a+%26+b&open=t0",
  );
  const attention = { layer: 9, head: 4, dim: 17, source_position: 3 };
  assert.equal(
    viewerAddress("gpt2", { prompt_id: 12 }, attention),
    "/?model=gpt2&neuron=9.4.17&prompt=12&open=p12",
  );
});

test("the strongest subvalue is named, with what it does to the probability", () => {
  const items = [ffn(4, 617, 0.729), ffn(3, 161, 0.42), ffn(4, 210, 0.4)];
  assert.equal(
    subvaluesSaid(subvalues(items), "helpful"),
    "By itself neuron 617 of layer 4 raises log p(“ Paris”) by 0.729 nats, which multiplies its probability there by 2.1. 2 of the 3 shown are in layer 4.",
  );
  const lowering = [ffn(5, 1, -0.02), ffn(5, 2, -0.01)];
  assert.equal(
    subvaluesSaid(subvalues(lowering), "unhelpful"),
    "By itself neuron 1 of layer 5 lowers log p(“ Paris”) by 0.020 nats.",
  );
  assert.equal(subvaluesSaid(subvalues(lowering), "helpful"), "None of these FFN neurons raised “ Paris”.");
});

test("the certificate says how many were scored and what the bound proves", () => {
  assert.equal(
    certificate(subvalues([]), "helpful"),
    "Exact: 32 of 6,144 were scored; the bound proves that no other reaches +0.075.",
  );
  assert.equal(
    certificate(subvalues([], { bound: -0.01 }), "unhelpful"),
    "Exact: 32 of 6,144 were scored; the bound proves that no other is below −0.010.",
  );
  assert.equal(certificate(subvalues([], { bound: null, scored: 6144 }), "helpful"), "Exact: every one of the 6,144 was scored.");
});

test("a negative coefficient is put into words", () => {
  assert.equal(swapSaid({ swapped: false, coefficient: 1 }), "");
  assert.match(swapSaid({ swapped: true, coefficient: -2.5 }), /below zero \(−2\.50\) it raises the last tokens/);
});

const at = (scores, more = {}) => ({
  position: 2, token: 0.1, position_embedding: 0, layers: scores.map(([attn, f], layer) => ({ layer, attn, ffn: f, heads: [] })),
  subvalues: [], by_position: [0, 0.02, 0.3], ...more,
});
const queries = (scores, more = {}) => ({
  ...at(scores), tokens, target, values: [{ layer: 2, index: 7, contribution: 0.7 }], sources: [], undefined: 0, neuron: null, ...more,
});

test("what activated a value goes back to the largest parts, and to a token", () => {
  const reply = queries([[0.05, 0.3], [-0.04, 0.2], [0, 0]]);
  assert.equal(
    queriesSaid(reply, readAt(reply), "direct"),
    "Of the +0.700 nats that neuron 7 of layer 2 gave “ Paris”, most goes back to layer 0’s FFN (+0.300), layer 1’s FFN (+0.200) and the token embedding (+0.100); layer 1’s attention (−0.040) worked against. Through attention, most came from “ France” (+0.300).",
  );
  assert.match(queriesSaid({ ...reply, values: [...reply.values, { layer: 1, index: 1, contribution: 0.1 }], undefined: 1 }, reply, "direct"), /these 2 neurons gave “ Paris”, each by itself, most.*1 value of 2 was left out/);
  assert.match(queriesSaid({ ...reply, undefined: 1, token: 0, layers: [] }, { ...reply, token: 0, layers: [] }, "direct"), /no earlier part has a share/);
});

test("an attention value's queries are read at its source position", () => {
  const there = at([[0.1, 0.2]], { position: 1 });
  const reply = queries([[0, 0]], { sources: [there] });
  assert.equal(readAt(reply), there);
  assert.equal(readAt({ ...reply, sources: [] }).position, 2);
});

test("parts without a share above the values are left out", () => {
  const scores = at([[0.1, 0.2], [0.3, 0], [0, 0]]);
  assert.deepEqual(belowValues(scores).map(({ kind, layer }) => `${kind} ${layer}`), [
    "token null", "position null", "attn 0", "ffn 0", "attn 1",
  ]);
  assert.deepEqual(ranked(scores).map(({ score }) => score), [0.3, 0.2, 0.1, 0.1]);
});

test("a neuron's role comes with the bars it is measured against", () => {
  const neuron = { layer: 3, index: 5, contribution: 0.4, query: 0.001, value_bar: 0.03, query_bar: 0.004, role: "value" };
  assert.equal(
    roleSaid(neuron, " Paris"),
    "Neuron 5 of layer 3 is a value and no query: it writes to the answer itself. As a value it gives “ Paris” +0.400 (the hundredth strongest: +0.030); as a query it gives the ten most helpful neurons +0.001 (the hundredth strongest: +0.004).",
  );
});

test("a cross-layer curve names what pushes each side most", () => {
  const parts = [
    { kind: "token", layer: null, name: "token", helpful: 1, unhelpful: 3 },
    { kind: "ffn", layer: 2, name: "2 FFN", helpful: 4, unhelpful: 1 },
  ];
  assert.equal(
    crossLayerSaid({ tokens, position: 2, target, layer: 3, n_helpful: 500, n_unhelpful: 524, parts }),
    "In layer 3, 500 FFN neurons raise “ Paris” and 524 lower it. Layer 2’s FFN pushes the helpful ones up most (+4.00), the token embedding the unhelpful ones (+3.00).",
  );
  const one = parts.map((part) => ({ ...part, unhelpful: part.helpful }));
  assert.match(
    crossLayerSaid({ tokens, position: 2, target, layer: 3, n_helpful: 500, n_unhelpful: 524, parts: one }),
    /Layer 2’s FFN pushes both up most: the helpful ones by 4.00, the unhelpful ones by 4.00\./,
  );
});

const [paris, london] = [{ id: 9, text: " Paris", special: false }, { id: 8, text: " London", special: false }];
const pair = {
  tokens: [paris, london], difference: [-0.1, 0.2, -0.3, 1, 2], token: -0.2, position_embedding: 0.1,
  layers: [{ layer: 0, attn: 0.3, ffn: -0.5 }, { layer: 1, attn: 1.3, ffn: 1 }],
  carriers: [
    { layer: 1, head: 4, source_position: 2, value: 1.08 },
    { layer: 1, head: 2, source_position: 2, value: 0.5 },
    { layer: 0, head: 0, source_position: 0, value: -0.1 },
  ],
};
const points = ["0_pre", "0_mid", "1_pre", "1_mid", "final"];

test("points of the stream are named by what was added last", () => {
  assert.deepEqual(points.map((point) => pointInWords(point, 2)), [
    "the embeddings", "layer 0’s attention", "layer 0’s FFN", "layer 1’s attention", "layer 1’s FFN",
  ]);
});

test("a pair's curve says where the lead is taken for good", () => {
  assert.equal(
    differenceSaid({ tokens, position: 2, points, pair }, 2),
    "“ Paris” takes the lead for good with layer 1’s attention and ends 2.00 bs-values above “ London”: “ Paris” is 7.4 times as likely as “ London”.",
  );
  const behind = { ...pair, difference: [-1, -1, -1, -1, -2] };
  assert.match(differenceSaid({ tokens, position: 2, points, pair: behind }, -2), /^“ London” is ahead of “ Paris” at every point/);
  assert.equal(
    differenceSaid({ tokens, position: 2, points, pair: { ...pair, difference: [1, 0] } }, -0.7),
    "“ Paris” and “ London” end level. With the final norm’s bias (−0.700), “ London” is 2 times as likely as “ Paris”.",
  );
});

test("a pair's layers close to the difference at the end, where bs-values add up", () => {
  assert.equal(
    layersSaid(pair, true),
    "Layer 1’s attention (+1.30) and layer 1’s FFN (+1.00) did most for “ Paris”; layer 0’s FFN (−0.500) most for “ London”. With the embeddings (−0.100) all of it sums to +2.00, the difference at the end.",
  );
  assert.match(layersSaid(pair, false), /do not add up exactly/);
});

test("carriers name the head and the token it reads", () => {
  assert.equal(
    carriersSaid(pair, tokens),
    "The strongest carrier is head 4 of layer 1: reading “ France” it moves the difference by +1.08, towards “ Paris”. Of the ten strongest, those that read “ France” add up to +1.58.",
  );
});

test("a subtraction says what the preference rests on", () => {
  const parts = [
    { name: "token", kind: "token", layer: null, output: 0.2, subvalue: 0.2 },
    { name: "2 FFN", kind: "ffn", layer: 2, output: -2.1, subvalue: -2 },
  ];
  const reply = { tokens, position: 2, pair: [paris, london], layer: 3, source_position: 2, output: 2.5, subvalue: 2.4, parts };
  const choices = { recompute: "everything", taken: "source", ln_std: "recomputed" };
  assert.equal(
    caseSaid(reply, choices),
    "Layer 3’s attention gives “ Paris” +2.50 over “ London”. Take layer 2’s FFN out of what “ France” offers, and this preference falls by 2.10 bs-values, to +0.400.",
  );
  assert.match(caseSaid(reply, { ...choices, taken: "all" }), /what the layer reads at every position/);
  assert.match(additivitySaid({ ...choices, recompute: "values", ln_std: "frozen" }), /the changes add up/);
  assert.match(additivitySaid(choices), /do not add up/);
});

test("phrases, factors and sizes", () => {
  assert.equal(listed(["a", "b", "c"]), "a, b and c");
  assert.deepEqual([0.693147, 3, -6, 11, 20].map(factor), ["2", "20", "400", "60,000", "more than a million"]);
  assert.deepEqual([-0.5, 2].map(unsigned), ["0.500", "2.00"]);
});

test("a column's numbers have the same places, three digits for the largest", () => {
  assert.deepEqual([0.729, 0.05, 0].map((value) => inColumn(value, 0.729)), ["+0.729", "+0.050", "0.000"]);
  assert.deepEqual([-0.0061, 0.0002].map((value) => inColumn(value, 0.0061)), ["−0.00610", "+0.00020"]);
  assert.deepEqual([10.9, -0.54].map((value) => inColumn(value, 10.9)), ["+10.90", "−0.54"]);
  assert.equal(inColumn(0, 0), "0");
});

test("sorting keeps equal rows as they were, and numbers in words in their order", () => {
  const rows = [["b", 1], ["a", 2], ["c", 1]];
  assert.deepEqual(inOrder(rows, (row) => row[1], "ascending").map(([name]) => name), ["b", "c", "a"]);
  assert.deepEqual(inOrder(rows, (row) => row[1], "descending").map(([name]) => name), ["a", "b", "c"]);
  assert.deepEqual(inOrder(["L10", "L9"], (name) => name, "ascending"), ["L9", "L10"]);
});

test("a range of layers is all of them, or those between, whichever end comes first", () => {
  assert.equal(range(0, 5, 6), null);
  assert.deepEqual(range(4, 2, 6), [2, 3, 4]);
});
