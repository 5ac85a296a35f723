// One text at every layer: tokens down, sites across, each cell a score.

import * as api from "./api.js";
import { colourRange, levelClass, levelOf } from "./colour.js";
import { body, NO_DIRECTION, title } from "./direction.js";
import { byId, h, icon } from "./dom.js";
import { message, quoted, shown, signed } from "./format.js";
import { isMixed, isNoDirection, soleComponent } from "./state.js";

/** @typedef {import("./data.js").Shown} Shown */
/** @typedef {import("./types.js").Across} Across */
/** @typedef {import("./types.js").State} State */
/** @typedef {Awaited<ReturnType<typeof api.heatmap>>} Heatmap */

/**
 * What the table compares: a sole component can be the vector that it is here, where that is one
 * of the residual stream, or each layer's own; anything else is one vector.
 * @param {State} state
 * @param {import("./types.js").Site} site
 * @returns {{sole: number | null, choice: boolean, across: Across}}
 */
export function comparison(state, site) {
  const sole = isMixed(state) ? soleComponent(state) : null;
  const choice = sole !== null && site.in_model_space;
  return { sole, choice, across: choice ? state.across : sole === null ? "direction" : "component" };
}

export class Heat {
  #dialog = /** @type {HTMLDialogElement} */ (byId("heat"));
  #asked = "";

