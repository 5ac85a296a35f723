// The page's one sentence: how likely the token is, where it began, and who raised it.

import { count, percent, signed } from "../viewer/format.js";
import { named, visible } from "./offers.js";
import { unsigned } from "./saying.js";

/** @typedef {import("./types.js").Ask} Ask */
/** @typedef {import("./types.js").Panel} Panel */

/** @typedef {{start_logprob: number, end_logprob: number, layers: {layer: number, attn: number, ffn: number}[]}} Layers */

/** How much of the text is quoted, in characters. */
const QUOTED = 28;
/** Where nothing was read but the token that begins a text. */
export const START = "the start of the text";

/** @param {HTMLElement} section @returns {Panel} */
export function summaryPanel(section) {
  const says = /** @type {HTMLElement} */ (section.querySelector(".says"));
  return {
    async show(ask) {
      const reply = await ask.api.layers(ask.body, ask.signal);
      if (!ask.signal.aborted) says.textContent = sentence(ask, reply);
    },
  };
}

/**
 * @param {Pick<Ask, "tokens" | "position" | "target" | "state">} ask
 * @param {Layers} reply
 */
export function sentence({ tokens, position, target, state }, reply) {
  const sum = (/** @type {"attn" | "ffn"} */ part) => reply.layers.reduce((all, layer) => all + layer[part], 0);
  const read = tail(tokens, position);
  const parts = [
    `${read === "" ? `At ${START}` : `After “${read}”`} the model gives “${named(target.text)}” ${percent(Math.exp(target.logprob))} (log\u00a0p\u00a0${logp(target.logprob)}).`,
    `With the embeddings alone it would be ${percent(Math.exp(reply.start_logprob))}; attention moved log\u00a0p by ${signed(sum("attn"))} nats in all, the FFN layers by ${signed(sum("ffn"))}.`,
  ];
  const most = strongest(reply.layers);
  if (most !== null && most.value !== 0) {
    parts.push(`Layer ${count(most.layer)}’s ${most.part === "attn" ? "attention" : "FFN"} ${most.value > 0 ? "raised" : "lowered"} it most, by ${unsigned(most.value)}.`);
  }
  if (state.bias === "omit") parts.push(`Without the final norm’s bias the stream ends at ${percent(Math.exp(reply.end_logprob))}.`);
  return parts.join(" ");
}

/** @param {Layers["layers"]} layers */
function strongest(layers) {
  const all = layers.flatMap(({ layer, attn, ffn }) => [{ layer, part: "attn", value: attn }, { layer, part: "ffn", value: ffn }]);
  return all.reduce((/** @type {typeof all[0] | null} */ best, each) => (best === null || Math.abs(each.value) > Math.abs(best.value) ? each : best), null);
}

/**
 * The end of what was read: whole tokens, as many as fit, and white space at its end visible.
 * Empty at the start of the text. The server says it the same way.
 * @param {import("./types.js").Token[]} tokens
 * @param {number} position
 */
export function tail(tokens, position) {
  let quoted = "";
  for (let at = position; at >= 0; at -= 1) {
    const { text, special } = tokens[at];
    const more = special ? quoted : text + quoted;
    if (more.length > QUOTED && quoted !== "") return `…${ended(quoted).replace(/^[.…\s]+/, "")}`; // no four dots
    quoted = more;
  }
  return ended(quoted);
}

/**
 * The same, as the end of a picture’s title.
 * @param {import("./types.js").Token[]} tokens
 * @param {number} position
 */
export function afterSaid(tokens, position) {
  const read = tail(tokens, position);
  return read === "" ? `, at ${START}` : `, after “${read}”`;
}

/** @param {string} words */
function ended(words) {
  const rest = words.trimEnd();
  return rest.trimStart() + (rest === words ? "" : visible(words.slice(rest.length)));
}

/**
 * A log-probability in nats; one that is nearly nothing with its first digit.
 * @param {number} value
 */
export const logp = (value) => (value > -0.001 && value < 0 ? `−${Number((-value).toPrecision(1))}` : signed(value));
