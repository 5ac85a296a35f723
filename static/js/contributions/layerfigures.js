// The figures over layers: curves along the stream, bars, and maps of heads and of what they read.

import {
  above, axis, barKey, betweenLayers, frame, isNarrow, layerAxis, layerBars, legendAbove, margins, rankTicks, seriesStyle,
  smallBars, thinned,
} from "../charts/figures.js";
import { signedMap } from "../charts/maps.js";
import { plain, signed } from "../charts/numbers.js";
import { quoted, shown } from "../viewer/format.js";
import { tokenName } from "./places.js";

/** @typedef {import("../charts/chart.js").Room} Room */
/** @typedef {import("../charts/palette.js").Theme} Theme */
/** @typedef {import("../charts/plotly.js").Figure} Figure */
/** @typedef {import("./types.js").Curve} Curve */
/** @typedef {import("./types.js").Head} Head */
/** @typedef {import("./types.js").Token} Token */

/** How far attention and FFN stand from their layer’s middle. */
const OFFSET = 0.23;

/** @type {Record<Curve, string>} */
const CURVE_TITLES = {
  logprob: "log p (nats)",
  bs: "bs-value",
  p: "probability",
  rank: "rank (1 is the likeliest)",
};

/**
 * Tokens along the stream. Where a layer is 1 wide, its attention takes the curve from the left
 * edge to the middle and its FFN on to the right edge.
 * @param {Theme} theme
 * @param {Room} room
 * @param {object} given
 * @param {Curve} given.kind
 * @param {{text: string, style: number, values: number[], hover: string[]}[]} given.curves
 * @returns {Figure}
 */
export function curveFigure(theme, room, { kind, curves }) {
  const n = (curves[0].values.length - 1) / 2;
  const legend = room.file && curves.length > 1 ? legendAbove : {};
  return {
    data: curves.map(({ text, style, values, hover }) => ({
      type: "scatter",
      name: quoted(text),
      x: values.map((_, i) => i / 2 - 0.5),
      y: values,
      ...seriesStyle(theme, style),
      cliponaxis: false,
      hovertext: hover,
      hovertemplate: "%{hovertext}<extra></extra>",
    })),
    layout: {
      ...frame(theme, room, isNarrow(room) ? 260 : 320, { t: room.file ? 34 : 14 }),
      ...legend,
      xaxis: layerAxis(theme, room, n),
      yaxis: curveAxis(theme, room, kind, curves.flatMap(({ values }) => values)),
      shapes: betweenLayers(theme, n),
    },
  };
}

/**
 * @param {Theme} theme
 * @param {Room} room
 * @param {Curve} kind
 * @param {number[]} values
 */
function curveAxis(theme, room, kind, values) {
  const most = Math.max(...values);
  if (kind === "rank") {
    const end = Math.max(most, 10) * 1.3;
    return axis(theme, isNarrow(room) ? "rank" : CURVE_TITLES.rank, { type: "log", range: [Math.log10(end), Math.log10(0.8)], ...rankTicks(end), zeroline: false });
  }
  if (kind === "p") return axis(theme, CURVE_TITLES.p, { range: [-0.02 * most, 1.06 * most] });
  return axis(theme, CURVE_TITLES[kind]);
}

/**
 * What every layer did: two bars each, and the marks of their biases where they are asked for.
 * @param {Theme} theme
 * @param {Room} room
 * @param {object} given
 * @param {{layer: number, attn: number, ffn: number}[]} given.layers
 * @param {{layer: number, attn: number, ffn: number}[] | null} given.biases
 * @param {number} given.start  log p before layer 0
 * @param {number} given.end  log p after the last
 * @returns {Figure}
 */
export function layersFigure(theme, room, { layers, biases, start, end }) {
  const n = layers.length;
  const bars = (/** @type {"attn" | "ffn"} */ part) =>
    layerBars(theme, layers.map((layer) => layer[part]), {
      name: part === "attn" ? "attention" : "FFN",
      offset: part === "attn" ? -OFFSET : OFFSET,
      hatched: part === "ffn",
      hover: layers.map((layer) => `Layer ${layer.layer}’s ${part === "attn" ? "attention" : "FFN"}: ${signed(layer[part])} nats`),
      rows: layers.map((_, i) => 2 * i + (part === "ffn" ? 1 : 0)),
    });
  const both = [bars("attn"), bars("ffn")];
  // Of a plot 220 px high, a bar below 9 px is hard to hit.
  const size = 0.04 * span(layers.flatMap(({ attn, ffn }) => [attn, ffn]));
  const edge = (/** @type {string} */ words, /** @type {"left" | "right"} */ side) => ({ ...above(words, side), yshift: 2 });
  return {
    data: [
      barKey(theme, "attention", false),
      barKey(theme, "FFN", true),
      ...both,
      ...both.map((each) => smallBars(each, size)),
      ...(biases ? [biasMarks(theme, biases)] : []),
    ],
    layout: {
      ...frame(theme, room, isNarrow(room) ? 280 : 320, { t: 58 }),
      ...legendAbove,
      legend: { ...legendAbove.legend, y: 1.12 },
      barmode: "overlay",
      xaxis: layerAxis(theme, room, n),
      yaxis: axis(theme, "contribution to log p (nats)"),
      shapes: betweenLayers(theme, n),
      annotations: [edge(`start: log p ${plain(start)}`, "left"), edge(`end: log p ${plain(end)}`, "right")],
    },
  };
}

