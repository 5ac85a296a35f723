// Where a subvalue stands: its name, its address, and what a request calls it.

import { quoted } from "../viewer/format.js";

/** @typedef {import("../viewer/types.js").Token} Token */
/** @typedef {import("./replies.js").Level} Level */
/** @typedef {import("./replies.js").Place} Place */
/** @typedef {import("./replies.js").PartKind} PartKind */

/** What one subvalue of a level is called, and several. @type {Record<Level, [string, string]>} */
export const LEVEL_NAMES = {
  ffn: ["FFN neuron", "FFN neurons"],
  attn_neuron: ["attention neuron", "attention neurons"],
  attn_head: ["head", "heads"],
  attn_position: ["source position", "source positions"],
  attn_head_position: ["head at a position", "heads × positions"],
};

/** Levels whose subvalues have a key: something activated them, and they have a direction. */
const NEURONS = new Set(["ffn", "attn_neuron"]);

/** @param {Level} level */
export const isOfNeurons = (level) => NEURONS.has(level);

/**
 * A subvalue's name in a table: `L9 · 2342`, `L6 · head 4`.
 * @param {Level} level
 * @param {Place} place
 */
export function label(level, { layer, index, head, dim }) {
  switch (level) {
    case "ffn":
      return `L${layer} · ${index}`;
    case "attn_neuron":
      return `L${layer} · head ${head} · ${dim}`;
    case "attn_position":
      return `L${layer}`;
    default:
      return `L${layer} · head ${head}`;
  }
}

/**
 * The same in a sentence, with the source token where it has one.
 * @param {Level} level
 * @param {Place} place
 * @param {Token[]} tokens
 */
export function inWords(level, place, tokens) {
  const { layer, index, head, dim } = place;
  const from = source(place, tokens);
  switch (level) {
    case "ffn":
      return `neuron ${index} of layer ${layer}`;
    case "attn_neuron":
      return `neuron ${dim} of head ${head} in layer ${layer} reading ${from}`;
    case "attn_head":
      return `head ${head} of layer ${layer}`;
    case "attn_position":
      return `what layer ${layer} read at ${from}`;
    case "attn_head_position":
      return `head ${head} of layer ${layer} reading ${from}`;
  }
}

/**
 * A token in a sentence.
 * @param {Token} token
 */
export const tokenName = ({ special, text }) => (special ? "BOS" : quoted(text));

/**
 * A source position in a sentence, told apart from others of the same token.
 * @param {Token[]} tokens
 * @param {number} position
 */
export function sourceName(tokens, position) {
  const token = tokens[position];
  const again = tokens.some(({ text }, i) => i !== position && text === token.text);
  return again ? `${tokenName(token)} at ${position}` : tokenName(token);
}

/**
 * The source that a subvalue comes from, in a sentence; nothing where it has none.
 * @param {Place} place
 * @param {Token[]} tokens
 */
export const source = ({ source_position }, tokens) =>
  source_position === undefined || source_position === null ? "" : sourceName(tokens, source_position);

/** @param {Place} place */
const isFfn = ({ head }) => head === undefined || head === null;

/**
 * A neuron's name for the machine, by which two are told apart: `9.2342`, or `9.4.17.3`.
 * @param {Place} place
 */
export const keyOf = (place) =>
  isFfn(place)
    ? `${place.layer}.${place.index}`
    : `${place.layer}.${place.head}.${place.dim}.${place.source_position}`;

/**
 * The level that a neuron belongs to.
 * @param {Place} place
 * @returns {"ffn" | "attn_neuron"}
 */
export const levelOf = (place) => (isFfn(place) ? "ffn" : "attn_neuron");

/**
 * A neuron as a request names it: without what it does not have.
 * @param {Place} place
 * @returns {Place}
 */
export const asked = (place) => {
  const { layer, index, head, dim, source_position } = place;
  return isFfn(place) ? { layer, index } : { layer, head, dim, source_position };
};

/**
 * The viewer, the text coloured by a neuron's direction.
 * @param {string} model
 * @param {{text?: string, prompt_id?: number}} text
 * @param {Place} place
 */
export function viewerAddress(model, text, place) {
  const { layer, index, head, dim } = place;
  const neuron = isFfn(place) ? `${layer}.${index}` : `${layer}.${head}.${dim}`;
  const params = new URLSearchParams({ model, neuron });
  if (text.prompt_id !== undefined) {
    params.set("prompt", String(text.prompt_id));
    params.set("open", `p${text.prompt_id}`);
  } else {
    params.set("text", text.text ?? "");
    params.set("open", "t0");
  }
  return `/?${params}`;
}

/**
 * An earlier part of the stream in a sentence.
 * @param {{kind: PartKind, layer: number | null}} part
 */
export function partInWords({ kind, layer }) {
  switch (kind) {
    case "token":
      return "the token embedding";
    case "position":
      return "the position embedding";
    case "attn":
      return `layer ${layer}’s attention`;
    case "ffn":
      return `layer ${layer}’s FFN`;
    case "bias":
      return "the final norm’s bias";
  }
}

/**
 * How many subvalues there are.
 * @param {Level} level
 * @param {{n_heads: number, d_head: number, d_mlp: number}} model
 * @param {number} layers  how many layers are looked at
 * @param {number} length  source positions, the one looked at too
 */
export function nThere(level, { n_heads, d_head, d_mlp }, layers, length) {
  switch (level) {
    case "ffn":
      return layers * d_mlp;
    case "attn_neuron":
      return layers * n_heads * d_head * length;
    case "attn_head":
      return layers * n_heads;
    case "attn_position":
      return layers * length;
    case "attn_head_position":
      return layers * n_heads * length;
  }
}
