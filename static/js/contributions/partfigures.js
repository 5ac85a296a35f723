// Figures over the parts of the stream: the embeddings, then each layer's attention and FFN.

import { above, axis, barKey, betweenLayers, frame, isNarrow, layerAxis, layerBars, legendAbove, margins, safe, seriesStyle, thinned } from "../charts/figures.js";
import { signed } from "../charts/numbers.js";
import { partInWords } from "./places.js";

/** @typedef {import("../charts/chart.js").Room} Room */
/** @typedef {import("../charts/palette.js").Theme} Theme */
/** @typedef {import("../charts/plotly.js").Figure} Figure */
/** @typedef {import("./replies.js").Part} Part */

/** Where the two embeddings stand, left of layer 0. */
const EMBEDDINGS = -1;
/** How far attention and FFN stand from their layer's middle. */
const OFFSET = 0.22;
/** Room above the plot for a line of words, px. */
const TOP = 30;
/** Layers for which there is room at least: a single bar is no wall. */
const FEWEST = 6;

/** @param {Room} room */
const heightIn = (room) => (isNarrow(room) ? 250 : 290);

/**
 * Where a part stands: attention left of its layer's middle, the FFN right of it.
 * @param {Part} part
 */
export const placeOfPart = ({ kind, layer }) =>
  (layer ?? EMBEDDINGS) + (kind === "token" || kind === "attn" ? -OFFSET : OFFSET);

/**
 * Bars of the parts, up for + and down for −.
 * @param {Theme} theme
 * @param {Room} room
 * @param {{parts: (Part & {value: number})[], title: string, unit: string}} given  rows are the parts
 * @returns {Figure}
 */
export function partBars(theme, room, { parts, title, unit }) {
  const bars = (/** @type {Part["kind"][]} */ kinds, /** @type {boolean} */ hatched, /** @type {string} */ name) => {
    const rows = parts.flatMap(({ kind }, i) => (kinds.includes(kind) ? [i] : []));
    const mine = rows.map((i) => parts[i]);
    return {
      ...layerBars(theme, mine.map(({ value }) => value), {
        name, offset: 0, hatched, rows,
        hover: mine.map((part) => `${capital(partInWords(part))}: ${signed(part.value)} ${unit}`),
      }),
      x: mine.map(placeOfPart),
    };
  };
  return {
    data: [
      barKey(theme, "attention, token", false),
      barKey(theme, "FFN, position", true),
      bars(["token", "attn"], false, "attention"),
      bars(["position", "ffn"], true, "FFN"),
    ],
    layout: { ...overParts(theme, room, parts), ...legendAbove, barmode: "overlay", yaxis: axis(theme, title) },
  };
}

/**
 * Curves over the parts, in the stream's order: the zigzag of attention and FFN.
 * @param {Theme} theme
 * @param {Room} room
 * @param {{parts: Part[], curves: {name: string, values: number[]}[], title: string}} given
 * @returns {Figure}
 */
export function partCurves(theme, room, { parts, curves, title }) {
  return {
    data: curves.map(({ name, values }, i) => ({
      type: "scatter",
      name,
      x: parts.map(placeOfPart),
      y: values,
      ...seriesStyle(theme, i === 0 ? 0 : 2),
      hovertext: parts.map((part, at) => `${capital(partInWords(part))}, ${name}: ${signed(values[at])}`),
      hovertemplate: "%{hovertext}<extra></extra>",
      customdata: parts.map((_, at) => at),
    })),
    layout: { ...overParts(theme, room, parts), ...legendAbove, yaxis: axis(theme, title) },
  };
}

/**
 * @param {Theme} theme
 * @param {Room} room
 * @param {Part[]} parts
 */
function overParts(theme, room, parts) {
  const n = Math.max(...parts.map(({ layer }) => (layer ?? -1) + 1), 0);
  const { l, r } = margins(room);
  const wide = Math.max(n, FEWEST);
  const each = (room.width - l - r) / (wide + 1);
  const layers = thinned(n, each, 20);
  return {
    ...frame(theme, room, heightIn(room), { t: TOP }),
    xaxis: axis(theme, "layer", {
      range: [EMBEDDINGS - 0.5, wide - 0.5],
      tickmode: "array",
      tickvals: [EMBEDDINGS, ...layers],
      ticktext: [each < 80 ? "emb." : "embeddings", ...layers.map(String)],
      showgrid: false,
      zeroline: false,
    }),
    shapes: betweenLayers(theme, n),
  };
}

/**
 * Δ along the stream: a point before and between the modules of every layer.
 * @param {Theme} theme
 * @param {Room} room
 * @param {{values: number[], hover: string[], names: [string, string]}} given  the two tokens, quoted
 * @returns {Figure}
 */
export function differenceCurve(theme, room, { values, hover, names }) {
  const n = (values.length - 1) / 2;
  return {
    data: [
      {
        type: "scatter",
        x: values.map((_, i) => i / 2 - 0.5),
        y: values,
        cliponaxis: false,
        ...seriesStyle(theme, 0),
        hovertext: hover,
        hovertemplate: "%{hovertext}<extra></extra>",
        customdata: values.map((_, i) => i),
      },
    ],
    layout: {
      ...frame(theme, room, heightIn(room), { t: TOP }),
      xaxis: layerAxis(theme, room, n),
      yaxis: axis(theme, "difference, bs-values"),
      shapes: betweenLayers(theme, n),
      annotations: [above(safe(`above zero, ${names[0]} is ahead of ${names[1]}`), "left")],
    },
  };
}

/** @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
