// A site without a basis: what that means, and a button that fits it.

import * as api from "./api.js";
import { byId, h } from "./dom.js";
import { message } from "./format.js";
import { showProgress } from "./progress.js";

/** @typedef {import("./types.js").State} State */

export class FitPanel {
  #panel = byId("fit");
  /** The site that the panel is about; empty where it is hidden. */
  #offered = "";

  /** @param {(state: State) => void} fitted  told the state that was fitted */
  constructor(fitted) {
    this.fitted = fitted;
  }

  /**
   * @param {State} state
   * @param {import("./data.js").Place} place
   */
  show(state, { site, basis }) {
    this.#panel.hidden = basis !== null;
    if (basis) {
      this.#offered = "";
      return;
    }
    // A fit is of every head: choosing another one leaves the button, or the progress, as it is.
    if (this.#offered === site.name) return;
    this.#offered = site.name;
    this.#offer(state, site.label);
  }

  /**
   * @param {State} state
   * @param {string} label
   * @param {string} [error]
   */
  #offer(state, label, error = "") {
    const words =
      `${label} has no directions yet: its principal components have not been fitted. ` +
      "Before that, scores are not centred, and not in standard deviations.";
    const button = h("button", { type: "button", class: "button primary" }, "Fit this site");
    button.addEventListener("click", async () => {
      try {
        const started = await api.fit(state.model, state.site);
        await showProgress(this.#panel, `Fitting ${label}`, started);
        if (this.#offered === state.site) this.#offered = "";
        this.fitted(state);
      } catch (refusal) {
        if (this.#offered === state.site) this.#offer(state, label, message(refusal));
      }
    });
    const said = error ? [h("p", { class: "error" }, error)] : [];
    this.#panel.replaceChildren(h("p", { class: "small" }, words), ...said, button);
  }
}
