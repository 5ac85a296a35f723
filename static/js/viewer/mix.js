// The sliders: a weight for each component, normalised while the hand moves.

import { byId, h, icon } from "./dom.js";
import { percent } from "./format.js";
import { normalised } from "./mixing.js";
import { FIRST_SLIDERS, MAX_SLIDERS, mixOf } from "./state.js";

/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").State} State */

/** @typedef {{item: HTMLElement, slider: HTMLInputElement, typed: HTMLInputElement, variance: HTMLElement}} Row */

/**
 * The unit vector that a mix is, in words: "0.94 c3 − 0.35 c0".
 * @param {[number, number][]} weights  normalised
 */
export function formula(weights) {
  const moved = weights.filter(([, weight]) => weight !== 0);
  if (moved.length === 0) return "Every slider is at zero: move one.";
  return moved
    .map(([component, weight], i) => {
      const sign = weight < 0 ? "− " : i > 0 ? "+ " : "";
      return `${sign}${Math.abs(weight).toFixed(2)} c${component}`;
    })
    .join(" ");
}

/**
 * The weight that was typed, brought within −1 and 1; null where it is no number.
 * @param {string} typed
 */
export function weightIn(typed) {
  const value = Number(typed.trim().replace(",", ".").replace("−", "-"));
  if (typed.trim() === "" || Number.isNaN(value)) return null;
  return Number(Math.min(Math.max(value, -1), 1).toPrecision(6));
}

/** @param {number} weight */
const shownWeight = (weight) => weight.toFixed(2).replace("-", "−");

/**
 * Whether one slider alone is moved, and not to the end: its size then makes no difference.
 * @param {[number, number][]} mix
 */
export function isScaledAlone(mix) {
  const moved = mix.filter(([, weight]) => weight !== 0);
  return moved.length === 1 && Math.abs(moved[0][1]) !== 1;
}

/**
 * What the colours follow where it is no mix.
 * @param {State} state
 */
function aside({ direction, neuron }) {
  if (direction !== null) return "a saved direction";
  return neuron === null ? "one token’s own residual" : "what one neuron writes";
}

export class MixPanel {
  /** @type {Map<number, Row>} */
  #rows = new Map();
  #list = byId("sliders");
  /** @type {[number, number][]} */
  #mix = [];
  /** @type {Basis | null} */
  #basis = null;
  /** What the colours follow where it is no mix, in words; empty where it is one. */
  #aside = "";
  /** The place whose components have the sliders. */
  #place = "";

  /**
   * @param {{slide: (mix: [number, number][], component: number) => void, settle: () => void, set: (mix: [number, number][]) => void}} on
   */
  constructor(on) {
    this.on = on;
    byId("add-component").addEventListener("click", () => this.#add());
    byId("show-all").addEventListener("click", () => this.#showAll());
    byId("mix-reset").addEventListener("click", () => this.#reset());
  }

  /**
   * @param {State} state
   * @param {import("./data.js").Place} place
   */
  show(state, { site, basis, other_direction }) {
    const place = JSON.stringify([site.name, site.head, basis?.n_tokens]);
    if (place !== this.#place) this.clear();
    this.#place = place;
    const mix = mixOf(state, other_direction);
    this.#mix = mix ?? [];
    this.#basis = basis;
    this.#aside = mix ? "" : aside(state);
    this.#sync();
  }

  /** Forget sliders that stand at zero. */
  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  #sync() {
    const basis = this.#basis;
    const idle = this.#aside !== "" || !basis;
    for (const id of ["add-component", "show-all", "mix-reset", "sliders"]) byId(id).hidden = idle;
    if (!basis || idle) {
      byId("mix-hint").hidden = true;
      const again = basis ? " Choose a component to mix again." : "";
      byId("formula").textContent = this.#aside ? `The colours follow ${this.#aside}.${again}` : "";
      return;
    }
    for (const [component] of this.#mix) this.#insert(component);
    const weights = new Map(this.#mix);
    for (const [component, row] of this.#rows) {
      const weight = weights.get(component) ?? 0;
      if (Number(row.slider.value) !== weight) row.slider.value = String(weight);
      if (document.activeElement !== row.typed) row.typed.value = shownWeight(weight);
      row.slider.classList.toggle("zero", weight === 0);
    }
    byId("formula").textContent = formula(normalised(this.#mix, basis.gram));
    byId("mix-hint").hidden = !isScaledAlone(this.#mix);
    byId("show-all").hidden = this.#rows.size >= this.#limit;
    byId("show-all").textContent = `show ${this.#demand}`;
    byId("add-component").hidden = this.#rows.size >= this.#limit;
  }

  /** How many sliders there can be. */
  get #limit() {
    return Math.min(MAX_SLIDERS, this.#basis?.ratios.length ?? 0);
  }

  /** How many sliders the next demand for more shows. */
  get #demand() {
    return this.#rows.size < FIRST_SLIDERS ? Math.min(FIRST_SLIDERS, this.#limit) : this.#limit;
  }

  /**
   * The mix with one weight changed.
   * @param {number} component
   * @param {number} weight
   * @returns {[number, number][]}
   */
  #with(component, weight) {
    const known = this.#mix.some(([each]) => each === component);
    if (!known) return [...this.#mix, [component, weight]];
    return this.#mix.map(([each, old]) => [each, each === component ? weight : old]);
  }

  /** @param {number} component */
  #insert(component) {
    if (this.#rows.has(component) || !this.#basis) return;
    const name = `component ${component}`;
    const slider = h("input", { type: "range", min: -1, max: 1, step: 0.01, value: 0, "aria-label": name });
    const typed = h("input", { class: "field", inputmode: "decimal", value: "0.00", "aria-label": `${name}, weight` });
    slider.addEventListener("input", () => this.on.slide(this.#with(component, Number(slider.value)), component));
    slider.addEventListener("change", () => this.on.settle());
    slider.addEventListener("dblclick", () => this.on.set(this.#with(component, 0)));
    typed.addEventListener("change", () => {
      const old = this.#mix.find(([each]) => each === component)?.[1] ?? 0;
      const weight = weightIn(typed.value) ?? old;
      typed.value = shownWeight(weight);
      if (weight !== old) this.on.set(this.#with(component, weight));
    });
    const drop = h(
      "button",
      { type: "button", class: "drop", "aria-label": `remove ${name}`, click: () => this.#drop(component) },
      icon("close"),
    );
    const variance = h("small", {}, percent(this.#basis.ratios[component]));
    const label = h("label", { title: name }, `c${component}`, variance);
    const item = h("li", { "data-component": component }, label, slider, typed, drop);
    this.#rows.set(component, { item, slider, typed, variance });
    this.#list.append(item);
  }

  /** @param {number} component */
  #drop(component) {
    this.#rows.get(component)?.item.remove();
    this.#rows.delete(component);
    const rest = this.#mix.filter(([each]) => each !== component);
    if (rest.length > 0) this.on.set(rest);
    else this.on.set([[component === 0 ? 1 : 0, 1]]);
  }

  /** The first component that has no slider. */
  #next() {
    let component = 0;
    while (this.#rows.has(component)) component += 1;
    return component;
  }

  #add() {
    const component = this.#next();
    this.#insert(component);
    this.#rows.get(component)?.slider.focus();
    this.#sync();
  }

  #showAll() {
    const wanted = this.#demand;
    for (let k = 0; this.#rows.size < wanted; k += 1) this.#insert(k);
    this.#sync();
  }

  #reset() {
    const first = this.#mix.find(([, weight]) => weight !== 0) ?? this.#mix[0];
    this.clear();
    this.on.set([[first[0], 1]]);
  }
}
