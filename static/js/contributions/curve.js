// Tokens along the residual stream: the target, the one it is compared with, and others.

import { chart } from "../charts/chart.js";
import { fileName } from "../charts/downloads.js";
import { plain, signed } from "../charts/numbers.js";
import { count, percent, quoted, unbroken } from "../viewer/format.js";
import { untargeted } from "./asking.js";
import { either } from "./controls.js";
import { curveFigure } from "./layerfigures.js";
import { afterSaid } from "./summary.js";
import { curveChips } from "./tokenchips.js";
import { atPoint, curveSaid } from "./words.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Curve} Curve */
/** @typedef {import("./types.js").Panel} Panel */
/** @typedef {{points: string[], targets: {id: number, text: string}[], values: number[][], logprobs: number[][], probabilities: number[][], ranks: number[][]}} Reply */
/** @typedef {{id: number, text: string, style: number}} Drawn  a token and the style of its curve */

/** What each kind of curve is called in the API’s answer. */
const FIELDS = /** @type {const} */ ({ logprob: "logprobs", bs: "values", p: "probabilities", rank: "ranks" });

/** @param {HTMLElement} section @returns {Panel} */
export function curvePanel(section) {
  const holder = /** @type {HTMLElement} */ (section.querySelector(".chart"));
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  const lines = chart(holder);
  /** @type {Ask} */
  let ask;
  const kind = either(
    "Curve",
    [
      ["logprob", "log p", "Log-probability, were the stream read out at that point"],
      ["bs", "bs-value", "The token’s score before the softmax"],
      ["p", "p", "Probability"],
      ["rank", "rank", "Its place among all tokens"],
    ],
    (curve) => ask.go({ curve: /** @type {Curve} */ (curve) }),
  );
  const chips = curveChips(() => ask);
  section.querySelector(".controls")?.append(kind.element);
  holder.before(chips.element);

  return {
    async show(next) {
      ask = next;
      kind.set(next.state.curve);
      const drawn = drawnOf(next);
      chips.set(drawn);
      const body = { ...untargeted(next.body), targets: drawn.map(({ id }) => ({ id })) };
      /** @type {Reply} */
      const reply = await next.api.bsValues(body, next.signal);
      if (next.signal.aborted) return;
      says.textContent = unbroken(
        curveSaid({
          text: next.target.text,
          points: reply.points,
          ranks: reply.ranks[0],
          logprobs: reply.logprobs[0],
          likeliest: next.predictions[0]?.text ?? null,
        }),
      );
      await draw(lines, next, reply, drawn, says.textContent);
    },
  };
}

/**
 * Which tokens have a curve, and in which style: the target’s and its rival’s are always the same.
 * @param {Ask} ask
 * @returns {Drawn[]}
 */
export function drawnOf({ target, other, others }) {
  const drawn = [{ id: target.id, text: target.text, style: 0 }];
  if (other && other.id !== target.id) drawn.push({ id: other.id, text: other.text, style: 1 });
  for (const { id, text } of others) {
    if (drawn.some((each) => each.id === id)) continue;
    drawn.push({ id, text, style: 2 + drawn.filter(({ style }) => style > 1).length });
  }
  return drawn;
}

/**
 * @param {ReturnType<typeof chart>} lines
 * @param {Ask} ask
 * @param {Reply} reply
 * @param {Drawn[]} drawn
 * @param {string} said
 */
function draw(lines, { model, state, tokens, position }, reply, drawn, said) {
  const names = drawn.map(({ text }) => quoted(text)).join(", ");
  return lines.draw({
    figure: (theme, room) =>
      curveFigure(theme, room, {
        kind: state.curve,
        curves: drawn.map(({ text, style }, i) => ({
          text, style, values: reply[FIELDS[state.curve]][i], hover: hoverOf(reply, i, text, model.n_layers),
        })),
      }),
    name: fileName("stream", model.name, ...drawn.slice(0, 3).map(({ text }) => text)),
    rows: rowsOf(reply, drawn),
    json: reply,
    label: `Curves along the residual stream: ${names}. ${said}`,
    title: `${model.label}: ${names} along the stream${afterSaid(tokens, position)}`,
  });
}

/**
 * @param {Reply} reply
 * @param {number} i  which token
 * @param {string} text
 * @param {number} n_layers
 */
const hoverOf = (reply, i, text, n_layers) =>
  reply.points.map((point, at) => {
    const numbers = `log p ${plain(reply.logprobs[i][at])} · ${percent(reply.probabilities[i][at])} · rank ${count(reply.ranks[i][at])}`;
    return `${quoted(text)} ${atPoint(point, n_layers)} (${point})\n${numbers} · bs ${signed(reply.values[i][at])}`;
  });

/**
 * One line for every token at every point.
 * @param {Reply} reply
 * @param {Drawn[]} drawn
 */
const rowsOf = (reply, drawn) =>
  drawn.flatMap(({ id, text }, i) =>
    reply.points.map((point, at) => ({
      point,
      token: text,
      token_id: id,
      bs_value: reply.values[i][at],
      log_p: reply.logprobs[i][at],
      probability: reply.probabilities[i][at],
      rank: reply.ranks[i][at],
    })),
  );
