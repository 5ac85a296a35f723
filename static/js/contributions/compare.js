// Two tokens compared: where the stream tells them apart, what carries that, what it rests on.

import { chart } from "../charts/chart.js";
import { fileName } from "../charts/downloads.js";
import { signed } from "../charts/numbers.js";
import { h } from "../viewer/dom.js";
import { capital, quoted, unbroken } from "../viewer/format.js";
import { untargeted } from "./asking.js";
import { carriers } from "./carriers.js";
import { likely, small } from "./chips.js";
import { logDifference, pairParts } from "./parts.js";
import { differenceSaid, layersSaid } from "./pairsaying.js";
import { differenceCurve, partBars } from "./partfigures.js";
import { partInWords } from "./places.js";
import { subtractions } from "./subtractions.js";
import { afterSaid } from "./summary.js";
import { tokenLabel } from "./tokenlabel.js";
import { atPoint } from "./words.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Case} Case */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {import("./replies.js").BsValuesReply} BsValuesReply */
/** @typedef {import("./replies.js").Pair} Pair */

/** How many tokens the invitation suggests. */
const SUGGESTED = 4;

/**
 * @param {HTMLElement} section
 * @returns {Panel}
 */
export function comparePanel(section) {
  const holder = /** @type {HTMLElement} */ (section.querySelector(".chart"));
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  const invitation = h("div", { class: "invitation" });
  const [curveHolder, layersHolder] = [h("div", { class: "chart" }), h("div", { class: "chart" })];
  const layersSays = h("p", { class: "says" });
  const carried = carriers();
  const rests = subtractions();
  const [curve, bars] = [chart(curveHolder), chart(layersHolder)];
  const pairOnly = h(
    "div",
    { class: "pair" },
    h("div", { class: "sub" }, h("h3", {}, "Along the stream"), curveHolder, says),
    h("div", { class: "sub" }, h("h3", {}, "What each part adds"), layersHolder, layersSays),
    carried.element,
    rests.element,
  );
  holder.replaceChildren(invitation, pairOnly);
  arrange(false);

  /** @param {boolean} isPair */
  function arrange(isPair) {
    invitation.hidden = isPair;
    pairOnly.hidden = !isPair;
  }

  return {
    async show(ask) {
      const { state, target, other, signal, api } = ask;
      if (other === null || other.id === target.id) {
        curve.clear();
        bars.clear();
        invitation.replaceChildren(...invite(ask));
        arrange(false);
        return;
      }
      const pair = [{ id: target.id }, { id: other.id }];
      const reply = await api.bsValues({ ...untargeted(ask.body), targets: [], pair }, signal);
      if (signal.aborted) return;
      arrange(true);
      await Promise.all([
        drawCurve(ask, reply, curve, says),
        drawLayers(ask, reply, bars, layersSays),
      ]);
      const chosen = state.case ?? strongest(reply.pair);
      carried.draw(ask, reply, chosen);
      await rests.show(ask, reply.pair, chosen);
    },
  };
}

/**
 * The case that is looked into where none is chosen: the strongest carrier's.
 * @param {Pair} pair
 * @returns {Case | null}
 */
function strongest({ carriers: [best] }) {
  if (!best) return null;
  const { layer, source_position } = best;
  return { layer, source_position, recompute: "everything", taken: "source", ln_std: "recomputed" };
}

/**
 * @param {Ask} ask
 * @param {BsValuesReply & {pair: Pair}} reply
 * @param {ReturnType<typeof chart>} curve
 * @param {HTMLElement} says
 */
function drawCurve({ model, state, target, other, tokens, position }, reply, curve, says) {
  const { points, pair } = reply;
  const [a, b] = pair.tokens.map(({ text }) => quoted(text));
  says.textContent = unbroken(differenceSaid(reply, target.logprob - (other?.logprob ?? 0)));
  const after = points.map((point) => atPoint(point, model.n_layers));
  const values = logDifference(pair);
  return curve.draw({
    figure: (theme, room) =>
      differenceCurve(theme, room, {
        values,
        hover: values.map((value, i) => `${capital(after[i])} (${points[i]}): ${signed(value)} nats`),
        names: [a, b],
        title: state.bias === "omit" ? "difference of log p, no bias (nats)" : "difference of log p (nats)",
      }),
    name: fileName("difference", model.name, pair.tokens[0].text, pair.tokens[1].text),
    rows: points.map((point, i) => ({ point, where: after[i], difference: values[i], bs_difference: pair.difference[i] })),
    json: reply,
    label: `A curve: how far ${a} is ahead of ${b} at each point of the stream. ${says.textContent}`,
    title: `${model.label}: log p of ${a} less that of ${b} along the stream${afterSaid(tokens, position)}`,
  });
}

/**
 * @param {Ask} ask
 * @param {BsValuesReply & {pair: Pair}} reply
 * @param {ReturnType<typeof chart>} bars
 * @param {HTMLElement} says
 */
function drawLayers({ model, state, tokens, position }, reply, bars, says) {
  const { pair } = reply;
  const [a, b] = pair.tokens.map(({ text }) => quoted(text));
  says.textContent = unbroken(layersSaid(pair, state.ln === "frozen"));
  const parts = pairParts(pair);
  return bars.draw({
    figure: (theme, room) => partBars(theme, room, { parts, title: `towards ${a}, bs-values`, unit: "bs-values" }),
    name: fileName("difference-by-layer", model.name, pair.tokens[0].text, pair.tokens[1].text),
    rows: parts.map((part) => ({ part: partInWords(part), layer: part.layer, module: part.kind, difference: part.value })),
    json: reply,
    label: `Bars: what each part of the stream adds to ${a} less ${b}. ${says.textContent}`,
    title: `${model.label}: what each part adds to ${a} less ${b}${afterSaid(tokens, position)}`,
  });
}

/**
 * Tokens worth comparing with: the next likeliest.
 * @param {Ask} ask
 */
function invite({ predictions, target, go }) {
  const suggested = predictions.filter(({ id }) => id !== target.id).slice(0, SUGGESTED);
  const word = quoted(target.text);
  return [
    h("p", {}, `Why ${word} and not another token? Choose one, and see where the stream tells the two apart, which heads carry the difference, and what those rest on.`),
    h("div", { class: "chosen" }, h(
      "ul",
      { class: "chips", "aria-label": `Compare ${word} with` },
      ...suggested.map(({ id, text, p }) =>
        h("li", {}, h(
          "button",
          { type: "button", class: "chip", click: () => go({ other: id }) },
          tokenLabel(text),
          " ",
          h("span", { class: "p", title: small(Math.log(p)) }, likely(Math.log(p))),
        )),
      ),
    )),
  ];
}
