// The pictures of the weights page. Pure functions of what the API said, the theme and the room.

import { axis, frame, isNarrow, legendAbove, margins, seriesStyle, thinned } from "../charts/figures.js";
import { signedMap } from "../charts/maps.js";
import { count } from "../viewer/format.js";
import { headAt, robust, written } from "./pairs.js";
import { fixed, number } from "./saying.js";

/** @typedef {import("../charts/palette.js").Theme} Theme */
/** @typedef {import("../charts/chart.js").Room} Room */
/** @typedef {import("../charts/plotly.js").Figure} Figure */
/** @typedef {import("../charts/downloads.js").Row} Row */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").Bottleneck} Bottleneck */
/** @typedef {import("./types.js").SiteBasis} SiteBasis */

/** Where a logarithmic axis has its numbers. */
const DECADES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000];
/** Colours end no nearer to random than this share of it: chance alone stays pale. */
const LEAST = 0.1;
/** The share of the range from which a small cell has its sign: in hundreds of pale ones it is noise. */
const LOUD = 0.5;
/** Px that a map's rows share, so that it fits a screen, and that one has at most. */
const [TALL, CELL] = [620, 18];

/**
 * A matrix of scores, and what its rows and columns are.
 * @typedef {object} Scores
 * @property {number[][]} values
 * @property {number} baseline  what random matrices would score
 * @property {number} writers  heads in a layer, or 1 where rows are layers
 * @property {number} readers  heads in a layer, or 1 where columns are layers
 * @property {boolean} within  whether a layer's FFN reads its own layer's heads
 */

/**
 * What a row or column is called.
 * @param {number} at
 * @param {number} heads
 */
const named = (at, heads) => (heads === 1 ? `FFN ${at}` : `head ${written(headAt(at, heads))}`);

/** @param {Scores} scores */
const isLater = ({ writers, readers, within }) => (/** @type {number} */ i, /** @type {number} */ j) => {
  const [from, to] = [Math.floor(i / writers), Math.floor(j / readers)];
  return from < to || (within && from === to);
};

/**
 * One record for every pair of which the reader comes later, in the order of the map.
 * @param {Scores} scores
 * @returns {Row[]}
 */
export function scoreRows(scores) {
  const later = isLater(scores);
  return scores.values.flatMap((row, i) =>
    row.flatMap((score, j) =>
      later(i, j)
        ? [{ writer: named(i, scores.writers), reader: named(j, scores.readers), score, times_random: score / scores.baseline }]
        : [],
    ),
  );
}

/**
 * A map of scores less what random matrices would have: above it in the colour of +, below it in that of −.
 * @param {Theme} theme
 * @param {Room} room
 * @param {Scores} scores
 * @param {{x: string, y: string, chosen?: [number, number] | null, tall?: number, cell?: number}} how
 * @returns {Figure}
 */
export function scoreMap(theme, room, scores, { x, y, chosen = null, tall = TALL, cell: highest = CELL }) {
  const later = isLater(scores);
  const { writers, readers } = scores;
  const layers = scores.values.length / writers;
  // Nothing is written after the last layer, or read in the first: both would be an empty band.
  const without = scores.within || layers === 1 ? 0 : 1;
  const [down, across] = [(layers - without) * writers, (layers - without) * readers];
  /** @type {<T>(cells: T[][]) => T[][]} */
  const used = (cells) => cells.slice(0, down).map((row) => row.slice(without * readers));
  const edges = { ...margins(room), l: isNarrow(room) ? 40 : 56 };
  const cell = Math.max(2.5, Math.min(highest, tall / down));
  let next = 0;
  const rows = scores.values.map((row, i) => row.map((_, j) => (later(i, j) ? next++ : -1)));
  const values = scores.values.map((row, i) => row.map((score, j) => (later(i, j) ? score - scores.baseline : null)));
  const sizes = values.flat().flatMap((value) => (value === null ? [] : [Math.abs(value)]));
  const map = signedMap(theme, room, {
    values: used(values),
    hover: used(
      scores.values.map((row, i) =>
        row.map((score, j) =>
          later(i, j) ? `${named(i, writers)} → ${named(j, readers)}\n${fixed(score)}, ${fixed(score / scores.baseline)} × random` : "",
        ),
      ),
    ),
    rows: used(rows),
    unit: "score − random",
    least: LOUD,
    x: { ...byLayer(theme, x, across, readers, (room.width - edges.l - edges.r) / across, without), range: [-0.5, across - 0.5] },
    y: { ...byLayer(theme, y, down, writers, cell, 0), range: [down - 0.5, -0.5] },
    margin: { l: edges.l },
    cell,
    chosen: chosen && [chosen[0], chosen[1] - without * readers],
    range: Math.max(robust(sizes), LEAST * scores.baseline),
  });
  map.layout.shapes.push(...seams(theme, across, readers, "x"), ...seams(theme, down, writers, "y"));
  if (writers > 1 && readers > 1 && layers > 3) map.layout.annotations.push(empty);
  return map;
}

/** Why half of a map has no cells; said in that half. */
const empty = {
  text: "Only later layers read\nwhat a layer writes", showarrow: false, align: "left",
  xref: "paper", x: 0, xanchor: "left", xshift: 8, yref: "paper", y: 0, yanchor: "bottom", yshift: 8, font: { size: 12 },
};

/**
 * An axis of heads or layers, with the layers' numbers.
 * @param {Theme} theme
 * @param {string} title
 * @param {number} n
 * @param {number} heads  in a layer
 * @param {number} each  px of one row or column
 * @param {number} first  the first layer's number
 */
