// The page's figures, each a panel: what it asks for, what it draws and says.

import { chart } from "../charts/chart.js";
import { fileName, toolbar } from "../charts/downloads.js";
import { either } from "../contributions/controls.js";
import { part } from "../contributions/section.js";
import { h } from "../viewer/dom.js";
import { basisFigure, bottleneckFigure, scoreMap, scoreRows } from "./figures.js";
import { outliers } from "./outliers.js";
import { pairs, scored, strongest } from "./pairs.js";
import { AS, basisSays, bottleneckSays, compositionSays, modulesSays, pairWords } from "./saying.js";
import { READS } from "./state.js";
import { outlierTable, pairTable, replaceTable } from "./tables.js";

/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").Composition} Composition */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./figures.js").Scores} Scores */

/** Pairs in the list. */
const TOP = 20;
const OUTLIERS = 10;

/**
 * An element after the chart, made once.
 * @param {HTMLElement} section
 * @param {string} name
 */
export function after(section, name) {
  const made = h("div", { class: name });
  part(section, "says").after(made);
  return made;
}

/** @param {HTMLElement} section @returns {Panel} */
export function compositionPanel(section) {
  const holder = h("div");
  const list = h("div", { class: "beside" });
  part(section, "chart").append(holder, list);
  const drawing = chart(holder);
  /** @type {Ask["go"]} */
  let go = () => undefined;
  const choose = (/** @type {Pair} */ { writer, reader }) => go({ pair: { writer, reader } });
  const reads = either("read as", READS.map((each) => [each, AS[each]]), (value) => go({ reads: value }));
  part(section, "controls").append(reads.element);

  return {
    async show(ask) {
      go = ask.go;
      reads.set(ask.state.reads);
      /** @type {Composition} */
      const found = await ask.get(`composition?reads=${ask.state.reads}`);
      if (ask.signal.aborted) return;
      const all = pairs(found);
      const chosen = ask.state.pair && scored(found, ask.state.pair);
      const says = part(section, "says");
      says.textContent = compositionSays(found, all) + (chosen ? ` Chosen: ${pairWords(chosen, found)}.` : "");
      replaceTable(list, pairTable(strongest(all, TOP), chosen, choose));
      const at = (/** @type {[number, number]} */ [layer, head]) => layer * found.n_heads + head;
      /** @type {Scores} */
      const scores = { values: found.heads, baseline: found.baseline, writers: found.n_heads, readers: found.n_heads, within: false };
      const rows = scoreRows(scores);
      await drawing.draw({
        figure: (theme, room) =>
          scoreMap(theme, room, scores, {
            x: `head that reads it as its ${AS[found.reads]}, by layer`,
            y: "head that writes, by layer",
            chosen: chosen && [at(chosen.writer), at(chosen.reader)],
          }),
        name: fileName("composition", ask.state.model, found.reads),
        rows,
        json: found,
        label: `Composition scores of every pair of heads, read as ${AS[found.reads]}. ${says.textContent}`,
        title: `${ask.view.model.label}: composition of heads, read as ${AS[found.reads]}`,
        click: (row) => choose(all[rows.indexOf(row)]), // one record for every pair, in the same order
      });
    },
  };
}

/** @param {HTMLElement} section @returns {Panel} */
export function modulesPanel(section) {
  const holders = ["FFN → heads", "heads → FFN", "FFN → FFN"].map((title) => {
    const inside = h("div");
    part(section, "chart").append(h("div", { class: "part" }, h("h3", {}, title), inside));
    return chart(inside);
  });

  return {
    async show(ask) {
      /** @type {Composition} */
      const found = await ask.get(`composition?reads=${ask.state.reads}`);
      if (ask.signal.aborted) return;
      const { baseline, n_heads } = found;
      const as = AS[found.reads];
      part(section, "says").textContent = modulesSays(found);
      /** @type {[string, Scores, {x: string, y: string, cell?: number}][]} */
      const maps = [
        ["ffn-to-heads", { values: found.ffn_to_heads, baseline, writers: 1, readers: n_heads, within: false }, { x: `head that reads it as its ${as}, by layer`, y: "FFN that writes" }],
        ["heads-to-ffn", { values: found.heads_to_ffn, baseline, writers: n_heads, readers: 1, within: true }, { x: "FFN that reads", y: "head that writes, by layer" }],
        ["ffn-to-ffn", { values: found.ffn, baseline, writers: 1, readers: 1, within: false }, { x: "FFN that reads", y: "FFN that writes", cell: 40 }],
      ];
      await Promise.all(
        maps.map(([name, scores, axes], i) =>
          holders[i].draw({
            figure: (theme, room) => scoreMap(theme, room, scores, { ...axes, tall: 360 }),
            name: fileName("composition", ask.state.model, name, found.reads),
            rows: scoreRows(scores),
            json: found,
            label: `Composition scores, ${name.replaceAll("-", " ")}`,
            title: `${ask.view.model.label}: composition, ${name.replaceAll("-", " ")}`,
          }),
        ),
      );
    },
  };
}

/** @param {HTMLElement} section @returns {Panel} */
export function basisPanel(section) {
  const drawing = chart(part(section, "chart"));
  const list = after(section, "under");

  return {
    async show(ask) {
      /** @type {Basis} */
      const found = await ask.get("basis");
      if (ask.signal.aborted) return;
      part(section, "says").textContent = basisSays(found);
      const heaviest = outliers(found.items).slice(0, OUTLIERS);
      list.replaceChildren(
        h("h3", {}, "Coordinates that stand out"),
        outlierTable(heaviest, found.items.length),
        toolbar({ name: fileName("coordinates", ask.state.model), rows: heaviest.map((each) => ({ ...each })), json: found }),
      );
      await drawing.draw({
        figure: (theme, room) => basisFigure(theme, room, found.items),
        name: fileName("basis", ask.state.model),
        rows: found.items.map(({ site, own, rotated, coordinates }) => ({
          site, own_max: own.max, own_median: own.median, rotated_max: rotated.max, rotated_median: rotated.median,
          heaviest: coordinates[0]?.index ?? null,
        })),
        json: found,
        label: `Kurtosis of the stream's coordinates at every place. ${basisSays(found)}`,
        title: `${ask.view.model.label}: kurtosis of the stream’s coordinates`,
      });
    },
  };
}

/** @param {HTMLElement} section @returns {Panel} */
export function bottleneckPanel(section) {
  const drawing = chart(part(section, "chart"));

  return {
    async show({ state, view }) {
      const all = view.bottlenecks;
      part(section, "says").textContent = bottleneckSays(all, view.model);
      await drawing.draw({
        figure: (theme, room) => bottleneckFigure(theme, room, all),
        name: fileName("bottleneck", state.model),
        rows: all.map((each) => ({ ...each })),
        json: all,
        label: `FFN neurons for each dimension of the stream, before every layer and from it on. ${bottleneckSays(all, view.model)}`,
        title: `${view.model.label}: FFN neurons for each dimension of the stream`,
      });
    },
  };
}
