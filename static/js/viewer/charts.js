// Small charts, drawn as SVG: the scree, the histogram of scores, the variance bars.

import { percent, signed } from "./format.js";
import { svg } from "./dom.js";

/** @typedef {import("./types.js").Histogram} Histogram */

/**
 * Explained variance by component as a sparkline, the chosen ones marked.
 * @param {number[]} ratios
 * @param {Set<number>} chosen
 */
export function scree(ratios, chosen) {
  const [width, height] = [112, 28];
  const step = width / Math.max(ratios.length, 1);
  const most = Math.max(...ratios, 1e-9);
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height },
    ...ratios.map((ratio, k) => {
      const tall = Math.max(1, Math.sqrt(ratio / most) * height);
      const attributes = { x: k * step, y: height - tall, width: Math.max(step - 1, 1), height: tall };
      return svg("rect", { ...attributes, class: chosen.has(k) ? "bar-mark chosen" : "bar-mark soft" });
    }),
  );
}

/**
 * Explained variance of every component, in percent; a click on a bar chooses it.
 * @param {number[]} ratios
 * @param {Set<number>} chosen
 * @param {(component: number) => void} choose
 */
export function varianceBars(ratios, chosen, choose) {
  const [width, height, left, foot] = [288, 104, 30, 16];
  const plot = { width: width - left, height: height - foot - 6 };
  const top = niceCeiling(Math.max(...ratios, 1e-6));
  const step = plot.width / ratios.length;
  const y = (/** @type {number} */ ratio) => 6 + plot.height * (1 - ratio / top);
  const marks = [0, top / 2, top].flatMap((tick) => [
    svg("line", { class: "axis", x1: left, x2: width, y1: y(tick), y2: y(tick) }),
    svg("text", { x: left - 5, y: y(tick) + 3.5, "text-anchor": "end" }, tickLabel(100 * tick)),
  ]);
  const gap = step > 6 ? 1.5 : 0.75;
  const bars = ratios.flatMap((ratio, k) => {
    const x = left + k * step;
    const bar = svg("rect", {
      class: chosen.has(k) ? "bar-mark chosen" : "bar-mark",
      x: x + gap / 3,
      y: Math.min(y(ratio), y(0) - 1),
      width: Math.max(step - gap, 1),
      height: Math.max(y(0) - y(ratio), 1),
    });
    const hit = svg("rect", { class: "hit", x, y: 0, width: step, height: y(0) });
    hit.append(svg("title", {}, `component ${k}: ${percent(ratio)}`));
    hit.addEventListener("click", () => choose(k));
    return [bar, hit];
  });
  const ticks = ratios
    .map((_, k) => k)
    .filter((k) => k % (ratios.length > 32 ? 16 : 8) === 0)
    .map((k) => svg("text", { x: left + (k + 0.5) * step, y: height - 3, "text-anchor": "middle" }, String(k)));
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Explained variance by component, in percent" },
    ...marks,
    ...bars,
    ...ticks,
  );
}

/**
 * Corpus scores, blue above zero and red below, with a mark at one value.
 * @param {Histogram} histogram
 * @param {{width?: number, height?: number, mark?: number | null, plain?: boolean}} [options]
 */
export function histogramChart(histogram, options = {}) {
  const { width = 288, height = 92, mark = null, plain = false } = options;
  const foot = plain ? 0 : 16;
  const { edges, counts } = histogram;
  const [low, high] = [edges[0], edges[edges.length - 1]];
  const most = Math.max(...counts, 1);
  const base = height - foot;
  const x = (/** @type {number} */ value) => ((value - low) / (high - low || 1)) * width;
  const bars = counts.map((count, bin) => {
    const tall = count === 0 ? 0 : Math.max(1, Math.sqrt(count / most) * (base - 4));
    const side = (edges[bin] + edges[bin + 1]) / 2 >= 0 ? "plus" : "minus";
    return svg("rect", {
      class: `bar-mark ${side}`,
      x: x(edges[bin]) + 0.25,
      y: base - tall,
      width: Math.max(x(edges[bin + 1]) - x(edges[bin]) - 0.5, 0.5),
      height: tall,
    });
  });
  const axis = svg("line", { class: "axis", x1: 0, x2: width, y1: base, y2: base });
  const now = svg("line", { class: "now", y1: 0, y2: base, x1: -9, x2: -9 });
  placeMark(now, histogram, mark, width);
  const labels = plain ? [] : axisLabels(low, high, x, height);
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Histogram of corpus scores" },
    ...bars,
    axis,
    ...labels,
    now,
  );
}

/**
 * Move a histogram's mark to a value, or away.
 * @param {Element} line
 * @param {Histogram} histogram
 * @param {number | null} value
 * @param {number} [width]
 */
export function placeMark(line, { edges }, value, width = 288) {
  const [low, high] = [edges[0], edges[edges.length - 1]];
  const share = value === null ? NaN : (value - low) / (high - low || 1);
  const x = Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) * width : -9;
  line.setAttribute("x1", String(x));
  line.setAttribute("x2", String(x));
  line.setAttribute("visibility", x < 0 ? "hidden" : "visible");
}

/**
 * @param {number} low
 * @param {number} high
 * @param {(value: number) => number} x
 * @param {number} height
 */
function axisLabels(low, high, x, height) {
  const label = (/** @type {number} */ value, /** @type {string} */ anchor) =>
    svg("text", { x: x(value), y: height - 2, "text-anchor": anchor }, value === 0 ? "0" : signed(value));
  const ends = [label(low, "start"), label(high, "end")];
  const zero = x(0);
  const far = x(high);
  return zero > 0.2 * far && zero < 0.8 * far ? [...ends, label(0, "middle")] : ends;
}

/**
 * The next round number.
 * @param {number} value
 */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const first = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 0.999) ?? 10;
  return first * power;
}

/** @param {number} value */
const tickLabel = (value) => String(Number(value.toPrecision(2)));
