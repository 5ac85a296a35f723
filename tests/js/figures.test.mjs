import assert from "node:assert/strict";
import { test } from "node:test";

import { contrast, readable } from "../../static/js/charts/contrast.js";
import { layerBars, safe, smallBars, thinned } from "../../static/js/charts/figures.js";
import { mark, reach, signedMap } from "../../static/js/charts/maps.js";
import { plain, signed } from "../../static/js/charts/numbers.js";
import { drawnOf } from "../../static/js/contributions/curve.js";
import {
  curveFigure, headsFigure, layersFigure, sourcesFigure, tokenAxis,
} from "../../static/js/contributions/layerfigures.js";

const STOPS = 33;
const theme = {
  paper: "#fdfdfb", ink: "#1b1d21", quiet: "#5a5c5f", faint: "#999999", line: "#dddddd", raised: "#ffffff",
  accent: "#0c6b5c", plus: "#0050b0", minus: "#b00020", sans: "sans-serif", series: ["#111111", "#222222", "#333333"],
  scale: Array.from({ length: STOPS }, (_, i) => [i / (STOPS - 1), i < 16 ? "#b00020" : i > 16 ? "#0050b0" : "#fdfdfb"]),
};
const DESK = { width: 1000, file: false };
const PHONE = { width: 358, file: false };
const layers = [{ layer: 0, attn: 0.4, ffn: -1.5 }, { layer: 1, attn: 2, ffn: 0.001 }];
const token = (text, special = false) => ({ id: 1, text, special });

test("what Plotly would read as markup is text", () => {
  assert.equal(safe("<b>&amp;"), "&lt;b&gt;&amp;amp;");
});

test("numbers that are not nothing are not written as nothing", () => {
  assert.deepEqual([1.2345, -0.0123, 0.001, 0, -0.0004, 0.00096, 3.4e-6, -2e-7, 8e-12].map(signed), [
    "+1.23", "−0.012", "+0.001", "0", "−0.0004", "+0.001", "+0.000003", "−2·10⁻⁷", "+8·10⁻¹²",
  ]);
  assert.deepEqual([-1.5, 2.25, 0].map(plain), ["−1.50", "2.25", "0"]);
});

