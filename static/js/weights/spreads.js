// How the cosines of every layer's neurons are spread: one row of bars a layer.

import { above, axis, frame, isNarrow, margins } from "../charts/figures.js";
import { count } from "../viewer/format.js";

/** @typedef {import("../charts/palette.js").Theme} Theme */
/** @typedef {import("../charts/chart.js").Room} Room */
/** @typedef {import("../charts/plotly.js").Figure} Figure */
/** @typedef {import("../charts/downloads.js").Row} Row */
/** @typedef {import("./types.js").LayerCosines} LayerCosines */

/** Px that a layer's row is high. */
const ROW = 34;

/**
 * How high a bar stands in its row, 0 to 0.9: by the logarithm, so that a lone neuron shows beside
 * a thousand.
 * @param {number} neurons
 * @param {number} most
 */
export const height = (neurons, most) => (neurons === 0 ? 0 : (0.9 * Math.log1p(neurons)) / Math.log1p(most));

/**
 * @param {LayerCosines[]} layers
 * @returns {Row[]}
 */
export const spreadRows = (layers) =>
  layers.flatMap(({ layer, edges, counts }) =>
    counts.map((neurons, i) => ({ layer, from: edges[i], to: edges[i + 1], neurons })),
  );

/**
 * @param {Theme} theme
 * @param {Room} room
 * @param {LayerCosines[]} layers
 * @param {number} threshold
 * @param {number | null} chosen  the layer whose neurons are listed
 * @returns {Figure}
 */
export function spreadFigure(theme, room, layers, threshold, chosen) {
  const most = Math.max(...layers.flatMap(({ counts }) => counts));
  const bins = layers[0].counts.length;
  const ends = [layers[0].edges[0], layers[0].edges[bins]];
  return {
    data: layers.map(({ layer, edges, counts }, row) => {
      const middles = counts.map((_, i) => (edges[i] + edges[i + 1]) / 2);
      const colours = middles.map((cosine) => (cosine < -threshold ? theme.minus : cosine > threshold ? theme.plus : theme.quiet));
      return {
        type: "bar",
        x: middles,
        y: counts.map((neurons) => height(neurons, most)),
        base: row - 0.45,
        width: (ends[1] - ends[0]) / bins,
        marker: { color: colours, line: { width: 1, color: theme.paper }, opacity: chosen === null || chosen === layer ? 1 : 0.35 },
        hovertext: counts.map(
          (neurons, i) => `layer ${layer}\ncosine ${edges[i].toFixed(2).replace("-", "−")} to ${edges[i + 1].toFixed(2).replace("-", "−")}\n${count(neurons)} ${neurons === 1 ? "neuron" : "neurons"}`,
        ),
        hovertemplate: "%{hovertext}<extra></extra>",
        customdata: counts.map((_, i) => row * bins + i),
      };
    }),
    layout: {
      ...frame(theme, room, layers.length * ROW + 80, { l: isNarrow(room) ? 40 : margins(room).l, t: 30 }),
      barmode: "overlay",
      bargap: 0,
      xaxis: axis(theme, "cosine of what a neuron reads and what it writes", {
        range: ends,
        tickvals: [-1, -0.5, 0, 0.5, 1],
        ticktext: ["−1", "−0.5", "0", "0.5", "1"],
      }),
      yaxis: axis(theme, "layer", {
        range: [-0.6, layers.length - 0.4],
        tickmode: "array",
        tickvals: layers.map((_, row) => row - 0.3),
        ticktext: layers.map(({ layer }) => String(layer)),
        showgrid: false,
        zeroline: false,
      }),
      shapes: layers.map((_, row) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: row - 0.45, y1: row - 0.45, line: { color: theme.line, width: 1 } })),
      annotations: [above("← erasers", "left"), above("amplifiers →", "right")],
    },
  };
}
