// The state of the viewer as an address, and back. `app/web/viewstate.py` reads the same words.

/** @typedef {import("./types.js").State} State */

/** What an address leaves out. */
export const DEFAULTS = {
  unit: "dot",
  seed: 38,
  n: 12,
  across: "direction",
  tab: "texts",
  face: "serif",
};

/** Sliders that there can be, and that are shown at once on the first demand. */
export const MAX_SLIDERS = 64;
export const FIRST_SLIDERS = 30;
export const MAX_SAMPLE = 64;
export const MAX_PROMPTS = 16;

/** What a state has instead of any direction but its mix. */
export const MIXED = Object.freeze({ token: null, neuron: null, direction: null });

/**
 * Whether the colours follow the sliders, and not a direction of another kind.
 * @param {Pick<State, "token" | "neuron" | "direction">} state
 */
export const isMixed = ({ token, neuron, direction }) => token === null && neuron === null && direction === null;

/**
 * What the sliders show: the mix, or what a saved direction was mixed from; null for any other.
 * @param {Pick<State, "mix" | "token" | "neuron" | "direction">} state
 * @param {import("./types.js").OtherDirection | null} other
 * @returns {[number, number][] | null}
 */
export function mixOf(state, other) {
  if (isMixed(state)) return state.mix;
  return state.direction === null ? null : (other?.parts ?? null);
}

/**
 * A number as the address writes it: short, and exactly the same when it is read back.
 * @param {number} value
 */
const written = (value) => String(Number(value.toPrecision(7)));

/**
 * The single component that a mix amounts to, or null: its weight may be anything above zero.
 * @param {Pick<State, "mix">} state
 * @returns {number | null}
 */
export function soleComponent({ mix }) {
  const moved = mix.filter(([, weight]) => weight !== 0);
  return moved.length === 1 && moved[0][1] > 0 ? moved[0][0] : null;
}

/**
 * Whether every slider stands at zero, and nothing else is the direction.
 * @param {Pick<State, "mix" | "token" | "neuron" | "direction">} state
 */
export const isNoDirection = (state) => isMixed(state) && state.mix.every(([, weight]) => weight === 0);

/**
 * The query string of a state, without the question mark.
 * @param {State} state
 * @returns {string}
 */
