// What pushes one FFN layer's helpful and unhelpful neurons, part by part; worked out when opened.

import { chart } from "../charts/chart.js";
import { fileName } from "../charts/downloads.js";
import { h } from "../viewer/dom.js";
import { message, quoted, unbroken } from "../viewer/format.js";
import { choice } from "./controls.js";
import { partCurves } from "./partfigures.js";
import { partInWords } from "./places.js";
import { crossLayerSaid } from "./saying.js";
import { afterSaid } from "./summary.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./replies.js").CrossLayerReply} CrossLayerReply */

/**
 * @returns {{element: HTMLElement, show: (ask: Ask, layer: number | null) => void}} `layer` is the
 *   one that is shown first
 */
export function crossLayer() {
  const holder = h("div", { class: "chart" });
  const says = h("p", { class: "says" });
  const error = h("p", { class: "error", role: "alert" });
  const summary = h("summary", {}, "A whole layer: what pushes its helpful and its unhelpful neurons");
  const drawing = chart(holder);
  /** @type {Ask | null} */
  let ask = null;
  /** @type {number | null} */
  let layer = null;
  /** Where the reader was last brought: their own choice holds until that changes. @type {number | null} */
  let given = null;
  /** Ends what is being worked out. @type {AbortController} */
  let work = new AbortController();
  const which = choice("FFN layer", [], (chosen) => {
    layer = Number(chosen);
    void show();
  });
  const element = h(
    "details",
    { class: "cross-layer sub" },
    summary,
    h("div", { class: "controls" }, which.element),
    holder,
    says,
    error,
    h("p", { class: "small" }, "Σ r · K: each earlier part r of the stream times the key K of a neuron, the vector that its activation reads; summed over the layer’s helpful neurons, and over its unhelpful ones."),
  );
  element.addEventListener("toggle", () => void show());

  async function show() {
    if (!element.open || !ask || layer === null) return;
    const now = ask;
    const { api, body, state } = now;
    work.abort();
    const mine = new AbortController();
    work = mine;
    const signal = AbortSignal.any([now.signal, mine.signal]);
    error.textContent = "";
    element.setAttribute("aria-busy", "true");
    if (!holder.hasChildNodes()) says.textContent = "Scoring every neuron of the layer…";
    try {
      const reply = await api.crossLayer({ ...body, layer, keys: state.keys }, signal);
      if (!signal.aborted) await draw(now, reply);
    } catch (fault) {
      if (signal.aborted) return;
      says.textContent = "";
      error.textContent = message(fault);
    } finally {
      if (work === mine) element.removeAttribute("aria-busy");
    }
  }

  /** @param {Ask} now @param {CrossLayerReply} reply */
  async function draw({ model }, reply) {
    const { parts } = reply;
    says.textContent = unbroken(crossLayerSaid(reply));
    const curves = [
      { name: `${reply.n_helpful} helpful`, values: parts.map(({ helpful }) => helpful) },
      { name: `${reply.n_unhelpful} unhelpful`, values: parts.map(({ unhelpful }) => unhelpful) },
    ];
    await drawing.draw({
      figure: (theme, room) => partCurves(theme, room, { parts, curves, title: "Σ r · K" }),
      name: fileName("cross-layer", model.name, reply.layer, reply.target.text),
      rows: parts.map((part) => ({ part: partInWords(part), layer: part.layer, module: part.kind, helpful: part.helpful, unhelpful: part.unhelpful })),
      json: reply,
      label: `Two curves over the earlier parts of the stream. ${says.textContent}`,
      title: `${model.label}: what pushes layer ${reply.layer}’s FFN neurons for ${quoted(reply.target.text)}${afterSaid(reply.tokens, reply.position)}`,
    });
  }

  return {
    element,
    show(next, first) {
      ask = next;
      element.hidden = first === null;
      which.options(Array.from({ length: next.model.n_layers }, (_, i) => [String(i), String(i)]));
      if (first !== null && first !== given) layer = first;
      given = first;
      which.set(String(layer));
      void show();
    },
  };
}
