// What texts, places and directions are called: in the page's memory, in addresses, in the API.

import { isMixed, parseNeuron, parsePin, soleComponent } from "./state.js";

/** @typedef {import("./types.js").State} State */

/** @typedef {{key: string, id: string, prompt_id: number | null, source: string, given: import("./types.js").Given, text: string}} Named */

/**
 * The direction that a token's own residual is, as the API takes it.
 * @param {State} state
 */
export function tokenBody(state) {
  const { key, position } = parsePin(/** @type {string} */ (state.token));
  const number = Number(key.slice(1));
  const where = key[0] === "p" ? { prompt_id: number } : { text: state.texts[number] };
  return { token: { ...where, position } };
}

/**
 * The direction that a neuron writes along, as the API takes it.
 * @param {string} neuron
 */
function neuronBody(neuron) {
  const { layer, head, number } = parseNeuron(neuron);
  return { neuron: head === null ? { layer, index: number } : { layer, head, dim: number } };
}

/**
 * A neuron within a sentence. `app/web/neurons.py` says the same.
 * @param {string} neuron
 */
export function neuronPhrase(neuron) {
  const { layer, head, number } = parseNeuron(neuron);
  return `neuron ${number} of layer ${layer}’s ${head === null ? "FFN" : `head ${head}`}`;
}

/**
 * The direction that is no mix of components, as the API takes it; null where there is none.
 * @param {State} state
 */
export function otherBody(state) {
  if (state.direction !== null) return { id: state.direction };
  if (state.neuron !== null) return neuronBody(state.neuron);
  return state.token === null ? null : tokenBody(state);
}

/** @param {State} state */
export const sampleKey = ({ seed, n }) => `${seed}/${n}`;

/** @param {State} state */
export function placeKey(state) {
  return JSON.stringify([state.model, state.site, state.head, otherBody(state)]);
}

/**
 * Whether a place's key is of this site, whatever its head or direction.
 * @param {string} key
 * @param {Pick<State, "model" | "site">} state
 */
export function isAtSite(key, { model, site }) {
  const [ofModel, ofSite] = JSON.parse(key);
  return ofModel === model && ofSite === site;
}

/**
 * Whether a place's key is of this site and head, whatever its direction.
 * @param {string} key
 * @param {Pick<State, "model" | "site" | "head">} state
 */
export function isAtPlace(key, { model, site, head }) {
  const [ofModel, ofSite, ofHead] = JSON.parse(key);
  return ofModel === model && ofSite === site && ofHead === head;
}

/**
 * Where the server keeps what is known of a state's direction; null where it is not saved.
 * @param {State} state
 */
export function addressOf(state) {
  if (state.direction !== null) return `/api/v1/directions/${state.direction}`;
  const sole = soleComponent(state);
  if (!isMixed(state) || sole === null) return null;
  const [model, site] = [state.model, state.site].map(encodeURIComponent);
  const head = state.head === null ? "" : `?head=${state.head}`;
  return `/api/v1/models/${model}/sites/${site}/components/${sole}${head}`;
}

/** @param {State} state */
export function placeQuery(state) {
  if (state.direction !== null) return `direction=${state.direction}`;
  const params = new URLSearchParams({ model: state.model, site: state.site });
  if (state.head !== null) params.set("head", String(state.head));
  if (state.neuron !== null) {
    params.set("neuron", state.neuron);
  } else if (state.token !== null) {
    const { key, position } = parsePin(state.token);
    params.set("token", key[0] === "t" ? `t0:${position}` : state.token);
    if (key[0] === "t") params.append("text", state.texts[Number(key.slice(1))]);
  }
  return params.toString();
}

/**
 * The page that takes apart what the model predicts after a token.
 * @param {string} model
 * @param {{prompt_id: number | null, text: string}} text
 * @param {number} position
 */
export function contributionsAt(model, { prompt_id, text }, position) {
  const params = new URLSearchParams({ model });
  if (prompt_id === null) params.set("text", text);
  else params.set("prompt", String(prompt_id));
  params.set("position", String(position));
  return `/contributions?${params}`;
}

/** @param {string} text */
export const ownId = (text) => `own:${text}`;

/** @param {{prompt_id: number | null, key: string, text: string}} prompt */
export const idOf = (prompt) => (prompt.prompt_id === null ? ownId(prompt.text) : prompt.key);

/**
 * @param {string} text
 * @param {number} index
 * @returns {Named}
 */
export const own = (text, index) => ({
  key: `t${index}`,
  id: ownId(text),
  prompt_id: null,
  source: "your text",
  given: /** @type {const} */ ("own"),
  text,
});

/**
 * @param {{id: number, register: string, text: string}} item
 * @returns {Named}
 */
export const fromLibrary = ({ id, register, text }) => ({
  key: `p${id}`,
  id: `p${id}`,
  prompt_id: id,
  source: register,
  given: /** @type {const} */ ("sample"),
  text,
});
