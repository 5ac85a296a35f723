// The styles of curves: each has a colour, a dash and a mark, of which no two share more than one.

/**
 * @typedef {object} Style
 * @property {string} dash  as Plotly calls it
 * @property {string} symbol  as Plotly calls the mark
 * @property {string} strokes  the dash in a key: SVG's `stroke-dasharray`
 * @property {string} path  the mark in a key, around 12, 5
 * @property {boolean} hollow  whether the mark is drawn by its outline
 */

const CIRCLE = "M12 2.2a2.8 2.8 0 1 0 .01 0Z";
const DIAMOND = "M12 1.5 15.5 5 12 8.5 8.5 5Z";
const STAR = "m12 1.2 1 2.6h2.7l-2.2 1.6.9 2.7L12 6.500l-2.400 1.600.900-2.700L8.300 3.800H11Z";

/** The target's, its rival's, then those of further tokens. Their colours are `--series-1` and on.
 * @type {readonly Style[]} */
export const STYLES = [
  { dash: "solid", symbol: "circle", strokes: "", path: CIRCLE, hollow: false },
  { dash: "solid", symbol: "diamond", strokes: "", path: DIAMOND, hollow: false },
  { dash: "dash", symbol: "square", strokes: "5 3", path: "M9.5 2.5h5v5h-5Z", hollow: false },
  { dash: "dot", symbol: "triangle-up", strokes: "2 2.5", path: "M12 1.5 15.2 7.5H8.8Z", hollow: false },
  { dash: "dashdot", symbol: "x", strokes: "6 2 2 2", path: "m9.7 2.7 4.6 4.6m0-4.6L9.7 7.3", hollow: true },
  { dash: "longdash", symbol: "star", strokes: "8 3", path: STAR, hollow: false },
  { dash: "dash", symbol: "circle-open", strokes: "5 3", path: CIRCLE, hollow: true },
  { dash: "dot", symbol: "diamond-open", strokes: "2 2.5", path: DIAMOND, hollow: true },
];
