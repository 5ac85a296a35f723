// The picker: layers down, components across, darker where more variance is explained.

import { byId, h } from "./dom.js";
import { percent } from "./format.js";
import { neighbour } from "./keys.js";
import { isMixed, soleComponent } from "./state.js";

/** Components that the picker has cells for. */
const CELLS = 32;

/** @typedef {import("./types.js").GridRow} GridRow */
/** @typedef {import("./types.js").State} State */

/**
 * Shades of the grid's cells, 0 to 16: on a log scale, over the middle of all its ratios.
 * @param {GridRow[]} rows
 * @returns {(ratio: number) => number}
 */
export function shades(rows) {
  const known = rows
    .flatMap(({ ratios }) => ratios)
    .filter((ratio) => ratio > 0)
    .sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => Math.log(known[Math.floor(share * (known.length - 1))] ?? 1);
  const [low, high] = [at(0.05), at(0.99)];
  return (ratio) => {
    if (ratio <= 0) return 0;
    const share = (Math.log(ratio) - low) / (high - low || 1);
    return Math.floor(16 * Math.min(Math.max(share, 0), 1) + 0.5);
  };
}

/** How long a hand rests on a row before its scores are fetched, in ms. */
const INTENT = 100;

export class Grid {
  #table = byId("grid");
  #readout = byId("readout");
  /** @type {HTMLElement | null} */
  #chosen = null;
  /** @type {GridRow | null} */
  #extra = null;

  /**
   * @param {GridRow[]} rows
   * @param {{choose: (site: string, component: number) => void, intend: (site: string) => void}} on
   *   `intend`: the hand rests on a site, which may be chosen next
   */
  constructor(rows, on) {
    this.rows = rows;
    this.#table.addEventListener("click", (event) => {
      const at = this.#at(event.target);
      if (at) on.choose(at.site, at.component ?? this.component);
    });
    this.#table.addEventListener("keydown", (event) => {
      const at = this.#at(event.target);
      if (at && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        on.choose(at.site, at.component ?? this.component);
      }
    });
    let resting = 0;
    this.#table.addEventListener("pointerover", ({ target }) => {
      const at = this.#at(target);
      this.#tell(at);
      clearTimeout(resting);
      const fitted = this.rows.some(({ name, fitted }) => name === at?.site && fitted);
      if (at && fitted) resting = window.setTimeout(() => on.intend(at.site), INTENT);
    });
    this.#table.addEventListener("pointerleave", () => {
      clearTimeout(resting);
      this.#tell(null);
    });
    this.component = 0;
  }

  /**
   * Mark what is chosen.
   * @param {State} state
   */
  show(state) {
    this.component = soleComponent(state) ?? state.mix[0]?.[0] ?? 0;
    const sole = isMixed(state) ? soleComponent(state) : null;
    for (const row of this.#table.querySelectorAll("tbody tr")) {
      row.classList.toggle("here", row.getAttribute("data-site") === state.site);
    }
    const cell = this.#cell(state.site, this.component);
    const focused = this.#table.contains(document.activeElement);
    if (this.#chosen && this.#chosen !== cell) {
      this.#chosen.setAttribute("aria-selected", "false");
      this.#chosen.tabIndex = -1;
    }
    if (cell) {
      cell.setAttribute("aria-selected", String(sole !== null));
      cell.tabIndex = 0;
      if (focused) cell.focus({ preventScroll: true });
    }
    this.#chosen = cell;
    this.#tell(null);
  }

  /**
   * The site a step before or after this one.
   * @param {string} site
   * @param {1 | -1} step
   * @param {number} blocks
   */
  neighbour(site, step, blocks) {
    return neighbour(site, step, this.rows.map(({ name }) => name), blocks);
  }

  /**
   * A row's cells, now that its variance is known.
   * @param {GridRow} row
   */
  #fill(row) {
    const line = this.#table.querySelector(`tr[data-site="${CSS.escape(row.name)}"]`);
    if (!line) return;
    const shade = shades(this.rows);
    const cells = row.ratios.map((ratio, k) =>
      h("td", {
        role: "gridcell",
        class: `g${shade(ratio)}`,
        tabindex: -1,
        "aria-selected": "false",
        "aria-label": `${row.label}, component ${k}, ${percent(ratio)}`,
      }),
    );
    for (const old of line.querySelectorAll("td")) old.remove();
    line.append(...cells);
  }

  /**
   * A site outside the short list has a row of its own below it, while it is chosen.
   * @param {import("./types.js").Site} site
   * @param {import("./types.js").Basis | null} basis
   */
  extra(site, basis) {
    const listed = this.rows.find(({ name }) => name === site.name);
    this.#table.querySelector("tr.extra")?.remove();
    this.#extra = null;
    const ratios = basis?.ratios.slice(0, CELLS) ?? [];
    if (listed) {
      if (!listed.fitted && basis) this.#fill(Object.assign(listed, { fitted: true, ratios }));
      return;
    }
    this.#extra = { name: site.name, label: site.label, short: "here", fitted: basis !== null, ratios };
    const head = h("th", { scope: "row", title: site.label }, this.#extra.short);
    const line = h("tr", { "data-site": site.name, class: "extra" }, head);
    this.#table.querySelector("tbody")?.append(line);
    if (basis) this.#fill(this.#extra);
    else line.append(h("td", { class: "unfitted", colspan: CELLS, tabindex: -1, role: "gridcell" }, "not fitted yet"));
  }

  /**
   * @param {EventTarget | null} target
   * @returns {{site: string, component: number | null} | null}
   */
  #at(target) {
    const cell = target instanceof Element ? target.closest("td, th[scope]") : null;
    const row = /** @type {HTMLTableRowElement | null} */ (cell?.closest("tr[data-site]") ?? null);
    if (!cell || !row) return null;
    const fitted = cell instanceof HTMLTableCellElement && cell.matches('[class^="g"]');
    return { site: row.dataset.site ?? "", component: fitted ? cell.cellIndex - 1 : null };
  }

  /**
   * @param {string} site
   * @param {number} component
   */
  #cell(site, component) {
    const row = this.#table.querySelector(`tr[data-site="${CSS.escape(site)}"]`);
    const cell = row?.querySelectorAll("td")[component] ?? row?.querySelector("td");
    return /** @type {HTMLElement | null} */ (cell ?? null);
  }

  /** @param {{site: string, component: number | null} | null} at */
  #tell(at) {
    const rows = this.#extra ? [...this.rows, this.#extra] : this.rows;
    const row = rows.find(({ name }) => name === at?.site);
    const share = at && at.component !== null ? row?.ratios[at.component] : undefined;
    this.#readout.textContent = !row
      ? `each row a layer, each column a component`
      : share === undefined
        ? row.label
        : `${row.label} · component ${at?.component} · ${percent(share)}`;
  }
}
