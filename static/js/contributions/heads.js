// What every head did, what the chosen layer’s heads read where, and the text as one head read it.

import { chart } from "../charts/chart.js";
import { fileName } from "../charts/downloads.js";
import { h } from "../viewer/dom.js";
import { quoted, unbroken } from "../viewer/format.js";
import { colouredText } from "./coloured.js";
import { choice } from "./controls.js";
import { headsFigure, sourcesFigure } from "./layerfigures.js";
import { afterSaid } from "./summary.js";
import { headSaid, strongestHead } from "./words.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Head} Head */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {{values: number[][], layers: number[], heads: number[]}} HeadsReply */
/** @typedef {{values: number[][][], layers: number[], heads: number[]}} SourcesReply */

/** @param {HTMLElement} section @returns {Panel} */
export function headsPanel(section) {
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  const heads = chart(/** @type {HTMLElement} */ (section.querySelector(".chart")));
  const sourcesTitle = h("h3", {});
  const sourcesHolder = h("div", { class: "chart" });
  const sources = chart(sourcesHolder);
  const textTitle = h("h3", {});
  const text = h("div", { class: "marks" });
  says.after(h("div", { class: "sub" }, sourcesTitle, sourcesHolder), h("div", { class: "sub" }, textTitle, text));
  /** @type {Ask} */
  let ask;
  const pick = choice("Head", [], (written) => {
    const [layer, head] = written.split(".").map(Number);
    ask.go({ head: { layer, head } });
  });
  section.querySelector(".controls")?.append(pick.element);

  return {
    async show(next) {
      ask = next;
      const { state, body, api, signal, model, tokens, target, position } = next;
      /** @type {HeadsReply} */
      const all = await api.matrix({ ...body, level: "attn_head" }, signal);
      if (signal.aborted) return;
      const strongest = strongestHead(all.values, all.layers);
      const { layer, head } = state.head ?? strongest;
      const chosen = { layer, head, value: all.values[layer][head] };
      pick.options(options(all));
      pick.set(`${layer}.${head}`);
      // The sentence is whole once it is known what the head read; until then the old one stands.
      const some = model.n_heads * (position + 1) > model.max_matrix ? { heads: [head] } : {};
      /** @type {[SourcesReply, void]} */
      const [read] = await Promise.all([
        api.matrix({ ...body, level: "attn_head_position", layers: [layer], ...some }, signal),
        drawHeads(heads, next, all, chosen),
      ]);
      if (signal.aborted) return;
      const [values] = read.values;
      const row = values[read.heads.indexOf(head)];
      says.textContent = unbroken(headSaid({ chosen, strongest, sources: row, tokens, target: target.text }));
      sourcesTitle.textContent = read.heads.length > 1 ? `What layer ${layer}’s heads read, and where` : `What head ${head} of layer ${layer} read, and where`;
      textTitle.textContent = `The text as head ${head} of layer ${layer} read it`;
      text.replaceChildren(
        colouredText(tokens, row, {
          unit: "nats",
          label: `Each token by what head ${head} of layer ${layer} read there for ${quoted(target.text)}`,
        }),
      );
      await drawSources(sources, next, read, chosen);
    },
  };
}

/** @param {HeadsReply} reply @returns {[string, string][]} */
const options = ({ values, layers }) =>
  values.flatMap((row, i) =>
    row.map((_, head) => /** @type {[string, string]} */ ([`${layers[i]}.${head}`, `layer ${layers[i]} · head ${head}`])),
  );

/**
 * @param {ReturnType<typeof chart>} heads
 * @param {Ask} ask
 * @param {HeadsReply} reply
 * @param {Head} chosen
 */
function drawHeads(heads, { model, tokens, position, target, go }, reply, chosen) {
  const word = quoted(target.text);
  return heads.draw({
    figure: (theme, room) => headsFigure(theme, room, { values: reply.values, chosen }),
    name: fileName("heads", model.name, target.text),
    rows: reply.values.flatMap((row, i) => row.map((contribution, head) => ({ head: `L${reply.layers[i]}.${head}`, layer: reply.layers[i], index: head, contribution }))),
    json: reply,
    label: `A map of heads: what each added to the log-probability of ${word}, layers from left to right.`,
    title: `${model.label}: what each head added to log p of ${word}${afterSaid(tokens, position)}`,
    click: ({ layer, index }) => go({ head: { layer: Number(layer), head: Number(index) } }),
  });
}

/**
 * @param {ReturnType<typeof chart>} sources
 * @param {Ask} ask
 * @param {SourcesReply} reply
 * @param {Head} chosen
 */
function drawSources(sources, { model, tokens, position, target, go }, reply, chosen) {
  const [values] = reply.values;
  const word = quoted(target.text);
  const { layer } = chosen;
  return sources.draw({
    figure: (theme, room) => sourcesFigure(theme, room, { layer, heads: reply.heads, values, tokens, chosen: chosen.head }),
    name: fileName("heads-by-source", model.name, `layer ${layer}`, target.text),
    rows: values.flatMap((row, i) =>
      row.map((contribution, at) => ({
        head: `L${layer}.${reply.heads[i]}`, layer, index: reply.heads[i], source_position: at, source_token: tokens[at].text, contribution,
      })),
    ),
    json: reply,
    label: `A map of layer ${layer}: what each head read at each token, for ${word}.`,
    title: `${model.label}, layer ${layer}: what each head read at each token, for ${word}${afterSaid(tokens, position)}`,
    click: ({ index }) => go({ head: { layer, head: Number(index) } }),
  });
}
