// Where the texts on screen come from: typed, stored under a number, in a set, drawn by a seed.

import * as api from "./api.js";
import { fromLibrary, idOf, own, sampleKey } from "./naming.js";

/** @typedef {import("./naming.js").Named} Named */
/** @typedef {import("./types.js").PromptSet} PromptSet */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").View} View */

export class Sources {
  /** @type {Map<string, Named[]>} */
  #samples = new Map();
  /** Null for a prompt that is not there. @type {Map<number, Named | null>} */
  #stored = new Map();
  /** @type {Map<number, {set: PromptSet | null, names: Named[]}>} */
  #sets = new Map();

  /** @param {View} view */
  constructor({ state, prompts, set }) {
    const names = prompts.map((prompt) => ({ ...prompt, id: idOf(prompt) }));
    const given = (/** @type {string} */ how) => names.filter((name) => name.given === how);
    const sample = given("sample");
    // A text that is also given by its number is missing from the sample: that has to be asked for.
    const whole = sample.length === state.n || given("prompt").length + given("set").length === 0;
    if (whole) this.#samples.set(sampleKey(state), sample);
    for (const id of state.prompts) this.#stored.set(id, null);
    for (const name of given("prompt")) this.#stored.set(/** @type {number} */ (name.prompt_id), name);
    if (set) this.#sets.set(set.id, { set, names: given("set") });
  }

  /**
   * A prompt that has become known otherwise: kept just now, or listed.
   * @param {{id: number, text: string}} prompt
   * @param {string} source
   */
  know({ id, text }, source) {
    const key = `p${id}`;
    this.#stored.set(id, { key, id: key, prompt_id: id, source, given: "prompt", text });
  }

  /**
   * What is in a set has changed.
   * @param {number} id
   */
  forgetSet(id) {
    this.#sets.delete(id);
  }

  /**
   * The set that a state names, as far as it is known.
   * @param {State} state
   */
  set(state) {
    return state.set === null ? null : (this.#sets.get(state.set)?.set ?? null);
  }

  /**
   * The texts of a state, each once; null where some of them are not known yet.
   * @param {State} state
   * @returns {Named[] | null}
   */
  names(state) {
    const sample = this.#samples.get(sampleKey(state));
    const set = state.set === null ? [] : this.#sets.get(state.set)?.names;
    if (!sample || !set || !state.prompts.every((id) => this.#stored.has(id))) return null;
    const stored = state.prompts.flatMap((id) => this.#stored.get(id) ?? []);
    /** @type {Map<string, Named>} */
    const found = new Map();
    for (const name of [...state.texts.map(own), ...stored, ...set, ...sample]) {
      if (!found.has(name.key)) found.set(name.key, name);
    }
    return [...found.values()];
  }

  /**
   * @param {State} state
   * @param {AbortSignal} [signal]
   * @returns {Promise<Named[]>}
   */
  async load(state, signal) {
    await Promise.all([this.#sample(state, signal), this.#numbered(state, signal)]);
    return /** @type {Named[]} */ (this.names(state));
  }

  /**
   * @param {State} state
   * @param {AbortSignal} [signal]
   */
  async #sample(state, signal) {
    if (this.#samples.has(sampleKey(state))) return;
    const { items } = await api.prompts(state.seed, state.n, signal);
    this.#samples.set(sampleKey(state), items.map(fromLibrary));
  }

  /**
   * @param {State} state
   * @param {AbortSignal} [signal]
   */
  async #numbered(state, signal) {
    const missing = state.prompts.filter((id) => !this.#stored.has(id));
    const unknownSet = state.set !== null && !this.#sets.has(state.set);
    if (missing.length === 0 && !unknownSet) return;
    const params = new URLSearchParams();
    for (const id of missing) params.append("prompt", String(id));
    if (unknownSet) params.set("set", String(state.set));
    const { set, items } = await api.stored(params.toString(), signal);
    for (const id of missing) this.#stored.set(id, null);
    const names = items.map((item) => ({ ...item, id: item.key }));
    for (const name of names) if (name.given === "prompt") this.#stored.set(name.prompt_id, name);
    if (unknownSet && state.set !== null) {
      this.#sets.set(state.set, { set, names: names.filter(({ given }) => given === "set") });
    }
  }
}
