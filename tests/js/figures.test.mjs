import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { contrast, readable } from "../../static/js/charts/contrast.js";
import { above, axis, layerBars, seriesStyle, smallBars, thinned } from "../../static/js/charts/figures.js";
import { mark, reach, signedMap } from "../../static/js/charts/maps.js";
import { asMarkup, markup } from "../../static/js/charts/markup.js";
import { plain, signed } from "../../static/js/charts/numbers.js";
import { written } from "../../static/js/charts/rows.js";
import { STYLES } from "../../static/js/charts/series.js";
import { colouring } from "../../static/js/contributions/coloured.js";
import { drawnOf } from "../../static/js/contributions/curve.js";
import {
  curveFigure, headsFigure, layersFigure, sourcesFigure, tokenAxis,
} from "../../static/js/contributions/layerfigures.js";
import { differenceCurve, partBars } from "../../static/js/contributions/partfigures.js";
import { MAX_CURVES } from "../../static/js/contributions/state.js";

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
  assert.equal(markup("<b>&amp;"), "&lt;b&gt;&amp;amp;");
  assert.equal(markup("one\ntwo"), "one<br>two");
});

test("all that a figure says goes to Plotly as text, and nothing else is touched", () => {
  const names = ["“<br>”", "“ <b>”"];
  const figures = [
    differenceCurve(theme, DESK, { values: [0, 1, 2], hover: ["after <i>", "", ""], names, title: "<br>" }),
    curveFigure(theme, DESK, { kind: "p", curves: [{ text: "<br>", style: 1, values: [0, 1, 2], hover: ["<br>", "", ""] }] }),
    sourcesFigure(theme, DESK, { layer: 0, heads: [0], values: [[1]], tokens: [token("<br>")], chosen: 0 }),
    partBars(theme, DESK, { parts: [{ kind: "token", layer: null, value: 1 }], title: "towards <br>", unit: "<nats>" }),
    { data: [{ ...layerBars(theme, [1], { name: "<a>", offset: 0, hatched: true, hover: ["<br>"], rows: [0] }) }], layout: {} },
    { data: [], layout: { xaxis: axis(theme, "<br>", { ticktext: ["<br>"] }), annotations: [above("<br>", "left")] } },
  ];
  for (const figure of figures) {
    const drawn = asMarkup(figure);
    const said = JSON.stringify(drawn).replaceAll("%{hovertext}<extra></extra>", "");
    assert.doesNotMatch(said, /<[a-z]/);
    assert.match(said, /&lt;/);
    // Read back, it is what was meant.
    assert.deepEqual(JSON.parse(JSON.stringify(drawn).replaceAll("&lt;", "<").replaceAll("&gt;", ">")), JSON.parse(JSON.stringify(figure)));
  }
  assert.equal(asMarkup(figures[0]).layout.annotations[0].text, "above zero, “&lt;br&gt;” is ahead of “ &lt;b&gt;”");
  assert.equal(asMarkup(figures[0]).data[0].hovertemplate, "%{hovertext}<extra></extra>");
});

/** OKLab of a `#rrggbb`, by its definition. */
function oklab(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c > 0.04045 ? ((c + 0.055) / 1.055) ** 2.4 : c / 12.92));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

