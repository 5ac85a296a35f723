// The panel of erasers and amplifiers: how every layer's cosines are spread, and the strongest.

import { chart } from "../charts/chart.js";
import { fileName, toolbar } from "../charts/downloads.js";
import { choice, either } from "../contributions/controls.js";
import { visible } from "../contributions/offers.js";
import { part } from "../contributions/section.js";
import { h } from "../viewer/dom.js";
import { after } from "./panels.js";
import { erasersSays } from "./saying.js";
import { spreadFigure, spreadRows } from "./spreads.js";
import { ORDERS } from "./state.js";
import { neuronTable } from "./tables.js";

/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Erasers} Erasers */
/** @typedef {import("./types.js").Neuron} Neuron */
/** @typedef {import("./types.js").SaidToken} SaidToken */

/** Neurons in the list. */
const TOP = 20;
/** @type {[string, string]} */
const ALL = ["", "any"];

/** @param {HTMLElement} section @returns {Panel} */
export function erasersPanel(section) {
  const drawing = chart(part(section, "chart"));
  const list = after(section, "under");
  /** @type {Ask["go"]} */
  let go = () => undefined;
  const order = either("list", ORDERS.map((each) => [each, each]), (value) => go({ order: value }));
  const layers = choice("of layer", [ALL], (value) => go({ layer: value === "" ? null : Number(value) }));
  part(section, "controls").append(order.element, layers.element);

  return {
    async show(ask) {
      go = ask.go;
      const { state, view } = ask;
      order.set(state.order);
      layers.options([ALL, ...Array.from({ length: view.model.n_layers }, (_, i) => /** @type {[string, string]} */ ([String(i), String(i)]))]);
      layers.set(state.layer === null ? "" : String(state.layer));
      const some = state.layer === null ? "" : `&layers=${state.layer}`;
      /** @type {Erasers} */
      const found = await ask.get(`erasers?top=${TOP}&order=${state.order}${some}`);
      if (ask.signal.aborted) return;
      part(section, "says").textContent = erasersSays(found, view.model);
      const where = state.layer === null ? "" : ` of layer ${state.layer}`;
      const which = state.order === "erasers" ? "lowest" : "highest";
      list.replaceChildren(
        h("h3", {}, `The ${found.items.length} neurons${where} with the ${which} cosine`),
        h("p", { class: "about" }, "Tokens along a neuron’s weights, by the direct path to the vocabulary; a neuron opens in the viewer, as a direction."),
        neuronTable(found.items, state.model),
        toolbar({ name: fileName(state.order, state.model, state.layer), rows: found.items.map(record), json: found }),
      );
      await drawing.draw({
        figure: (theme, room) => spreadFigure(theme, room, found.layers, found.threshold, state.layer),
        name: fileName("cosines", state.model),
        rows: spreadRows(found.layers),
        json: found,
        label: `How the cosines of each layer's neurons are spread. ${erasersSays(found, view.model)}`,
        title: `${view.model.label}: cosine of what each FFN neuron reads and writes`,
        click: ({ layer }) => go({ layer: layer === state.layer ? null : Number(layer) }),
      });
    },
  };
}

/** @param {Neuron} neuron */
export const record = ({ layer, index, cosine, reads, top_tokens, bottom_tokens }) => ({
  layer, index, cosine, reads: texts(reads.top_tokens), raises: texts(top_tokens), lowers: texts(bottom_tokens),
});

/** @param {SaidToken[]} tokens */
const texts = (tokens) => tokens.map(({ text }) => visible(text)).join(" ");
