// Every site of the model: a list to search, and the head where a site has heads.

import * as api from "./api.js";
import { byId, h, inputById } from "./dom.js";

/** @typedef {{name: string, label: string, kind: string, n_heads: number | null, fitted: boolean}} Row */

export class Sites {
  /** @type {Row[]} */
  #rows = [];
  #list = byId("site-list");
  #search = inputById("site-search");
  #head = /** @type {HTMLSelectElement} */ (byId("head"));
  #chosen = "";

  /**
   * @param {string} model
   * @param {(site: string, head: number | null) => void} choose
   */
  constructor(model, choose) {
    byId("all-sites").addEventListener("toggle", async () => {
      if (this.#rows.length > 0) return;
      try {
        this.#rows = (await api.sites(model)).items;
        this.#draw();
      } catch (error) {
        this.#list.replaceChildren(h("li", { class: "error" }, String(error)));
      }
    });
    this.#search.addEventListener("input", () => this.#draw());
    this.#list.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      const row = this.#rows.find(({ name }) => name === button?.dataset.site);
      if (row) choose(row.name, row.n_heads === null ? null : 0);
    });
    this.#head.addEventListener("change", () => choose(this.#chosen, Number(this.#head.value)));
  }

  /** @param {import("./types.js").Site} site */
  show(site) {
    this.#chosen = site.name;
    byId("site-line").hidden = site.basic && site.n_heads === null;
    byId("site-name").textContent = site.label;
    byId("head-label").hidden = site.n_heads === null;
    this.#head.replaceChildren(
      ...Array.from({ length: site.n_heads ?? 0 }, (_, head) => h("option", {}, String(head))),
    );
    this.#head.value = String(site.head ?? "");
    for (const button of this.#list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(button.dataset.site === site.name));
    }
  }

  /**
   * A site has a basis now.
   * @param {string} name
   */
  fitted(name) {
    const row = this.#rows.find((each) => each.name === name);
    if (row) row.fitted = true;
    this.#draw();
  }

  #draw() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.#rows.filter((row) => matches(row, words));
    const items = found.map(({ name, label, fitted }) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", "data-site": name, "aria-current": String(name === this.#chosen) },
          h("span", {}, label),
          fitted ? null : h("span", { class: "small" }, "not fitted"),
          h("code", {}, name),
        ),
      ),
    );
    const none = h("li", { class: "small" }, "No site has all of these words.");
    this.#list.replaceChildren(...(items.length > 0 ? items : [none]));
  }
}

/**
 * Whether a site's label or name has every word.
 * @param {{name: string, label: string}} site
 * @param {string[]} words  in lower case
 */
export function matches({ name, label }, words) {
  const text = `${label} ${name}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