test("any two curves can be told apart: by their mark, and by their colour or their dash", () => {
  const css = readFileSync(new URL("../../static/css/charts.css", import.meta.url), "utf8");
  const colours = [...css.matchAll(/--series-\d: light-dark\((#\w{6}), (#\w{6})\)/g)].map((found) => found.slice(1));
  assert.equal(colours.length, STYLES.length);
  const drawn = STYLES.map((_, i) => seriesStyle({ series: colours.map(([light]) => light) }, i));
  assert.equal(new Set(drawn.map(({ marker }) => marker.symbol)).size, STYLES.length);
  assert.equal(new Set(STYLES.map(({ path, hollow }) => `${path} ${hollow}`)).size, STYLES.length);
  for (let i = 0; i < STYLES.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const far = [0, 1].map((mode) => Math.hypot(...oklab(colours[i][mode]).map((c, at) => c - oklab(colours[j][mode])[at])));
      assert.ok(Math.min(...far) > 0.06 || STYLES[i].dash !== STYLES[j].dash, `${i} and ${j}: ${far}`);
      assert.equal(STYLES[i].dash === STYLES[j].dash, STYLES[i].strokes === STYLES[j].strokes);
    }
  }
});

test("as many further tokens have a curve as there are styles, in the address and on the server", () => {
  const chance = (id) => ({ id, text: ` ${id}`, logprob: -1 });
  const most = drawnOf({ target: chance(1), other: chance(2), others: Array.from({ length: MAX_CURVES }, (_, i) => chance(i + 3)) });
  assert.deepEqual(most.map(({ style }) => style), STYLES.map((_, i) => i));
  const python = readFileSync(new URL("../../app/web/contribution_state.py", import.meta.url), "utf8");
  assert.equal(/^MAX_CURVES = (\d+)$/m.exec(python)?.[1], String(MAX_CURVES));
});

test("in a table whole numbers stand in full, others with five digits", () => {
  assert.deepEqual([1234567, 50256, 0, -12, 1.2345678, -0.000123456].map(written), [
    "1234567", "50256", "0", "−12", "1.2346", "−0.00012346",
  ]);
  assert.deepEqual([null, true, " a"].map(written), ["", "true", " a"]);
});

test("BOS has no colour and no part in the range; its number is said", () => {
  const tokens = [token("<|endoftext|>", true), token(" a"), token(" b"), token(" c")];
  const found = colouring(tokens, [9, 1, -2]);
  assert.deepEqual(found, { range: 2, levels: [0, 32, -64], aside: [{ name: "BOS", value: 9 }] });
  assert.deepEqual(colouring(tokens, [-1.5, 1, -2]).aside, [{ name: "BOS", value: -1.5 }]);
  assert.deepEqual(colouring(tokens, [0, 1, -2]).aside, []);
  assert.deepEqual(colouring(tokens, [0.5]), { range: null, levels: [0], aside: [{ name: "BOS", value: 0.5 }] });
});

test("of many tokens the one true source alone is strongly coloured, as in the maps", () => {
  const tokens = Array.from({ length: 200 }, (_, i) => token(` ${i}`));
  const values = tokens.map((_, i) => (i === 7 ? 1.34 : i === 9 ? -0.004 : i === 11 ? 0.004 : 0.001));
  const { range, levels } = colouring(tokens, values);
  assert.equal(range, 1.34);
  assert.equal(levels[7], 64);
  assert.ok(levels.every((level, i) => i === 7 || Math.abs(level) <= 1));
});

test("the final norm's bias has a bar of its own, named, right of the last layer", () => {
  const parts = [
    { kind: "token", layer: null, value: 1 }, { kind: "position", layer: null, value: 1 },
    { kind: "attn", layer: 0, value: 2 }, { kind: "ffn", layer: 0, value: 3 }, { kind: "bias", layer: null, value: -0.5 },
  ];
  const { data, layout } = partBars(theme, DESK, { parts, title: "", unit: "nats" });
  const bias = data.find(({ y }) => y?.length === 1 && y[0] === -0.5);
  assert.deepEqual(bias.x, [1]);
  assert.deepEqual(bias.hovertext, ["The final norm’s bias: −0.500 nats"]);
  assert.equal(layout.xaxis.ticktext[layout.xaxis.tickvals.indexOf(1)], "bias");
  assert.deepEqual(layout.xaxis.range, [-1.5, 1.5]);
});

test("bars over parts end with the last part, and one alone is no wall", () => {
  const at = (n) => [
    { kind: "token", layer: null, value: 1 }, { kind: "position", layer: null, value: 1 },
    ...Array.from({ length: n }, (_, layer) => ["attn", "ffn"].map((kind) => ({ kind, layer, value: 1 }))).flat(),
  ];
  for (let n = 0; n < 14; n += 1) {
    for (const room of [DESK, PHONE]) {
      const { data, layout } = partBars(theme, room, { parts: at(n), title: "", unit: "" });
      assert.deepEqual(layout.xaxis.range, [-1.5, n - 0.5]);
      const bars = data.filter(({ width }) => width !== undefined);
      const px = room.width / (n + 1);
      for (const { width, x } of bars) {
        assert.ok(width * px <= 120 && width > 0);
        assert.ok(x.every((each) => each - width / 2 >= -1.5 && each + width / 2 <= n - 0.5));
      }
      assert.ok(bars[1].x.every((right, i) => right - bars[0].x[i] >= bars[0].width));
    }
  }
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
  assert.equal(data[0].name, "“ <b>”");
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
  assert.equal(mark(0, 0, 60, 24), "");
});

test("a cell with a colour that can be seen is not blank where a sign fits", () => {
  for (const most of [0.0002, 0.04, 0.1, 1, 30]) {
    for (const share of [0.02, 0.04, 0.06, 0.11, 0.3, 1]) {
      for (const [width, height] of [[11, 12], [37, 24], [38, 16], [38, 17], [43, 24], [44, 24], [200, 24]]) {
        assert.match(mark(share * most, most, width, height), /^\+/);
        assert.match(mark(-share * most, most, width, height), /^−/);
      }
    }
  }
  assert.equal(mark(0.004, 0.1, 60, 24), "+");
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

test("sources: a column for every token that was read, its position said once though it stands twice", () => {
  const tokens = [token("<|endoftext|>", true), token(" <i>"), token(" a"), token(" <i>")];
  const { data, layout } = sourcesFigure(theme, DESK, { layer: 2, heads: [4], values: [[0.1, 0.2]], tokens, chosen: 4 });
  assert.deepEqual(layout.xaxis.ticktext, ["BOS", "<i>"]);
  assert.equal(data[0].hovertext[0][1], "Layer 2 · head 4, reading “ <i>” at 1: +0.200 nats");
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
