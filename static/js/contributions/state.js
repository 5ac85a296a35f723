// The state of the contributions page as an address, and back. `app/web/contribution_state.py`
// reads the same words.

import { STYLES } from "../charts/series.js";

/** @typedef {import("./types.js").State} State */

export const CURVES = /** @type {const} */ (["logprob", "bs", "p", "rank"]);
export const LEVELS = /** @type {const} */ (["ffn", "attn_neuron", "attn_head", "attn_position", "attn_head_position"]);
export const MAX_TOP = 100;
/** Further tokens whose curves are drawn, beside the target and its rival: as many as there are
 * styles that can be told apart. */
export const MAX_CURVES = STYLES.length - 2;

/** What an address leaves out. @type {Omit<State, "model">} */
export const DEFAULTS = Object.freeze({
  text: null,
  prompt: null,
  bos: true,
  position: null,
  target: null,
  other: null,
  tokens: [],
  curve: "logprob",
  level: "ffn",
  order: "helpful",
  top: 10,
  layers: null,
  ln: "frozen",
  bias: "include",
  head: null,
  value: null,
  keys: "centred",
  method: "direct",
  case: null,
});

/**
 * The query string of a state, without the question mark.
 * @param {State} state
 * @returns {string}
 */
export function serialise(state) {
  const params = new URLSearchParams({ model: state.model });
  if (state.text !== null) params.set("text", state.text);
  else if (state.prompt !== null) params.set("prompt", String(state.prompt));
  if (!state.bos) params.set("bos", "0");
  for (const name of /** @type {const} */ (["position", "target", "other"])) {
    if (state[name] !== null) params.set(name, String(state[name]));
  }
  if (state.tokens.length > 0) params.set("tokens", state.tokens.join(","));
  for (const name of /** @type {const} */ (["curve", "level", "order", "top", "ln", "bias", "keys", "method"])) {
    if (state[name] !== DEFAULTS[name]) params.set(name, String(state[name]));
  }
  if (state.layers !== null) params.set("layers", ranges(state.layers));
  if (state.head !== null) params.set("head", `${state.head.layer}.${state.head.head}`);
  if (state.value !== null) params.set("value", writtenValue(state.value));
  if (state.case !== null) {
    const { layer, source_position, recompute, taken, ln_std } = state.case;
    params.set("case", [layer, source_position, recompute, taken, ln_std].join("."));
  }
  return params.toString().replaceAll("%2C", ",");
}

/**
 * The state that an address describes; what cannot be read is at its default.
 * @param {URLSearchParams} params
 * @param {string} model  the one that is served by default
 * @returns {State}
 */
export function parse(params, model) {
  const number = (/** @type {string} */ name) => whole(params.get(name));
  /** @template {string} W @param {string} name @param {readonly W[]} words */
  const word = (name, words) => words.find((each) => each === params.get(name)) ?? words[0];
  const text = params.get("text") || null;
  const top = number("top");
  return {
    model: params.get("model") || model,
    text,
    prompt: text === null ? number("prompt") : null,
    bos: params.get("bos") !== "0",
    position: number("position"),
    target: number("target"),
    other: number("other"),
    tokens: furtherTokens(params.get("tokens")),
    curve: word("curve", CURVES),
    level: word("level", LEVELS),
    order: word("order", /** @type {const} */ (["helpful", "unhelpful"])),
    top: top !== null && top >= 1 && top <= MAX_TOP ? top : DEFAULTS.top,
    layers: parseLayers(params.get("layers") ?? ""),
    ln: word("ln", /** @type {const} */ (["frozen", "exact"])),
    bias: word("bias", /** @type {const} */ (["include", "omit"])),
    head: parseHead(params.get("head")),
    value: parseValue(params.get("value")),
    keys: word("keys", /** @type {const} */ (["centred", "paper"])),
    method: word("method", /** @type {const} */ (["direct", "iterative"])),
    case: parseCase(params.get("case")),
  };
}

