// A chart in its place: drawn by Plotly in the page's colours, again when those or the width
// change; under it its downloads and its numbers as a table.

import { h } from "../viewer/dom.js";
import { png, toolbar } from "./downloads.js";
import { asMarkup } from "./markup.js";
import { onThemeChange, theme } from "./palette.js";
import { plotly } from "./plotly.js";
import { asTable } from "./rows.js";

/** @typedef {import("./downloads.js").Row} Row */
/** @typedef {import("./palette.js").Theme} Theme */
/** @typedef {import("./plotly.js").Figure} Figure */

/** The room a figure has. For a file it says everything itself, as nothing stands around it.
 * @typedef {{width: number, file: boolean}} Room */

/**
 * @typedef {object} Drawing
 * @property {(theme: Theme, room: Room) => Figure} figure  pure, its words plain text; a point's `customdata` is its row's index
 * @property {string} name  of the files
 * @property {Row[]} rows
 * @property {unknown} json  what the API said
 * @property {string} label  what the picture shows, in a sentence
 * @property {string} [title]  stands over the picture in its file
 * @property {(row: Row) => void} [click]  a point was chosen, in the picture or in the table
 */

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };
/** The width of a file where the chart is narrower, px. */
const FILE_WIDTH = 720;

/**
 * @param {HTMLElement} holder  an element with nothing in it
 * @returns {{draw: (drawing: Drawing) => Promise<void>, clear: () => void}}
 */
export function chart(holder) {
  /** @type {Drawing | null} */
  let drawn = null;
  const plot = h("div", { class: "plot", role: "img" });
  const foot = h("div", { class: "chart-foot" });

  async function paint() {
    if (!drawn) return;
    const Plotly = await plotly();
    const width = Math.floor(holder.clientWidth);
    if (!drawn || !holder.isConnected || width === 0) return;
    const { data, layout } = asMarkup(drawn.figure(theme(), { width, file: false }));
    await Plotly.react(plot, data, { ...layout, width, autosize: false }, CONFIG);
    holder.classList.add("drawn");
    if (listening) return;
    listening = true; // Plotly gives the element its events with the first drawing
    /** @type {any} */ (plot).on("plotly_click", chosen);
  }

  /** @param {any} event */
  function chosen(event) {
    const index = event.points?.[0]?.customdata;
    if (drawn?.click && typeof index === "number") drawn.click(drawn.rows[index]);
  }

  let listening = false;
  let width = 0;
  const again = () => void paint().catch(() => undefined);
  onThemeChange(again);
  new ResizeObserver(() => {
    const now = Math.floor(holder.clientWidth);
    if (now !== width && drawn) requestAnimationFrame(again);
    width = now;
  }).observe(holder);

  return {
    async draw(drawing) {
      drawn = drawing;
      plot.setAttribute("aria-label", drawing.label);
      plot.classList.toggle("clickable", drawing.click !== undefined);
      const open = foot.querySelector("details")?.open ?? false;
      const held = foot.contains(document.activeElement);
      foot.replaceChildren(
        toolbar({ ...drawing, png: () => picture(drawing, holder.clientWidth) }),
        asTable(drawing, open),
      );
      if (held) foot.querySelector("summary")?.focus();
      if (!plot.isConnected) holder.replaceChildren(plot, foot);
      await paint();
    },
    clear() {
      drawn = null;
      holder.replaceChildren();
      holder.classList.remove("drawn");
    },
  };
}

/**
 * @param {Drawing} drawing
 * @param {number} shown  the width on screen, px
 */
async function picture(drawing, shown) {
  const width = Math.max(shown, FILE_WIDTH);
  const colours = theme();
  const { data, layout } = drawing.figure(colours, { width, file: true });
  const height = layout.height + (drawing.title ? 36 : 0);
  const title = drawing.title ? titled(drawing.title, layout, colours) : {};
  const Plotly = await plotly();
  const svg = await Plotly.toImage(
    asMarkup({ data, layout: { ...layout, ...title, width, height, autosize: false } }),
    { format: "svg", imageDataOnly: true, width, height },
  );
  return png(svg, width, height);
}

/**
 * @param {string} text
 * @param {Record<string, any>} layout
 * @param {Theme} colours
 */
function titled(text, layout, colours) {
  return {
    title: { text, x: 0, xref: "paper", y: 1, yref: "container", yanchor: "top", pad: { t: 14 }, font: { size: 14, color: colours.ink } },
    margin: { ...layout.margin, t: (layout.margin?.t ?? 0) + 36 },
  };
}
