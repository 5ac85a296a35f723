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
 * Whether every slider stands at zero, and no token's residual is the direction.
 * @param {Pick<State, "mix" | "token">} state
 */
export const isNoDirection = ({ mix, token }) => token === null && mix.every(([, weight]) => weight === 0);

/**
 * The query string of a state, without the question mark.
 * @param {State} state
 * @returns {string}
 */
export function serialise(state) {
  const params = new URLSearchParams();
  params.set("model", state.model);
  params.set("site", state.site);
  if (state.head !== null) params.set("head", String(state.head));
  const sole = soleComponent(state);
  if (state.token !== null) {
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
    unit: /** @type {State["unit"]} */ (params.get("unit") ?? DEFAULTS.unit),
    range: number("range"),
    seed: number("seed") ?? DEFAULTS.seed,
    n: number("n") ?? DEFAULTS.n,
    texts: params.getAll("text"),
    open: params.get("open"),
    pin: params.get("pin"),
    heat: params.get("heat"),
    across: params.get("across") === "component" ? "component" : "direction",
    tab: params.get("tab") === "corpus" ? "corpus" : "texts",
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
  const moved = renumbered(state, (index) => index + 1);
  return { ...moved, texts: [text, ...state.texts], open: null };
}

/**
 * A state without one of the reader's own texts.
 * @param {State} state
 * @param {number} gone
 * @returns {State}
 */
export function withoutText(state, gone) {
  const moved = renumbered(state, (index) => (index === gone ? null : index - Number(index > gone)));
  return { ...moved, texts: state.texts.filter((_, index) => index !== gone) };
}

/**
 * @param {State} state
 * @param {(index: number) => number | null} move
 * @returns {State}
 */
function renumbered(state, move) {
  const moved = (/** @type {string | null} */ key) => {
    const match = key?.match(/^t(\d+)(:\d+)?$/);
    if (!key || !match) return key;
    const index = move(Number(match[1]));
    return index === null ? null : `t${index}${match[2] ?? ""}`;
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
 * A token's address in two parts.
 * @param {string} pin  `p12:5`
 * @returns {{key: string, position: number}}
 */
export function parsePin(pin) {
  const colon = pin.lastIndexOf(":");
  return { key: pin.slice(0, colon), position: Number(pin.slice(colon + 1)) };
}