  /**
   * @param {{close: () => void, compare: (across: Across) => void, go: (site: string, position: number) => void}} on
   */
  constructor(on) {
    this.on = on;
    this.#dialog.addEventListener("close", () => on.close());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /**
   * @param {State} state
   * @param {Shown | undefined} text
   * @param {import("./data.js").Place} place
   */
  async show(state, text, place) {
    if (state.heat === null || !text) {
      if (this.#dialog.open) this.#dialog.close();
      this.#asked = "";
      return;
    }
    const { sole, choice, across } = comparison(state, place.site);
    const asked = JSON.stringify([text.id, body(state), state.site, state.head, across]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    const table = h("div", { class: "heat-wrap", tabindex: 0, role: "region", "aria-label": "Scores" });
    const ranges = h("p", { class: "small heat-ranges" });
    const further = h("p", { class: "small heat-further", hidden: true }, "Scroll the table sideways for every layer.");
    const tell = () => {
      further.hidden = table.scrollWidth <= table.clientWidth + 1;
      table.classList.toggle("goes-on", table.scrollLeft + table.clientWidth < table.scrollWidth - 1);
    };
    table.addEventListener("scroll", tell, { passive: true });
    new ResizeObserver(tell).observe(table);
    const waiting = setTimeout(() => table.append(h("p", { class: "small" }, "Reading every layer …")), 300);
    const chose = document.activeElement?.closest(".segmented") && this.#dialog.open;
    this.#dialog.replaceChildren(
      h(
        "div",
        { class: "dialog-head" },
        h("h2", { id: "heat-title" }, "Across layers"),
        h("button", { type: "button", class: "icon-button", "aria-label": "Close", click: () => this.#dialog.close() }, icon("close")),
      ),
      h("div", { class: "heat-controls" }, ...this.#controls(sole, choice, across, title(state, place))),
      further,
      table,
      ranges,
    );
    if (!this.#dialog.open) this.#dialog.showModal();
    if (chose) /** @type {HTMLElement | null} */ (this.#dialog.querySelector(".segmented [aria-pressed=true]"))?.focus();
    if (isNoDirection(state)) {
      clearTimeout(waiting);
      table.replaceChildren(h("p", {}, NO_DIRECTION));
      return;
    }
    try {
      const where = text.prompt_id === null ? { text: text.text } : { prompt_id: text.prompt_id };
      const { site, head } = state;
      const request = { ...where, site, ...(head === null ? {} : { head }), direction: body(state), across };
      const answer = await api.heatmap(state.model, request);
      if (this.#asked !== asked) return;
      const limits = rangesOf(answer);
      table.replaceChildren(this.#table(answer, state, limits));
      ranges.textContent = rangesInWords(answer.sites, limits);
      tell();
    } catch (error) {
      if (this.#asked === asked) table.replaceChildren(h("p", { class: "error" }, message(error)));
    } finally {
      clearTimeout(waiting);
    }
  }

  /**
   * @param {number | null} sole
   * @param {boolean} choice  whether both comparisons can be had
   * @param {Across} across
   * @param {string} name
   */
  #controls(sole, choice, across, name) {
    const choose = (/** @type {Across} */ next) => next !== across && this.on.compare(next);
    const button = (/** @type {Across} */ which, /** @type {string} */ words) =>
      h("button", { type: "button", "aria-pressed": String(across === which), click: () => choose(which) }, words);
    const said =
      across === "component"
        ? `Dot product with component ${sole} of each layer’s own basis.`
        : `Dot product with one vector at every layer: ${name}.`;
    const note = h("p", { class: "small" }, said);
    if (!choice) return [note];
    const both = [button("direction", "this direction everywhere"), button("component", `component ${sole} of each`)];
    return [h("div", { class: "segmented", role: "group", "aria-label": "What is compared" }, ...both), note];
  }

  /**
   * @param {Heatmap} heatmap
   * @param {State} state
   * @param {number[]} ranges  of each site's colours
   */
  #table({ sites, tokens, scores }, state, ranges) {
    const head = h(
      "tr",
      {},
      h("th", { scope: "col" }, "token"),
      ...sites.map(({ label }) => h("th", { scope: "col", title: label }, short(label))),
    );
    const rows = tokens.map((token, position) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, token.special ? shown(token, false) : quoted(token.text)),
        ...sites.map(({ name, label }, i) => {
          const value = scores[i]?.[position];
          if (value === undefined) return h("td", { class: "small" }, "–");
          const colour = token.special && !state.bos ? "" : levelClass(levelOf(value, ranges[i])).trim();
          const words = `${label}: ${signed(value)}`;
          const go = () => this.on.go(name, position);
          const cell = h("button", { type: "button", class: colour, "aria-label": words, title: words, click: go }, signed(value));
          return h("td", {}, cell);
        }),
      ),
    );
    const caption = h("caption", { class: "sr" }, "Scores of each token at each layer");
    return h("table", { class: "heat-table" }, caption, h("thead", {}, head), h("tbody", {}, ...rows));
  }
}

/**
 * Vectors after the final LayerNorm are far shorter than those before it, so that on one range
 * their colours would be nothing: they have a range of their own.
 * @param {{name: string}} site
 */
const isOutput = ({ name }) => name.startsWith("ln_final");

/**
 * The colour range of each column, special tokens left out.
 * @param {Pick<Heatmap, "sites" | "tokens" | "scores">} heatmap  scores by site, then token
 */
export function rangesOf({ sites, tokens, scores }) {
  const over = (/** @type {boolean} */ output) => {
    const rows = scores.filter((_, i) => isOutput(sites[i]) === output);
    return colourRange(Float32Array.from(rows.flatMap((row) => (row ?? []).filter((_, t) => !tokens[t].special))));
  };
  const [layers, output] = [over(false), over(true)];
  return sites.map((site) => (isOutput(site) ? output : layers));
}

/**
 * @param {{name: string, label: string}[]} sites
 * @param {number[]} ranges
 */
function rangesInWords(sites, ranges) {
  const size = (/** @type {number} */ range) => signed(range).slice(1);
  const output = sites.findIndex(isOutput);
  const layers = ranges.find((_, i) => i !== output);
  const first = `Dot products, full colour at ± ${size(layers ?? ranges[0])}.`;
  if (output < 0 || layers === undefined) return first;
  return `${first} ${sites[output].label}, after the final LayerNorm, has a range of its own: ± ${size(ranges[output])}.`;
}

/**
 * A site's label where there is little room.
 * @param {string} label
 */
const short = (label) => label.replace("Layer ", "").replace(" embedding", "");