test("labels are as many as have room, evenly, the first among them", () => {
  assert.deepEqual(thinned(6, 50, 20), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(thinned(12, 9, 20), [0, 3, 6, 9]);
  for (const each of [0.5, 3, 20]) {
    const at = thinned(100, each, 20);
    assert.ok(at.every((value, i) => i === 0 || (value - at[i - 1]) * each >= 20 || at[i] - at[i - 1] === 1));
  }
});

test("a bar above zero has plus's colour and one below minus's; its row is told", () => {
  const bars = layerBars(theme, [1, -2], { name: "FFN", offset: 0.2, hatched: true, hover: ["a", "b"], rows: [5, 6] });
  assert.deepEqual(bars.marker.color, [theme.plus, theme.minus]);
  assert.deepEqual(bars.marker.pattern.fgcolor, [theme.plus, theme.minus]);
  assert.deepEqual([bars.x, bars.customdata], [[0.2, 1.2], [5, 6]]);
});

test("only bars too small to be hit get a place to touch, which says the same", () => {
  const bars = layerBars(theme, [1, 0.01, -0.02], { name: "a", offset: 0, hatched: false, hover: ["a", "b", "c"], rows: [0, 1, 2] });
  const small = smallBars(bars, 0.05);
  assert.deepEqual([small.x, small.hovertext, small.customdata], [[1, 2], ["b", "c"], [1, 2]]);
  assert.deepEqual([small.base, small.y], [[-0.05, -0.05], [0.1, 0.1]]);
});

test("rows of the layers' figure go attention, FFN, layer by layer", () => {
  const { data } = layersFigure(theme, DESK, { layers, biases: null, start: -8, end: -1 });
  const bars = data.filter(({ type, x }) => type === "bar" && x.length === 2);
  assert.deepEqual(bars.slice(0, 2).map(({ y, customdata }) => [y, customdata]), [[[0.4, 2], [0, 2]], [[-1.5, 0.001], [1, 3]]]);
});

test("start and end are marked, and biases where they are asked for", () => {
  const plain = layersFigure(theme, DESK, { layers, biases: null, start: -8, end: -1 });
  assert.deepEqual(plain.layout.annotations.map(({ text }) => text), ["start: log p −8.00", "end: log p −1.00"]);
  const { data } = layersFigure(theme, DESK, { layers, biases: layers, start: -8, end: -1 });
  assert.deepEqual(data[data.length - 1].y, [0.4, -1.5, 2, 0.001]);
});

test("attention takes a curve from its layer's left edge to the middle, the FFN to the right edge", () => {
  const values = [-9, -8, -7, -6, -1];
  const { data, layout } = curveFigure(theme, DESK, {
    kind: "logprob", curves: [{ text: " <b>", style: 0, values, hover: values.map(String) }],
  });
  assert.deepEqual(data[0].x, [-0.5, 0, 0.5, 1, 1.5]);
  assert.equal(data[0].name, "“ &lt;b&gt;”");
  assert.deepEqual(layout.xaxis.range, [-0.5, 1.5]);
});

test("ranks go down a logarithmic axis with the first on top", () => {
  const { layout } = curveFigure(theme, DESK, {
    kind: "rank", curves: [{ text: "a", style: 0, values: [4000, 12, 1], hover: ["", "", ""] }],
  });
  const [bottom, top] = layout.yaxis.range;
  assert.equal(layout.yaxis.type, "log");
  assert.ok(bottom > Math.log10(4000) && top < 0);
  assert.deepEqual(layout.yaxis.ticktext, ["1", "10", "100", "1k"]);
});

test("a map's range is the same on both sides, and zero is in the middle", () => {
  const values = [[0.5, -2], [1, 0]];
  assert.equal(reach(values), 2);
  assert.equal(reach([[0, 0]]), 1);
  const { data } = signedMap(theme, DESK, { values, hover: [["", ""], ["", ""]], rows: [[0, 1], [2, 3]], unit: "nats", x: {}, y: {} });
  assert.deepEqual([data[0].zmin, data[0].zmax], [-2, 2]);
  assert.equal(data[0].colorscale[(STOPS - 1) / 2][1], theme.paper);
});

test("a cell shows its number where there is room, then its sign, then nothing", () => {
  assert.equal(mark(1.234, 2, 60, 24), "+1.2");
  assert.equal(mark(-0.126, 2, 60, 24), "−0.13");
  assert.equal(mark(-31.4, 40, 60, 24), "−31");
  assert.equal(mark(1.234, 2, 20, 24), "+");
  assert.equal(mark(-1.234, 2, 20, 24), "−");
  assert.equal(mark(-1.234, 2, 5, 24), "");
  assert.equal(mark(0.01, 2, 60, 24), "");
  assert.equal(mark(null, 2, 60, 24), "");
});

test("words read on every colour of the scale", () => {
  for (const [, colour] of theme.scale) assert.ok(contrast(colour, readable(colour, theme.ink)) >= 4.5);
  assert.equal(contrast("#000000", "#ffffff"), 21);
});

test("heads: layers go right, heads down, and a cell's row is its place in the list", () => {
  const values = [[1, 2, 3], [4, 5, 6]];
  const { data, layout } = headsFigure(theme, DESK, { values, chosen: { layer: 1, head: 2 } });
  assert.deepEqual(data[0].z, [[1, 4], [2, 5], [3, 6]]);
  assert.deepEqual(data[0].customdata.map((row, head) => row.map((at, layer) => values.flat()[at] === values[layer][head])).flat(), Array(6).fill(true));
  const frame = layout.shapes[layout.shapes.length - 1];
  assert.deepEqual([frame.x0, frame.y0], [0.5, 1.5]);
});

test("sources: a column for every token that was read, its text no markup", () => {
  const tokens = [token("<|endoftext|>", true), token(" <i>"), token(" a")];
  const { data, layout } = sourcesFigure(theme, DESK, { layer: 2, heads: [4], values: [[0.1, 0.2]], tokens, chosen: 4 });
  assert.deepEqual(layout.xaxis.ticktext, ["BOS", "&lt;i&gt;"]);
  assert.equal(data[0].hovertext[0][1], "Layer 2 · head 4, reading “ &lt;i&gt;” at 1: +0.200 nats");
});

test("tokens that do not fit slant; of many only some are named", () => {
  const many = Array.from({ length: 80 }, (_, i) => token(` token${i}`));
  assert.equal(tokenAxis(theme, DESK, many.slice(0, 5)).x.tickangle, 0);
  const narrow = tokenAxis(theme, PHONE, many);
  assert.ok(narrow.x.tickangle < 0);
  assert.ok(narrow.x.tickvals.length * 17 <= PHONE.width);
});

test("the target's curve and its rival's keep their style; no token is drawn twice", () => {
  const chance = (id) => ({ id, text: ` ${id}`, logprob: -1 });
  const drawn = (other, others) =>
    drawnOf({ target: chance(1), other, others: others.map(chance) }).map(({ id, style }) => [id, style]);
  assert.deepEqual(drawn(chance(2), [3, 2, 4, 1]), [[1, 0], [2, 1], [3, 2], [4, 3]]);
  assert.deepEqual(drawn(null, [3]), [[1, 0], [3, 2]]);
  assert.deepEqual(drawn(chance(1), []), [[1, 0]]);
});