/** How far apart the numbers are, and zero. @param {number[]} values */
const span = (values) => Math.max(0, ...values) - Math.min(0, ...values);

/**
 * What b_O and b_out do by themselves, as a line across their layer’s bar.
 * @param {Theme} theme
 * @param {{layer: number, attn: number, ffn: number}[]} biases
 */
const biasMarks = (theme, biases) => ({
  type: "scatter",
  mode: "markers",
  name: "its bias alone",
  x: biases.flatMap(({ layer }) => [layer - OFFSET, layer + OFFSET]),
  y: biases.flatMap(({ attn, ffn }) => [attn, ffn]),
  marker: { symbol: "line-ew", size: 12, line: { width: 2.5, color: theme.ink } },
  hovertext: biases.flatMap(({ layer, attn, ffn }) => [
    `b_O of layer ${layer} alone: ${signed(attn)} nats`,
    `b_out of layer ${layer} alone: ${signed(ffn)} nats`,
  ]),
  hovertemplate: "%{hovertext}<extra></extra>",
  showlegend: true,
});

/**
 * Every head of every layer: layers from left to right, as in the bars.
 * @param {Theme} theme
 * @param {Room} room
 * @param {{values: number[][], chosen: Head}} given  per layer, per head; rows go head by head within a layer
 * @returns {Figure}
 */
export function headsFigure(theme, room, { values, chosen }) {
  const heads = values[0].map((_, head) => head);
  return signedMap(theme, room, {
    values: heads.map((head) => values.map((row) => row[head])),
    hover: heads.map((head) => values.map((row, layer) => `Layer ${layer} · head ${head}: ${signed(row[head])} nats`)),
    rows: heads.map((head) => values.map((_, layer) => layer * heads.length + head)),
    unit: "contribution (nats)",
    x: layerAxis(theme, room, values.length),
    y: headAxis(theme, heads),
    chosen: [chosen.head, chosen.layer],
  });
}

/**
 * What one layer’s heads read at every source position.
 * @param {Theme} theme
 * @param {Room} room
 * @param {object} given
 * @param {number} given.layer
 * @param {number[]} given.heads
 * @param {number[][]} given.values  per head, per source position
 * @param {Token[]} given.tokens
 * @param {number} given.chosen  the head that is framed
 * @returns {Figure}
 */
export function sourcesFigure(theme, room, { layer, heads, values, tokens, chosen }) {
  const read = values[0].length;
  const { x, bottom } = tokenAxis(theme, room, tokens.slice(0, read));
  const figure = signedMap(theme, room, {
    values,
    hover: values.map((row, i) =>
      row.map((value, at) => `Layer ${layer} · head ${heads[i]}, reading ${tokenName(tokens[at])} at ${at}: ${signed(value)} nats`),
    ),
    rows: values.map((row, i) => row.map((_, at) => i * read + at)),
    unit: "contribution (nats)",
    x,
    y: headAxis(theme, heads),
    margin: { b: bottom },
  });
  const at = heads.indexOf(chosen);
  if (heads.length > 1) {
    figure.layout.shapes.push({
      type: "rect", x0: -0.5, x1: read - 0.5, y0: at - 0.5, y1: at + 0.5, line: { color: theme.ink, width: 2 },
    });
  }
  return figure;
}

/** @param {Theme} theme @param {number[]} heads */
const headAxis = (theme, heads) =>
  axis(theme, "head", { tickmode: "array", tickvals: heads.map((_, i) => i), ticktext: heads.map(String) });

/** A letter’s mean width at the size of ticks, px. */
const LETTER = 6.6;

/**
 * An axis of tokens: level where they fit, else slanting, thinned where there are many.
 * @param {Theme} theme
 * @param {Room} room
 * @param {Token[]} tokens
 * @returns {{x: Record<string, any>, bottom: number}}  the axis, and the px it needs
 */
export function tokenAxis(theme, room, tokens) {
  const { l, r } = margins(room);
  const each = (room.width - l - r) / tokens.length;
  const words = tokens.map((token) => short(token));
  const longest = Math.max(...words.map((word) => word.length)) * LETTER;
  const isLevel = longest + 6 <= each;
  const at = isLevel ? words.map((_, i) => i) : thinned(words.length, each, 17);
  const x = axis(theme, "source token", {
    range: [-0.5, tokens.length - 0.5],
    tickmode: "array",
    tickvals: at,
    ticktext: at.map((i) => words[i]),
    tickangle: isLevel ? 0 : -50,
  });
  return { x, bottom: isLevel ? margins(room).b : Math.round(42 + longest * 0.77) };
}

/** How much of a token an axis shows, in characters. */
const TICK_LENGTH = 12;

/** @param {Token} token */
function short(token) {
  if (token.special) return "BOS";
  const words = token.text.trim() === "" ? shown(token, true).replace("\u200b", "").trim() : token.text.trim();
  return words.length > TICK_LENGTH ? `${words.slice(0, TICK_LENGTH - 1)}…` : words;
}
