// The one state of the page, who listens to it, and the address bar that follows it.

import { serialise } from "./state.js";
import { settled } from "./dom.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {(state: State, before: State) => void} Listener */

export class Store {
  /** @type {Listener[]} */
  #listeners = [];
  /** The gesture in progress, whose many small changes are one step back. */
  #gesture = "";
  #write = settled(200, () => this.#replace());

  /** @param {State} state */
  constructor(state) {
    this.state = state;
    history.replaceState(state, "", location.href);
    addEventListener("popstate", ({ state: kept }) => {
      if (!kept) return;
      this.#gesture = "";
      this.#become(kept);
    });
  }

  /** @param {Listener} listener */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /**
   * Change something, as one step that Back undoes. Changes of the same gesture are one step.
   * @param {Partial<State>} patch
   * @param {string} [gesture]
   */
  choose(patch, gesture = "") {
    const next = { ...this.state, ...patch };
    const goesOn = gesture !== "" && gesture === this.#gesture;
    if (goesOn) {
      this.#become(next);
      this.#write();
      return;
    }
    this.#replace();
    this.#gesture = gesture;
    history.pushState(next, "", `?${serialise(next)}`);
    this.#become(next);
  }

  /**
   * Change something that is not worth a step back.
   * @param {Partial<State>} patch
   */
  adjust(patch) {
    this.#become({ ...this.state, ...patch });
    this.#replace();
  }

  /** The gesture is over: the next change is a step of its own. */
  endGesture() {
    if (this.#gesture) this.#replace();
    this.#gesture = "";
  }

  #replace() {
    const kept = history.state;
    if (kept !== this.state && JSON.stringify(kept) !== JSON.stringify(this.state)) {
      history.replaceState(this.state, "", `?${serialise(this.state)}`);
    }
  }

  /** @param {State} next */
  #become(next) {
    const before = this.state;
    this.state = next;
    for (const listener of this.#listeners) listener(next, before);
  }
}