function byLayer(theme, title, n, heads, each, first) {
  const layers = thinned(n / heads, each * heads, 18);
  return axis(theme, title, {
    tickmode: "array",
    tickvals: layers.map((layer) => layer * heads + (heads - 1) / 2),
    ticktext: layers.map((layer) => String(first + layer)),
  });
}

/**
 * Hairlines between the layers of a map of heads.
 * @param {Theme} theme
 * @param {number} n
 * @param {number} heads
 * @param {"x" | "y"} side
 */
function seams(theme, n, heads, side) {
  if (heads === 1) return [];
  const other = side === "x" ? "y" : "x";
  return Array.from({ length: n / heads - 1 }, (_, i) => ({
    type: "line",
    [`${side}0`]: (i + 1) * heads - 0.5,
    [`${side}1`]: (i + 1) * heads - 0.5,
    [`${other}0`]: 0,
    [`${other}1`]: 1,
    [`${other}ref`]: "paper",
    line: { color: theme.line, width: 1 },
  }));
}

/**
 * The heaviest and the middle coordinate of every place, as they are and rotated.
 * @param {Theme} theme
 * @param {Room} room
 * @param {SiteBasis[]} items
 * @returns {Figure}
 */
export function basisFigure(theme, room, items) {
  const x = items.map((_, i) => i);
  /** @type {[string, "own" | "rotated", "max" | "median", number, string][]} */
  const curves = [
    ["heaviest coordinate", "own", "max", 0, "solid"],
    ["middle one", "own", "median", 0, "dot"],
    ["heaviest, rotated", "rotated", "max", 1, "solid"],
    ["middle one, rotated", "rotated", "median", 1, "dot"],
  ];
  const { l, r } = margins(room);
  const at = thinned(items.length, (room.width - l - r) / items.length, 46);
  return {
    data: curves.map(([name, which, end, colour, dash]) => {
      const style = seriesStyle(theme, colour);
      return {
        type: "scatter",
        name,
        x,
        y: items.map((item) => item[which][end]),
        mode: "lines+markers",
        line: { ...style.line, width: end === "max" ? 2.25 : 1.5, dash },
        marker: { ...style.marker, size: end === "max" ? 6 : 4 },
        hovertext: items.map(({ label, own, rotated, coordinates }) => {
          const value = (which === "own" ? own : rotated)[end];
          const who = which === "own" && end === "max" && coordinates[0] ? `coordinate ${coordinates[0].index}` : name;
          return `${label}\n${who}: ${value === null ? "none" : number(value)}`;
        }),
        hovertemplate: "%{hovertext}<extra></extra>",
        customdata: x,
      };
    }),
    layout: {
      ...frame(theme, room, 380, { t: isNarrow(room) ? 74 : 34 }),
      ...legendAbove,
      xaxis: axis(theme, "place in the stream", {
        range: [-0.5, items.length - 0.5],
        tickmode: "array",
        tickvals: at,
        ticktext: at.map((i) => short(items[i].site)),
        showgrid: false,
        zeroline: false,
      }),
      yaxis: axis(theme, "kurtosis", { type: "log", zeroline: false, tickmode: "array", tickvals: DECADES, ticktext: DECADES.map(count) }),
      shapes: [gaussian(theme)],
      annotations: [
        { text: "Gaussian: 3", showarrow: false, xref: "paper", x: 1, xanchor: "right", yref: "y", y: Math.log10(3), yanchor: "top", font: { size: 11.5, color: theme.quiet } },
      ],
    },
  };
}

/** @param {Theme} theme */
const gaussian = (theme) => ({
  type: "line", xref: "paper", x0: 0, x1: 1, y0: 3, y1: 3, line: { color: theme.faint, width: 1, dash: "dash" },
});

/**
 * A place of the stream as briefly as an axis has it: 3 pre, 3 mid, 11 post.
 * @param {string} site
 */
export const short = (site) => site.replace(/^blocks\.(\d+)\.hook_resid_(\w+)$/, "$1 $2");

/**
 * Neurons on both sides of every layer.
 * @param {Theme} theme
 * @param {Room} room
 * @param {Bottleneck[]} all
 * @returns {Figure}
 */
export function bottleneckFigure(theme, room, all) {
  const last = all.length - 1;
  const sides = /** @type {const} */ ([["written before", "before", -0.21], ["read from there on", "after", 0.21]]);
  return {
    data: sides.map(([name, side, offset], i) => ({
      type: "bar",
      name,
      x: all.map(({ layer }) => layer + offset),
      y: all.map((each) => each[side]),
      width: 0.4,
      marker:
        i === 0
          ? { color: theme.series[0] }
          : { color: theme.series[0], line: { color: theme.series[0], width: 1 }, pattern: { shape: "/", fgcolor: theme.series[0], bgcolor: theme.paper, size: 5, solidity: 0.45 } },
      hovertext: all.map((each) => `${each.layer === last ? "after the last layer" : `before layer ${each.layer}`}\n${number(each[side])} neurons for each dimension, ${name}`),
      hovertemplate: "%{hovertext}<extra></extra>",
      customdata: all.map((_, at) => at),
    })),
    layout: {
      ...frame(theme, room, 300, { t: 34 }),
      ...legendAbove,
      barmode: "overlay",
      xaxis: axis(theme, "before layer", {
        range: [-0.6, last + 0.6],
        tickmode: "array",
        tickvals: all.map(({ layer }) => layer),
        ticktext: all.map(({ layer }) => (layer === last ? "end" : String(layer))),
        showgrid: false,
        zeroline: false,
      }),
      yaxis: axis(theme, "neurons per dimension", { rangemode: "tozero" }),
    },
  };
}
