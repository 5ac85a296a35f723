// What every layer’s attention and FFN did to the target’s log-probability.

import { chart } from "../charts/chart.js";
import { fileName } from "../charts/downloads.js";
import { say } from "../people/undo.js";
import { h } from "../viewer/dom.js";
import { message, quoted, unbroken } from "../viewer/format.js";
import { layersFigure } from "./layerfigures.js";
import { bringIntoView } from "./onward.js";
import { afterSaid } from "./summary.js";
import { layersSaid } from "./words.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {{layer: number, attn: number, ffn: number}} Layer */
/** @typedef {{start_logprob: number, end_logprob: number, layers: Layer[], biases: Layer[], target: {id: number, text: string, logprob: number}}} Reply */

/** @param {HTMLElement} section @returns {Panel} */
export function layersPanel(section) {
  const bars = chart(/** @type {HTMLElement} */ (section.querySelector(".chart")));
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  /** @type {{ask: Ask, reply: Reply} | null} */
  let on = null;
  const biases = h("input", { type: "checkbox", change: () => draw().catch((error) => say(message(error))) });
  section.querySelector(".controls")?.append(
    h("label", { class: "check", title: "What b_O and b_out do by themselves: parts of the bars, not beside them" }, biases, " biases"),
  );

  async function draw() {
    if (!on) return;
    const { ask, reply } = on;
    const word = quoted(reply.target.text);
    says.textContent = unbroken(layersSaid(reply));
    await bars.draw({
      figure: (theme, room) =>
        layersFigure(theme, room, {
          layers: reply.layers,
          biases: biases.checked ? reply.biases : null,
          start: reply.start_logprob,
          end: reply.end_logprob,
        }),
      name: fileName("layers", ask.model.name, reply.target.text),
      rows: rowsOf(reply),
      json: reply,
      label: `Bars: what each layer’s attention and FFN added to the log-probability of ${word}, in nats. ${says.textContent}`,
      title: `${ask.model.label}: what each layer added to log p of ${word}${afterSaid(ask.tokens, ask.position)}`,
      click: ({ layer, module }) => {
        ask.go({ level: module === "FFN" ? "ffn" : "attn_head", layers: [Number(layer)] });
        bringIntoView("subvalues");
      },
    });
  }

  return {
    async show(ask) {
      const reply = await ask.api.layers(ask.body, ask.signal);
      if (ask.signal.aborted) return;
      on = { ask, reply };
      await draw();
    },
  };
}

/**
 * Two lines a layer, in the order of the figure’s rows.
 * @param {Reply} reply
 */
const rowsOf = ({ layers, biases }) =>
  layers.flatMap(({ layer, attn, ffn }, i) => [
    { layer, module: "attention", contribution: attn, bias_alone: biases[i].attn },
    { layer, module: "FFN", contribution: ffn, bias_alone: biases[i].ffn },
  ]);
