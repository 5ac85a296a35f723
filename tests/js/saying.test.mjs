import assert from "node:assert/strict";
import { test } from "node:test";

import { belowValues, logDifference, pairParts, ranked, readAt } from "../../static/js/contributions/parts.js";
import {
  additivitySaid, carriersSaid, caseSaid, differenceSaid, layersSaid,
} from "../../static/js/contributions/pairsaying.js";
import {
  asked, inWords, keyOf, label, levelOf, sourceName, viewerAddress,
} from "../../static/js/contributions/places.js";
import {
  certificate, crossLayerSaid, listed, queriesSaid, roleSaid, rounded, factor, subvaluesSaid, swapSaid, unsigned,
} from "../../static/js/contributions/saying.js";
import { inColumn, saidRecord } from "../../static/js/contributions/cells.js";
import { headingOf, tableBody, togetherSaid } from "../../static/js/contributions/strongest.js";
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
  assert.equal(inWords("attn_neuron", { ...hp, dim: 17 }, tokens), "neuron 17 of head 4 in layer 6 reading “ France”");
});

test("a source is told apart from another of the same token", () => {
  const twice = [...tokens, { id: 2, text: " France", special: false }];
  assert.equal(sourceName(tokens, 2), "“ France”");
  assert.deepEqual([0, 2, 3].map((at) => sourceName(twice, at)), ["BOS", "“ France” at 2", "“ France” at 3"]);
  assert.equal(inWords("attn_head_position", { layer: 6, head: 4, source_position: 3 }, twice), "head 4 of layer 6 reading “ France” at 3");
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
    "By itself neuron 617 of layer 4 raises log p(“ Paris”) by 0.729 nats, which multiplies its probability at that point of the stream by 2.1. 2 of the 3 shown are in layer 4.",
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

test("a bound stays one when it is rounded", () => {
  assert.equal(rounded(0.07512, 1), 0.076);
  assert.equal(rounded(0.075, 1), 0.075);
  assert.equal(rounded(-0.0101, -1), -0.011);
  assert.equal(rounded(-0.0101, 1), -0.01);
  assert.equal(rounded(12.34, 1), 12.4);
  assert.equal(rounded(0.000412, 1), 0.0005);
  assert.equal(rounded(0, 1), 0);
  assert.match(certificate(subvalues([], { bound: 0.07512 }), "helpful"), /no other reaches \+0\.076/);
});

test("a negative coefficient is put into words", () => {
  assert.equal(swapSaid({ swapped: false }), "");
  assert.equal(swapSaid({ swapped: true }), "Its coefficient is negative, so it raises what its row lowers: shown here.");
});

test("a file has the ids of the tokens beside their texts", () => {
  const item = { swapped: false, top_tokens: [{ id: 9, text: " Paris", bs: 1 }, { id: 7, text: "a b", bs: 1 }], bottom_tokens: [{ id: 3, text: ",", bs: 1 }] };
  assert.deepEqual(saidRecord(item), {
    swapped: false, top_tokens: "␣Paris a␣b", top_token_ids: "9 7", bottom_tokens: ",", bottom_token_ids: "3",
  });
});

test("what is shown where no neuron is chosen follows the table: its level, its end, its layers", () => {
  const model = { n_layers: 6, n_heads: 4, d_head: 8, d_mlp: 128 };
  const state = { level: "ffn", order: "helpful", top: 25, layers: null, value: null };
  const ask = { body: { text: "a" }, model, position: 2 };
  assert.equal(togetherSaid(state, 10, " Paris"), "The 10 FFN neurons that raised “ Paris” most, together. Choose one in the table above to see it alone.");
  assert.match(togetherSaid({ ...state, order: "unhelpful", layers: [3, 4, 5] }, 10, " Paris"), /^The 10 FFN neurons of layers 3–5 that lowered “ Paris” most/);
  assert.match(togetherSaid({ ...state, level: "attn_neuron", layers: [1, 4] }, 10, "x"), /^The 10 attention neurons of layers 1 and 4 that raised/);
  assert.equal(
    togetherSaid({ ...state, level: "attn_head", layers: [3] }, 10, " Paris"),
    "The table above shows heads, which have no activation of their own. This is about the 10 FFN neurons of layer 3 that raised “ Paris” most, together.",
  );
  assert.deepEqual(
    [["ffn", null], ["attn_position", null], ["attn_head", { layer: 1, index: 2 }]].map(([level, value]) => headingOf({ level, value })),
    ["What activated them", "What activated the strongest neurons", "What activated it"],
  );
  assert.deepEqual(tableBody({ ...ask, state: { ...state, level: "attn_head", order: "unhelpful" } }, "ffn"), { text: "a", level: "ffn", order: "unhelpful", top: 25 });
  assert.deepEqual(tableBody({ ...ask, state: { ...state, level: "attn_head", layers: [2] } }), { text: "a", level: "attn_head", order: "helpful", top: 4, layers: [2] });
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
    "Of the 0.700 nats that neuron 7 of layer 2 gave “ Paris”, most goes back to layer 0’s FFN (+0.300), layer 1’s FFN (+0.200) and the token embedding (+0.100); layer 1’s attention (−0.040) worked against. Through attention, most came from “ France” (+0.300).",
  );
  assert.match(queriesSaid({ ...reply, values: [...reply.values, { layer: 1, index: 1, contribution: 0.1 }], undefined: 1 }, reply, "direct"), /these 2 neurons gave “ Paris”, each by itself, most.*1 value of 2 was left out/);
  const none = { ...reply, token: 0, layers: [] };
  assert.match(queriesSaid(none, none, "direct"), /gave “ Paris”, no earlier part has a share\.$/);
  assert.match(queriesSaid({ ...none, undefined: 1 }, none, "direct"), /no shares can be given: what activates it sums to almost nothing\.$/);
});

test("a value that lowered took its nats, and one that did nothing has none to share out", () => {
  const lowering = { ...queries([[-0.05, -0.3]]), token: 0, by_position: [0, 0, 0], values: [{ layer: 1, index: 7, contribution: -0.189 }] };
  assert.equal(
    queriesSaid(lowering, lowering, "direct"),
    "Of the 0.189 nats that neuron 7 of layer 1 took from “ Paris”, most goes back to layer 0’s FFN (−0.300) and layer 0’s attention (−0.050).",
  );
  const nothing = { ...lowering, values: [{ layer: 1, index: 7, contribution: -9e-10 }] };
  assert.equal(queriesSaid(nothing, nothing, "direct"), "Neuron 7 of layer 1 moved “ Paris” by less than 10⁻⁶ nats: there is nothing to share out.");
  const against = { ...lowering, values: [{ layer: 1, index: 7, contribution: 0.2 }] };
  assert.match(queriesSaid(against, against, "direct"), /gave “ Paris”, the largest share is that of layer 0’s FFN \(−0\.300\), which worked against\.$/);
});

test("an attention value's queries are read at its source position", () => {
  const there = at([[0.1, 0.2]], { position: 1 });
  const reply = queries([[0, 0]], { sources: [there] });
  assert.equal(readAt(reply), there);
  assert.equal(readAt({ ...reply, sources: [] }).position, 2);
});

test("values that read several positions have the sums over those", () => {
  const neuron = (index, score) => ({ layer: 0, index, score });
  const there = at([[0.1, 0.2]], { position: 1, by_position: [0.5, 0.25], token: 0.2, subvalues: [neuron(1, -0.3), neuron(2, 0.1)] });
  const values = [1, 2].map((source_position) => ({ layer: 1, head: 0, dim: 3, source_position, contribution: 0.1 }));
  const found = readAt(queries([[0.05, 0.1]], { values, sources: [there], by_position: [0, 0.02, 0.3], subvalues: [neuron(1, 0.2)] }));
  const close = (a, b) => assert.ok(a.every((each, i) => Math.abs(each - b[i]) < 1e-12) && a.length === b.length, `${a} is not ${b}`);
  close([found.token, found.layers[0].attn, found.layers[0].ffn], [0.3, 0.15, 0.3]);
  close(found.by_position, [0.5, 0.27, 0.3]);
  assert.deepEqual(found.subvalues.map(({ index, source_position }) => [index, source_position]), [[1, 1], [1, 2]]);
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

test("a neuron that lowers is measured against those that lower", () => {
  const neuron = { layer: 3, index: 5, contribution: -0.189, query: 0, value_bar: -0.03, query_bar: 0.004, role: "value" };
  assert.equal(
    roleSaid(neuron, " Paris"),
    "Neuron 5 of layer 3 is a value that lowers, and no query: it writes against the answer itself. As a value it gives “ Paris” −0.189 (the hundredth strongest of those that lower it: −0.030); as a query it gives the ten most helpful neurons nothing (the hundredth strongest: +0.004).",
  );
  assert.match(roleSaid({ ...neuron, role: "both" }, "x"), /is both a value that lowers and a query/);
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
  assert.match(
    crossLayerSaid({ tokens, position: 2, target, layer: 3, n_helpful: 1, n_unhelpful: 1, parts }),
    /^In layer 3, 1 FFN neuron raises “ Paris” and 1 lowers it\./,
  );
  const one = parts.map((part) => ({ ...part, unhelpful: part.helpful }));
  assert.match(
    crossLayerSaid({ tokens, position: 2, target, layer: 3, n_helpful: 500, n_unhelpful: 524, parts: one }),
    /Layer 2’s FFN pushes both up most: the helpful ones by 4.00, the unhelpful ones by 4.00\./,
  );
});

const [paris, london] = [{ id: 9, text: " Paris", special: false }, { id: 8, text: " London", special: false }];
const pair = {
  tokens: [paris, london], difference: [-0.1, 0.2, -0.3, 1, 2], bias: 0, token: -0.2, position_embedding: 0.1,
  layers: [{ layer: 0, attn: 0.3, ffn: -0.5 }, { layer: 1, attn: 1.3, ffn: 1 }],
  carriers: [
    { layer: 1, head: 4, source_position: 2, value: 1.08 },
    { layer: 1, head: 2, source_position: 2, value: 0.5 },
    { layer: 0, head: 0, source_position: 0, value: -0.1 },
  ],
};
const points = ["0_pre", "0_mid", "1_pre", "1_mid", "final"];

test("a pair's curve says where the lead is taken for good", () => {
  assert.equal(
    differenceSaid({ tokens, position: 2, points, pair }, 2),
    "“ Paris” takes the lead for good after layer 1’s attention and ends 2.00 nats above “ London”: “ Paris” is 7.4 times as likely as “ London”.",
  );
  const behind = { ...pair, difference: [-1, -1, -1, -1, -2] };
  assert.match(differenceSaid({ tokens, position: 2, points, pair: behind }, -2), /^“ London” is ahead of “ Paris” at every point/);
  assert.equal(
    differenceSaid({ tokens, position: 2, points, pair: { ...pair, difference: [1, 0] } }, -0.7),
    "“ Paris” and “ London” end level. With the final norm’s bias (−0.700), “ London” is 2 times as likely as “ Paris”.",
  );
});

test("a pair's difference has the final norm's bias in it, as log p has", () => {
  const lifted = { ...pair, bias: 0.5 };
  assert.deepEqual(logDifference(lifted), [0.4, 0.7, 0.2, 1.5, 2.5]);
  assert.match(differenceSaid({ points, pair: lifted }, 2.5), /^“ Paris” is ahead of “ London” at every point of the stream and ends 2\.50 nats above “ London”: “ Paris” is 12 times/);
  const parts = pairParts(lifted);
  assert.deepEqual(parts.at(-1), { kind: "bias", layer: null, value: 0.5 });
  assert.ok(Math.abs(parts.reduce((sum, { value }) => sum + value, 0) - 2.5) < 1e-9);
  assert.match(layersSaid(lifted, true), /With the embeddings \(−0\.100\) and the final norm’s bias \(\+0\.500\) all of it sums to \+2\.50/);
  assert.equal(pairParts(pair).some(({ kind }) => kind === "bias"), false);
});

test("two tokens that are as likely are not said to differ, nor layers that do nothing", () => {
  assert.match(differenceSaid({ points, pair: { ...pair, difference: [1, 0.01] } }, 0.01), /: “ Paris” is about as likely as “ London”\.$/);
  const still = { ...pair, layers: pair.layers.map((layer) => ({ ...layer, attn: 0, ffn: 0 })) };
  assert.match(layersSaid(still, true), /^No layer tells “ Paris” and “ London” apart\. With/);
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
    "The strongest carrier is head 4 of layer 1: reading “ France” it moves the difference by +1.08, towards “ Paris”. Of the 3 strongest, those that read “ France” add up to +1.58.",
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
    "Layer 3’s attention favours “ Paris” over “ London” by 2.50 bs-values. Take layer 2’s FFN out of what “ France” offers, and this preference falls by 2.10, to 0.400.",
  );
  assert.match(caseSaid(reply, { ...choices, taken: "all" }), /what the layer reads at every position/);
  const other = { ...reply, output: -2.07, parts: [{ ...parts[1], output: 2.12 }] };
  assert.match(caseSaid(other, choices), /favours “ London” over “ Paris” by 2\.07 bs-values\..*and it turns round: it favours “ Paris” over “ London” by 0\.050\.$/);
  assert.match(caseSaid({ ...other, parts: [{ ...parts[1], output: -1 }] }, choices), /this preference rises by 1\.00, to 3\.07\.$/);
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