/**
 * A state with some choices made; choices that hang on them are left to the server again.
 * @param {State} state
 * @param {Partial<State>} change
 * @returns {State}
 */
export function changed(state, change) {
  const next = { ...state, ...change };
  const differs = (/** @type {(keyof State)[]} */ ...names) => names.some((name) => next[name] !== state[name]);
  /** @type {Partial<State>} */
  const open = {};
  if (differs("model")) open.layers = null;
  if (differs("model", "text", "prompt", "bos")) Object.assign(open, { position: null, head: null });
  if (differs("model", "text", "prompt", "bos", "position")) {
    Object.assign(open, { target: null, other: null, tokens: [], value: null, case: null });
  }
  if (differs("target")) {
    open.value = null;
    // A token that was compared with, and is now the target, is compared with the old one.
    if (next.target !== null && next.target === next.other) open.other = state.target;
  }
  // What the same change gives stands.
  return { ...next, ...Object.fromEntries(Object.entries(open).filter(([name]) => !(name in change))) };
}

/**
 * What decides the text, its predictions and the chosen tokens: the rest is the panels' own.
 * @param {State} state
 */
export const placeOf = ({ model, text, prompt, bos, position, target, other, tokens }) =>
  ({ model, text, prompt, bos, position, target, other, tokens });

/**
 * Layers as `3,5-7`; null where that is not what was written.
 * @param {string} given
 * @returns {number[] | null}
 */
export function parseLayers(given) {
  /** @type {Set<number>} */
  const found = new Set();
  for (const part of given.split(",")) {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part);
    if (!match) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return null;
    for (let layer = first; layer <= last; layer += 1) found.add(layer);
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * Layers in order, as short as can be: `3,5-7`.
 * @param {number[]} layers
 */
export function ranges(layers) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const layer of layers) {
    const run = runs.at(-1);
    if (run && run[1] === layer - 1) run[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** @param {string | null} given */
function whole(given) {
  return given !== null && /^\d{1,10}$/.test(given) ? Number(given) : null;
}

/**
 * Token ids with commas between them, each once; none where they are too many.
 * @param {string | null} given
 * @returns {number[]}
 */
function furtherTokens(given) {
  if (!given) return [];
  const found = [...new Set(given.split(",").map(whole))];
  return found.length <= MAX_CURVES && found.every((each) => each !== null) ? found : [];
}

/**
 * Numbers with dots between them, which may repeat.
 * @param {string | null} given
 */
function dotted(given) {
  const parts = (given ?? "").split(".").map(whole);
  return parts.every((each) => each !== null) ? /** @type {number[]} */ (parts) : [];
}

/**
 * @param {string | null} given
 * @returns {State["head"]}
 */
function parseHead(given) {
  const parts = dotted(given);
  return parts.length === 2 ? { layer: parts[0], head: parts[1] } : null;
}

/**
 * @param {string | null} given
 * @returns {State["value"]}
 */
function parseValue(given) {
  const [layer, second, dim, source_position, ...rest] = dotted(given);
  if (second === undefined || rest.length > 0) return null;
  if (dim === undefined) return { layer, index: second };
  return source_position === undefined ? null : { layer, head: second, dim, source_position };
}

/** @param {NonNullable<State["value"]>} value */
const writtenValue = (value) =>
  "index" in value
    ? `${value.layer}.${value.index}`
    : `${value.layer}.${value.head}.${value.dim}.${value.source_position}`;

/**
 * @param {string | null} given
 * @returns {State["case"]}
 */
function parseCase(given) {
  const [layer, source, recompute = "everything", taken = "source", ln_std = "recomputed"] = (given ?? "").split(".");
  const place = parseHead(`${layer}.${source}`);
  if (!place) return null;
  if (recompute !== "everything" && recompute !== "values") return null;
  if (taken !== "source" && taken !== "all") return null;
  if (ln_std !== "recomputed" && ln_std !== "frozen") return null;
  return { layer: place.layer, source_position: place.head, recompute, taken, ln_std };
}
