// What figures are put together from: axes, bars, curves, words. Pure functions: colours come from the
// theme, the number of ticks from the room there is.

import { count } from "../viewer/format.js";
import { STYLES } from "./series.js";

/** @typedef {import("./palette.js").Theme} Theme */
/** @typedef {import("./chart.js").Room} Room */
/** @typedef {import("./plotly.js").Figure} Figure */

/** Below this width a chart is a phone's, px. */
const NARROW = 520;
const FONT_SIZE = 12.5;

/** @param {Room} room */
export const isNarrow = (room) => room.width < NARROW;

/**
 * Px around the plot, the same at every chart of layers, so that they line up.
 * @param {Room} room
 */
export const margins = (room) => ({ l: isNarrow(room) ? 48 : 64, r: 10, t: 10, b: 46 });

/**
 * The layout that all figures share: the page's type and paper, nothing that is not a number.
 * @param {Theme} theme
 * @param {Room} room
 * @param {number} height  px
 * @param {{l?: number, r?: number, t?: number, b?: number}} [margin]
 * @returns {Record<string, any>}
 */
export function frame(theme, room, height, margin = {}) {
  return {
    width: room.width,
    height,
    margin: { ...margins(room), ...margin },
    paper_bgcolor: theme.paper,
    plot_bgcolor: theme.paper,
    font: { family: theme.sans, size: FONT_SIZE, color: theme.quiet },
    hoverlabel: {
      bgcolor: theme.raised,
      bordercolor: theme.faint,
      font: { family: theme.sans, size: 13, color: theme.ink },
      align: "left",
    },
    hovermode: "closest",
    dragmode: false,
    showlegend: false,
  };
}

/**
 * An axis with its title. Fixed: a finger that moves over a chart scrolls the page.
 * @param {Theme} theme
 * @param {string} title  with the unit
 * @param {Record<string, unknown>} [more]
 * @returns {Record<string, any>}
 */
export const axis = (theme, title, more = {}) => ({
  title: { text: title, standoff: 8, font: { size: FONT_SIZE, color: theme.quiet } },
  fixedrange: true,
  gridcolor: theme.line,
  gridwidth: 1,
  zeroline: true,
  zerolinecolor: theme.faint,
  zerolinewidth: 1,
  tickfont: { size: FONT_SIZE - 0.5, color: theme.quiet },
  ticks: "",
  ticklabelstandoff: 4,
  ...more,
});

/**
 * Numbers 0 … n − 1, thinned so that each has its room.
 * @param {number} n
 * @param {number} each  px between neighbours
 * @param {number} needed  px that a label takes
 */
export function thinned(n, each, needed) {
  const step = Math.max(1, Math.ceil(needed / Math.max(each, 0.01)));
  return Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
}

/**
 * The axis of layers. A layer is 1 wide: attention is its left half, the FFN its right one; so
 * curves, bars and maps drawn under each other line up.
 * @param {Theme} theme
 * @param {Room} room
 * @param {number} n  layers
 * @param {number} [beside]  px left and right of the plot
 */
export function layerAxis(theme, room, n, beside = margins(room).l + margins(room).r) {
  const at = thinned(n, (room.width - beside) / n, 20);
  return axis(theme, "layer", {
    range: [-0.5, n - 0.5],
    tickmode: "array",
    tickvals: at,
    ticktext: at.map(String),
    showgrid: false,
    zeroline: false,
  });
}

/**
 * Hairlines between layers.
 * @param {Theme} theme
 * @param {number} n
 */
export const betweenLayers = (theme, n) =>
  Array.from({ length: n + 1 }, (_, i) => ({
    type: "line",
    layer: "below",
    x0: i - 0.5,
    x1: i - 0.5,
    y0: 0,
    y1: 1,
    yref: "paper",
    line: { color: theme.line, width: 1 },
  }));

/**
 * How the curve with a number is drawn: a colour, a dash and a mark of its own.
 * @param {Theme} theme
 * @param {number} i  of `STYLES`
 */
export const seriesStyle = (theme, i) => ({
  mode: "lines+markers",
  line: { color: theme.series[i], width: i === 0 ? 2.5 : 1.75, dash: STYLES[i].dash },
  marker: { color: theme.series[i], symbol: STYLES[i].symbol, size: i === 0 ? 6 : 5.5 },
});

/**
 * Bars over layers, attention filled and FFN hatched, up for + and down for −.
 * @param {Theme} theme
 * @param {number[]} values  one per layer
 * @param {{name: string, offset: number, hatched: boolean, hover: string[], rows: number[]}} how
 */
export function layerBars(theme, values, { name, offset, hatched, hover, rows }) {
  const colours = values.map((value) => (value >= 0 ? theme.plus : theme.minus));
  const pattern = { shape: "/", fgcolor: colours, bgcolor: theme.paper, size: 5, solidity: 0.45 };
  return {
    type: "bar",
    name,
    x: values.map((_, layer) => layer + offset),
    y: values,
    width: 0.42,
    marker: { color: colours, line: { color: colours, width: hatched ? 1 : 0 }, ...(hatched ? { pattern } : {}) },
    hovertext: hover,
    hovertemplate: "%{hovertext}<extra></extra>",
    customdata: rows,
    showlegend: false,
  };
}

/**
 * Where small bars can be touched: invisible ones around zero, which say and do the same.
 * @param {Record<string, any>} bars  of `layerBars`
 * @param {number} size  how far they reach on both sides of zero
 */
export function smallBars(bars, size) {
  const small = bars.y.flatMap((/** @type {number} */ value, /** @type {number} */ i) => (Math.abs(value) < size ? [i] : []));
  const of = (/** @type {string} */ field) => small.map((/** @type {number} */ i) => bars[field][i]);
  return {
    ...bars,
    x: of("x"),
    y: small.map(() => 2 * size),
    base: small.map(() => -size),
    hovertext: of("hovertext"),
    customdata: of("customdata"),
    marker: { color: "#000000", opacity: 0, line: { width: 0 } },
  };
}

/**
 * An entry of the legend that stands for bars of both signs.
 * @param {Theme} theme
 * @param {string} name
 * @param {boolean} hatched
 */
export const barKey = (theme, name, hatched) => ({
  type: "bar",
  name,
  x: [null],
  y: [null],
  marker: {
    color: theme.quiet,
    line: { color: theme.quiet, width: 1 },
    ...(hatched ? { pattern: { shape: "/", fgcolor: theme.quiet, bgcolor: theme.paper, size: 5, solidity: 0.45 } } : {}),
  },
  hoverinfo: "skip",
  showlegend: true,
});

/** A legend in one line above the plot. */
export const legendAbove = {
  showlegend: true,
  legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", itemclick: false, itemdoubleclick: false, traceorder: "normal" },
};

/**
 * Words at a corner above the plot.
 * @param {string} text
 * @param {"left" | "right"} side
 */
export const above = (text, side) => ({
  text, showarrow: false, xref: "paper", yref: "paper", x: side === "left" ? 0 : 1, xanchor: side, y: 1, yanchor: "bottom", align: side,
});

/** Ranks on their axis: 1, 10, 100, 1k. @param {number} most */
export function rankTicks(most) {
  const values = [];
  for (let rank = 1; rank <= Math.max(most, 1); rank *= 10) values.push(rank);
  return { tickmode: "array", tickvals: values, ticktext: values.map((rank) => (rank < 1000 ? String(rank) : `${count(rank / 1000)}k`)) };
}
