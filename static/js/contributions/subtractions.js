// What a layer's preference rests on: each earlier part taken out of what its attention reads.

import { chart } from "../charts/chart.js";
import { fileName } from "../charts/downloads.js";
import { h } from "../viewer/dom.js";
import { quoted, unbroken } from "../viewer/format.js";
import { untargeted } from "./asking.js";
import { choice, either } from "./controls.js";
import { additivitySaid, caseSaid } from "./pairsaying.js";
import { partBars } from "./partfigures.js";
import { partInWords, source, tokenName } from "./places.js";
import { afterSaid } from "./summary.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Case} Case */
/** @typedef {import("./replies.js").CaseReply} CaseReply */
/** @typedef {import("./replies.js").Pair} Pair */

/** @returns {{element: HTMLElement, show: (ask: Ask, pair: Pair, chosen: Case | null) => Promise<void>}} */
export function subtractions() {
  const title = h("h3", {}, "What that rests on");
  const holder = h("div", { class: "chart" });
  const says = h("p", { class: "says" });
  const adds = h("p", { class: "small" });
  const bars = chart(holder);
  /** @type {Ask} */
  let ask;
  /** @type {Case | null} */
  let now = null;
  const controls = caseControls((change) => now && ask.go({ case: { ...now, ...change } }));
  const element = h("div", { class: "sub" }, title, h("div", { class: "controls" }, ...controls.elements), holder, says, adds);

  /** @param {CaseReply} reply @param {Case} chosen */
  function draw(reply, chosen) {
    const { tokens, pair, layer, source_position } = reply;
    const [a, b] = pair.map(({ text }) => quoted(text));
    const parts = reply.parts.map((part) => ({ ...part, value: part.output }));
    const from = source({ layer, source_position }, tokens);
    title.textContent = `What layer ${layer}’s attention rests on at ${from}`;
    says.textContent = unbroken(caseSaid(reply, chosen));
    adds.textContent = additivitySaid(chosen);
    return bars.draw({
      figure: (theme, room) => partBars(theme, room, { parts, title: `change towards ${a}, bs-values`, unit: "bs-values when taken out" }),
      name: fileName("case", ask.model.name, layer, source_position, chosen.recompute, chosen.taken, chosen.ln_std),
      rows: parts.map((part) => ({
        part: partInWords(part), layer: part.layer, module: part.kind,
        change_of_output: part.output, change_of_position_subvalue: part.subvalue,
      })),
      json: reply,
      label: `Bars: how layer ${layer}’s preference of ${a} over ${b} changes when each earlier part is taken out of its attention’s input. ${says.textContent}`,
      title: `${ask.model.label}: change of layer ${layer}’s ${a} less ${b}, each part taken out at ${chosen.taken === "all" ? "every position" : from}${afterSaid(tokens, reply.position)}`,
    });
  }

  return {
    element,
    async show(next, pair, chosen) {
      ask = next;
      now = chosen;
      element.hidden = chosen === null;
      if (chosen === null) return;
      controls.set(next, chosen);
      const tokens = pair.tokens.map(({ id }) => ({ id }));
      // Read at the frozen scale whatever the page has chosen.
      const { ln: _, ...body } = untargeted(next.body);
      const reply = await next.api.caseStudy({ ...body, pair: tokens, ...chosen }, next.signal);
      if (!next.signal.aborted) await draw(reply, chosen);
    },
  };
}

/** @param {(change: Partial<Case>) => void} change */
function caseControls(change) {
  const layer = choice("Layer", [], (chosen) => change({ layer: Number(chosen) }));
  const position = choice("From", [], (chosen) => change({ source_position: Number(chosen) }));
  const recompute = either(
    "Then work out",
    [
      ["everything", "all anew", "Queries, keys and values are worked out from what is left"],
      ["values", "values only", "The attention weights stay as they were"],
    ],
    (chosen) => change({ recompute: chosen }),
  );
  const taken = either(
    "Take it out",
    [
      ["source", "at this token", "Only where this token is read"],
      ["all", "everywhere", "At every position that the layer reads"],
    ],
    (chosen) => change({ taken: chosen }),
  );
  const std = either(
    "Scale",
    [
      ["recomputed", "anew", "The layer norm divides by what is left"],
      ["frozen", "frozen", "The layer norm divides by what it did"],
    ],
    (chosen) => change({ ln_std: chosen }),
  );
  return {
    elements: [layer.element, position.element, taken.element, recompute.element, std.element],
    /** @param {Ask} ask @param {Case} chosen */
    set({ model, tokens, position: last }, chosen) {
      layer.options(Array.from({ length: model.n_layers }, (_, i) => [String(i), String(i)]));
      position.options(tokens.slice(0, last + 1).map((token, i) => [String(i), `${tokenName(token)} at ${i}`]));
      layer.set(String(chosen.layer));
      position.set(String(chosen.source_position));
      taken.set(chosen.taken);
      recompute.set(chosen.recompute);
      std.set(chosen.ln_std);
    },
  };
}
