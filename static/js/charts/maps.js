// Maps of signed numbers, coloured as the tokens are: zero is the paper.

import { colourOf, readable } from "./contrast.js";
import { above, frame, margins } from "./figures.js";
import { signed } from "./numbers.js";

/** @typedef {import("./palette.js").Theme} Theme */
/** @typedef {import("./chart.js").Room} Room */
/** @typedef {import("./plotly.js").Figure} Figure */

/**
 * The largest size in a map, over which its colours reach their end; 1 where all are zero.
 * @param {(number | null)[][]} values
 */
export const reach = (values) =>
  values.reduce((most, row) => row.reduce((/** @type {number} */ far, value) => Math.max(far, Math.abs(value ?? 0)), most), 0) || 1;

/** Below this share of the range a colour can hardly be told from the paper. */
const PALE = 0.02;

/**
 * What a cell has room for: its number, or its sign; nothing where its colour cannot be seen.
 * @param {number | null} value
 * @param {number} most  the range's end
 * @param {number} width  px
 * @param {number} height  px
 * @param {number} [least]  the share of the range from which a sign alone is shown
 */
export function mark(value, most, width, height, least = PALE) {
  if (value === null || value === 0 || Math.abs(value) < most * PALE) return "";
  const sign = value > 0 ? "+" : "−";
  if (width >= 38 && height >= 17) {
    const size = Math.abs(value);
    const digits = size >= 10 ? 0 : size >= 1 ? 1 : most >= 0.1 || width < 44 ? 2 : 3;
    const words = size.toFixed(digits);
    return Number(words) === 0 ? sign : sign + words;
  }
  return width >= 11 && height >= 12 && Math.abs(value) >= most * least ? sign : "";
}

/**
 * A map of signed numbers: rows from the top, zero in the paper's colour, one range on both sides.
 * @param {Theme} theme
 * @param {Room} room
 * @param {object} map
 * @param {(number | null)[][]} map.values  per row, per column
 * @param {string[][]} map.hover
 * @param {number[][]} map.rows  the rows' indices, told when a cell is clicked
 * @param {string} map.unit  over the colours
 * @param {Record<string, any>} map.x  axis
 * @param {Record<string, any>} map.y  axis
 * @param {{l?: number, r?: number, t?: number, b?: number}} [map.margin]
 * @param {number} [map.cell]  a row's height, px
 * @param {[number, number] | null} [map.chosen]  the row and column that are framed
 * @param {number} [map.range]  where the colours end, if not at the largest number
 * @param {number} [map.least]  the share of the range from which a cell without room for its number is marked
 * @returns {Figure}
 */
export function signedMap(theme, room, { values, hover, rows, unit, x, y, margin = {}, cell = 24, chosen = null, range, least }) {
  const most = range ?? reach(values);
  const edges = { ...margins(room), t: 34, ...margin };
  const [down, across] = [values.length, values[0]?.length ?? 0];
  const width = (room.width - edges.l - edges.r) / Math.max(across, 1);
  const gap = width > 6 && cell > 6 ? 1 : 0.5;
  const marks = values.flatMap((row, i) =>
    row.flatMap((value, j) => {
      const words = mark(value, most, width, cell, least);
      return words ? [{ x: j, y: i, words, colour: readable(colourOf(theme, (value ?? 0) / most), theme.ink) }] : [];
    }),
  );
  const beyond = values.flat().filter((value) => Math.abs(value ?? 0) > most);
  const key = scaleKey(theme, most, beyond, room.width - edges.l - edges.r, down * cell);
  return {
    data: [
      {
        type: "heatmap",
        z: values,
        zmin: -most,
        zmax: most,
        colorscale: theme.scale,
        // A gap makes Plotly draw cells one by one: stretched pixels would need inline styles.
        xgap: gap,
        ygap: gap,
        hovertext: hover,
        hovertemplate: "%{hovertext}<extra></extra>",
        customdata: rows,
        hoverongaps: false,
        // Plotly's own colour bar needs inline styles; `scaleKey` is drawn instead.
        showscale: false,
      },
      {
        type: "scatter",
        mode: "text",
        x: marks.map(({ x }) => x),
        y: marks.map(({ y }) => y),
        text: marks.map(({ words }) => words),
        textfont: { size: 11.5, color: marks.map(({ colour }) => colour) },
        hoverinfo: "skip",
      },
    ],
    layout: {
      ...frame(theme, room, edges.t + edges.b + down * cell, edges),
      xaxis: { ...x, showgrid: false, zeroline: false },
      yaxis: { range: [down - 0.5, -0.5], ...y, showgrid: false, zeroline: false },
      annotations: [above(unit, "left"), ...key.annotations],
      shapes: [...key.shapes, ...(chosen ? [frameOf(theme, chosen)] : [])],
    },
  };
}

/**
 * The signed scale and its two ends, above the right end of a map.
 * @param {Theme} theme
 * @param {number} most  the number at the scale's ends
 * @param {(number | null)[]} beyond  numbers that have an end's colour and are further out
 * @param {number} width  of the plot, px
 * @param {number} height  of the plot, px
 */
function scaleKey(theme, most, beyond, width, height) {
  const [long, tall, gap] = [Math.min(132, width * 0.36), 8, 6];
  const [under, over] = [beyond.some((value) => (value ?? 0) < 0), beyond.some((value) => (value ?? 0) > 0)];
  const start = 1 - (long + (over ? 56 : 44)) / width;
  const step = long / width / theme.scale.length;
  // Each reaches to the end, under the next: side by side they would show seams.
  const shapes = theme.scale.map(([, colour], i) => ({
    type: "rect", xref: "paper", yref: "paper", line: { width: 0 }, fillcolor: colour,
    x0: start + i * step, x1: start + long / width, y0: 1 + gap / height, y1: 1 + (gap + tall) / height,
  }));
  const words = { showarrow: false, xref: "paper", yref: "paper", y: 1 + (gap + tall / 2) / height, yanchor: "middle", font: { size: 11.5 } };
  const annotations = [
    { ...words, text: `${under ? "≤ " : ""}${signed(-most)}`, x: start, xanchor: "right", xshift: -2 },
    { ...words, text: `${over ? "≥ " : ""}${signed(most)}`, x: start + long / width, xanchor: "left", xshift: 2 },
  ];
  return { shapes, annotations };
}

/**
 * A frame around one cell.
 * @param {Theme} theme
 * @param {[number, number]} place  row and column
 */
const frameOf = (theme, [row, column]) => ({
  type: "rect",
  x0: column - 0.5,
  x1: column + 0.5,
  y0: row - 0.5,
  y1: row + 0.5,
  line: { color: theme.ink, width: 2 },
});