export function serialise(state) {
  const params = new URLSearchParams();
  if (state.direction === null) {
    params.set("model", state.model);
    params.set("site", state.site);
    if (state.head !== null) params.set("head", String(state.head));
  }
  const sole = soleComponent(state);
  if (state.direction !== null) {
    params.set("direction", String(state.direction));
  } else if (state.neuron !== null) {
    params.set("neuron", state.neuron);
  } else if (state.token !== null) {
    params.set("token", state.token);
  } else if (sole !== null) {
    params.set("component", String(sole));
  } else {
    const mix = state.mix.filter(([, weight]) => weight !== 0);
    const kept = mix.length > 0 ? mix : state.mix.slice(0, 1);
    params.set("mix", kept.map(([k, weight]) => `${k}:${written(weight)}`).join(","));
  }
  if (state.unit !== DEFAULTS.unit) params.set("unit", state.unit);
  if (state.range !== null) params.set("range", written(state.range));
  if (state.seed !== DEFAULTS.seed) params.set("seed", String(state.seed));
  if (state.n !== DEFAULTS.n) params.set("n", String(state.n));
  for (const text of state.texts) params.append("text", text);
  for (const id of state.prompts) params.append("prompt", String(id));
  if (state.set !== null) params.set("set", String(state.set));
  if (state.open !== null) params.set("open", state.open);
  if (state.pin !== null) params.set("pin", state.pin);
  if (state.heat !== null) params.set("heat", state.heat);
  if (state.across !== DEFAULTS.across) params.set("across", state.across);
  if (state.tab !== DEFAULTS.tab) params.set("tab", state.tab);
  for (const flag of /** @type {const} */ (["marks", "boxes", "bos"])) {
    if (state[flag]) params.set(flag, "1");
  }
  if (state.face !== DEFAULTS.face) params.set("face", state.face);
  return params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/**
 * The state that an address describes; what it leaves out comes from `base`.
 * @param {URLSearchParams} params
 * @param {State} base
 * @returns {State}
 */
export function parse(params, base) {
  const number = (/** @type {string} */ name) => {
    const given = params.get(name);
    const value = given === null || given === "" ? NaN : Number(given);
    return Number.isFinite(value) ? value : null;
  };
  const flag = (/** @type {string} */ name) => params.get(name) === "1";
  const component = number("component");
  const mix = params.get("mix");
  return {
    model: params.get("model") ?? base.model,
    site: params.get("site") ?? base.site,
    head: number("head"),
    mix: mix !== null ? parseMix(mix) : component !== null ? [[component, 1]] : base.mix,
    token: params.get("token"),
    neuron: params.get("neuron"),
    direction: number("direction"),
    unit: /** @type {State["unit"]} */ (params.get("unit") ?? DEFAULTS.unit),
    range: number("range"),
    seed: number("seed") ?? DEFAULTS.seed,
    n: number("n") ?? DEFAULTS.n,
    texts: params.getAll("text"),
    prompts: params.getAll("prompt").map(Number).filter(Number.isInteger),
    set: number("set"),
    open: params.get("open"),
    pin: params.get("pin"),
    heat: params.get("heat"),
    across: params.get("across") === "component" ? "component" : "direction",
    tab: /** @type {State["tab"]} */ (params.get("tab") ?? DEFAULTS.tab),
    marks: flag("marks"),
    boxes: flag("boxes"),
    bos: flag("bos"),
    face: params.get("face") === "sans" ? "sans" : "serif",
  };
}

/**
 * @param {string} given  `0:0.82,3:-0.31`
 * @returns {[number, number][]}
 */
function parseMix(given) {
  /** @type {Map<number, number>} */
  const weights = new Map();
  for (const part of given.split(",")) {
    const [component, weight] = part.split(":").map(Number);
    if (Number.isInteger(component) && Number.isFinite(weight)) weights.set(component, weight);
  }
  return [...weights];
}

/**
 * A state with one more text on top; keys of the reader's own texts move down by one.
 * @param {State} state
 * @param {string} text
 * @returns {State}
 */
export function withText(state, text) {
  const moved = renumbered(state, (index) => `t${index + 1}`);
  return { ...moved, texts: [text, ...state.texts], open: null };
}

/**
 * A state without one of the reader's own texts.
 * @param {State} state
 * @param {number} gone
 * @returns {State}
 */
export function withoutText(state, gone) {
  const moved = renumbered(state, (index) => (index === gone ? null : `t${index - Number(index > gone)}`));
  return { ...moved, texts: state.texts.filter((_, index) => index !== gone) };
}

/**
 * A state in which one of the reader's own texts is a stored prompt from now on.
 * @param {State} state
 * @param {number} index
 * @param {number} id
 * @returns {State}
 */
export function withKept(state, index, id) {
  const moved = renumbered(state, (each) => (each === index ? `p${id}` : `t${each - Number(each > index)}`));
  const texts = state.texts.filter((_, each) => each !== index);
  return { ...moved, texts, prompts: withPrompt(state, id).prompts };
}

/**
 * A state with a stored prompt before the others; the oldest give way.
 * @param {State} state
 * @param {number} id
 * @returns {State}
 */
export function withPrompt(state, id) {
  const others = state.prompts.filter((each) => each !== id);
  return { ...state, prompts: [id, ...others].slice(0, MAX_PROMPTS) };
}

/**
 * A state without a stored prompt.
 * @param {State} state
 * @param {number} gone
 * @returns {State}
 */
export function withoutPrompt(state, gone) {
  const kept = (/** @type {string | null} */ key) => (key?.split(":")[0] === `p${gone}` ? null : key);
  return {
    ...state,
    prompts: state.prompts.filter((id) => id !== gone),
    open: kept(state.open),
    pin: kept(state.pin),
    heat: kept(state.heat),
  };
}

/**
 * @param {State} state
 * @param {(index: number) => string | null} move  from an own text's index to its next key
 * @returns {State}
 */
function renumbered(state, move) {
  const moved = (/** @type {string | null} */ key) => {
    const match = key?.match(/^t(\d+)(:\d+)?$/);
    if (!key || !match) return key;
    const next = move(Number(match[1]));
    return next === null ? null : `${next}${match[2] ?? ""}`;
  };
  return {
    ...state,
    open: moved(state.open),
    pin: moved(state.pin),
    heat: moved(state.heat),
    token: moved(state.token),
  };
}

/**
 * A neuron's address in its parts; the head is null for an FFN's.
 * @param {string} neuron  `9.2342`, or of attention `9.4.17`
 * @returns {{layer: number, head: number | null, number: number}}
 */
export function parseNeuron(neuron) {
  const [layer, ...rest] = neuron.split(".").map(Number);
  return { layer, head: rest.length > 1 ? rest[0] : null, number: rest[rest.length - 1] };
}

/**
 * A token's address in two parts.
 * @param {string} pin  `p12:5`
 * @returns {{key: string, position: number}}
 */
export function parsePin(pin) {
  const colon = pin.lastIndexOf(":");
  return { key: pin.slice(0, colon), position: Number(pin.slice(colon + 1)) };
}
