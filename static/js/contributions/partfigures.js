// Figures over the parts of the stream: the embeddings, then each layer's attention and FFN.

import { above, axis, barKey, betweenLayers, frame, isNarrow, layerAxis, layerBars, legendAbove, margins, seriesStyle, thinned } from "../charts/figures.js";
import { signed } from "../charts/numbers.js";
import { capital } from "../viewer/format.js";
import { partInWords } from "./places.js";

/** @typedef {import("../charts/chart.js").Room} Room */
/** @typedef {import("../charts/palette.js").Theme} Theme */
/** @typedef {import("../charts/plotly.js").Figure} Figure */
/** @typedef {import("./replies.js").Part} Part */

/** Where the two embeddings stand, left of layer 0; the final norm’s bias is right of the last layer. */
const EMBEDDINGS = -1;
/** How far attention and FFN stand from their layer's middle. */
const OFFSET = 0.22;
/** Room above the plot for a line of words, px. */
const TOP = 30;
/** How wide a bar is where a layer is 1, and at most, px: a single one is no wall. */
const [WIDTH, WIDEST] = [0.42, 96];

/** @param {Room} room */
const heightIn = (room) => (isNarrow(room) ? 250 : 290);

/**
 * Where a part stands: attention left of its layer's middle, the FFN right of it.
 * @param {Part} part
 * @param {number} [offset]  how far from the middle
 */
export const placeOfPart = ({ kind, layer }, offset = OFFSET) =>
  (layer ?? EMBEDDINGS) + (kind === "token" || kind === "attn" ? -offset : offset);

/**
 * The layers up to the last part, and the px that each has; the embeddings have as many, and the
 * final norm’s bias where it is one of the parts.
 * @param {Room} room
 * @param {Part[]} parts
 */
function columns(room, parts) {
  const n = Math.max(...parts.map(({ layer }) => (layer ?? -1) + 1), 0);
  const { l, r } = margins(room);
  const hasBias = parts.some(({ kind }) => kind === "bias");
  return { n, hasBias, each: (room.width - l - r) / (n + (hasBias ? 2 : 1)) };
}

/**
 * Bars of the parts, up for + and down for −.
 * @param {Theme} theme
 * @param {Room} room
 * @param {{parts: (Part & {value: number})[], title: string, unit: string}} given  rows are the parts
 * @returns {Figure}
 */
export function partBars(theme, room, { parts, title, unit }) {
  const { n, hasBias, each } = columns(room, parts);
  const width = Math.min(WIDTH, WIDEST / each);
  const bars = (/** @type {Part["kind"][]} */ kinds, /** @type {boolean} */ hatched, /** @type {string} */ name) => {
    const rows = parts.flatMap(({ kind }, i) => (kinds.includes(kind) ? [i] : []));
    const mine = rows.map((i) => parts[i]);
    return {
      ...layerBars(theme, mine.map(({ value }) => value), {
        name, offset: 0, hatched, rows,
        hover: mine.map((part) => `${capital(partInWords(part))}: ${signed(part.value)} ${unit}`),
      }),
      x: mine.map((part) => (part.kind === "bias" ? n : placeOfPart(part, (OFFSET * width) / WIDTH))),
      width,
    };
  };
  return {
    data: [
      barKey(theme, "attention, token", false),
      barKey(theme, "FFN, position", true),
      bars(["token", "attn"], false, "attention"),
      bars(["position", "ffn"], true, "FFN"),
      ...(hasBias ? [bars(["bias"], false, "the final norm’s bias")] : []),
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
      x: parts.map((part) => placeOfPart(part)),
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
  const { n, hasBias, each } = columns(room, parts);
  const layers = thinned(n, each, 20);
  return {
    ...frame(theme, room, heightIn(room), { t: TOP }),
    xaxis: axis(theme, "layer", {
      range: [EMBEDDINGS - 0.5, hasBias ? n + 0.5 : n - 0.5],
      tickmode: "array",
      tickvals: [EMBEDDINGS, ...layers, ...(hasBias ? [n] : [])],
      ticktext: [each < 80 ? "emb." : "embeddings", ...layers.map(String), ...(hasBias ? ["bias"] : [])],
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
 * @param {{values: number[], hover: string[], names: [string, string], title: string}} given  `names`: the two tokens, quoted
 * @returns {Figure}
 */
export function differenceCurve(theme, room, { values, hover, names, title }) {
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
      yaxis: axis(theme, title),
      shapes: betweenLayers(theme, n),
      annotations: [above(`above zero, ${names[0]} is ahead of ${names[1]}`, "left")],
    },
  };
}
