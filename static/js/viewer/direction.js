// The panel that says what the chosen direction is: its name, its variance, its scores.

import * as api from "./api.js";
import { histogramChart, placeMark, scree, varianceBars } from "./charts.js";
import { byId, h } from "./dom.js";
import { count, message, percent, quoted, UNIT_SHORT } from "./format.js";
import { inUnit } from "./histogram.js";
import { otherBody } from "./naming.js";
import { showProgress } from "./progress.js";
import { isMixed, mixOf, soleComponent } from "./state.js";
import { NEEDS_BASIS, unitAt } from "./within.js";

/** @typedef {import("./data.js").Place} Place */
/** @typedef {import("./mixing.js").Direction} Direction */
/** @typedef {import("./types.js").Histogram} Histogram */
/** @typedef {import("./types.js").State} State */

/** What to do where every slider is at zero. `app/web/wording.py` says the same. */
export const NO_DIRECTION = "Every slider is at zero: move one, or pick a component.";

/** @param {import("./types.js").OtherDirection} direction */
function otherName({ kind, text, by }) {
  if (kind === "token") return `residual of ${quoted(text)}`;
  return by === null ? `“${text}”` : `“${text}” by ${by}`;
}

/**
 * A direction's name: where it is, and what it is made of.
 * @param {State} state
 * @param {Place} place
 */
export function title(state, { site, basis, other_direction }) {
  const where = site.head === null ? site.label : `${site.label}, head ${site.head}`;
  // A neuron's name says where it is itself; where it is read, is said below.
  if (!isMixed(state) && other_direction?.kind === "neuron") return other_direction.text;
  if (!isMixed(state) && other_direction) return `${where} · ${otherName(other_direction)}`;
  if (!basis) return where;
  const sole = soleComponent(state);
  const moved = state.mix.filter(([, weight]) => weight !== 0);
  if (sole !== null) return `${where} · component ${sole}`;
  if (moved.length === 1) return `${where} · minus component ${moved[0][0]}`;
  return moved.length === 0 ? `${where} · no direction` : `${where} · mix of ${moved.length} components`;
}

/**
 * How much of the site's variance lies along a direction, and for a neuron, of which site.
 * @param {Place} place
 * @param {Direction} direction
 */
function explains({ site, other_direction }, { explained }) {
  const share = explained === null ? null : `explains ${percent(explained)}`;
  if (other_direction?.kind !== "neuron") return share ?? "variance not known here";
  return `at ${site.label}${share === null ? "" : ` · ${share}`}`;
}

/**
 * The direction as the API takes it.
 * @param {State} state
 */
export function body(state) {
  const other = otherBody(state);
  if (other) return other;
  const sole = soleComponent(state);
  if (sole !== null) return { component: sole };
  const moved = state.mix.filter(([, weight]) => weight !== 0);
  return { combination: moved.map(([component, weight]) => ({ component, weight })) };
}

/**
 * A saved direction as the mix of components that it is: the corpus's scores along these are kept,
 * so that its histogram needs no pass over the corpus. Null for any other direction.
 * @param {State} state
 * @param {Place} place
 */
function known(state, { other_direction }) {
  const parts = state.direction === null ? null : (other_direction?.parts ?? null);
  return parts && { combination: parts.map(([component, weight]) => ({ component, weight })) };
}

export class DirectionPanel {
  #histogram = byId("histogram");
  #units = /** @type {NodeListOf<HTMLInputElement>} */ (byId("units").querySelectorAll("input"));
  /** @type {Histogram | null} */
  #counts = null;
  /** @type {Histogram | null} */
  #dot = null;
  #asked = "";
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {Element | null} */
  #mark = null;
  #drawn = "";

  /** @param {{unit: (unit: any) => void, component: (k: number) => void}} on */
  constructor(on) {
    this.choose = on.component;
    byId("units").addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) on.unit(target.value);
    });
  }

  /** What the histogram on screen says, for the card. */
  get counts() {
    return this.#counts;
  }

  /**
   * @param {State} state
   * @param {Place} place
   * @param {Direction | null} direction
   */
  show(state, place, direction) {
    const { basis } = place;
    byId("direction-title").textContent = title(state, place);
    byId("explains").textContent = direction ? explains(place, direction) : "";
    byId("provenance").textContent = basis
      ? `PCA of ${count(basis.n_tokens)} tokens of ${basis.corpus}`
      : "";
    this.#showUnits(state.unit, basis);
    const mix = mixOf(state, place.other_direction) ?? [];
    const chosen = new Set(mix.filter(([, weight]) => weight !== 0).map(([component]) => component));
    const drawn = JSON.stringify([state.site, state.head, [...chosen], basis?.n_tokens]);
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      const ratios = basis?.ratios ?? [];
      byId("scree").replaceChildren(scree(ratios, chosen));
      byId("variance").hidden = !basis;
      byId("variance").replaceChildren(
        h("figcaption", {}, h("span", {}, "explained variance, %"), h("span", {}, "component")),
        varianceBars(ratios, chosen, this.choose),
      );
    }
  }

  /**
   * @param {import("./types.js").Unit} chosen
   * @param {import("./types.js").Basis | null} basis
   */
  #showUnits(chosen, basis) {
    for (const radio of this.#units) {
      const unit = /** @type {import("./types.js").Unit} */ (radio.value);
      radio.disabled = unitAt(unit, basis) !== unit;
      radio.title = radio.disabled ? NEEDS_BASIS : "";
      radio.checked = unit === chosen;
    }
  }

  /**
   * The histogram of corpus scores along the direction, asked for when it is not the one shown.
   * @param {State} state
   * @param {Place} place
   * @param {Direction | null} direction
   */
  async showHistogram(state, place, direction) {
    this.#histogram.hidden = !direction;
    if (!direction) return;
    const { site, head } = state;
    const unit = state.unit === "cosine" ? "cosine" : "dot";
    const request = { site, ...(head === null ? {} : { head }), direction: known(state, place) ?? body(state), unit };
    const asked = JSON.stringify(request);
    if (asked !== this.#asked) {
      this.#asking?.abort();
      this.#asked = asked;
      this.#dot = null;
      this.#histogram.setAttribute("aria-busy", "true");
      if (!isMixed(state) && !known(state, place)) {
        this.#offer(state, direction, request);
        return;
      }
      await this.#ask(state, direction, request);
    } else if (this.#dot) this.#draw(state, direction);
  }

  /**
   * Mark a score in the histogram, or none.
   * @param {number | null} value
   */
  point(value) {
    if (this.#mark && this.#counts) placeMark(this.#mark, this.#counts, value);
  }

  /**
   * A direction outside the fitted components needs a pass over the corpus: not without asking.
   * @param {State} state
   * @param {Direction} direction
   * @param {object} request
   */
  #offer(state, direction, request) {
    this.#counts = null;
    const go = () => this.#ask(state, direction, request);
    this.#histogram.replaceChildren(
      h("p", { class: "small" }, "How the corpus scores along this direction is not known yet."),
      h("button", { type: "button", class: "button", click: go }, "Score the corpus"),
    );
  }

  /**
   * @param {State} state
   * @param {Direction} direction
   * @param {object} request
   */
  async #ask(state, direction, request) {
    const asking = new AbortController();
    this.#asking = asking;
    const { signal } = asking;
    try {
      let answer = await api.histogram(state.model, request, signal);
      if (answer instanceof api.Started) {
        await showProgress(this.#histogram, "Scoring the corpus", answer, signal);
        answer = await api.histogram(state.model, request, signal);
      }
      if (signal.aborted || answer instanceof api.Started) return;
      this.#dot = answer;
      this.#draw(state, direction);
    } catch (error) {
      if (signal.aborted) return;
      this.#counts = null;
      this.#asked = "";
      this.#histogram.replaceChildren(h("p", { class: "small" }, message(error)));
    }
  }

  /**
   * @param {State} state
   * @param {Direction} direction
   */
  #draw(state, direction) {
    if (!this.#dot) return;
    this.#counts = inUnit(this.#dot, state.unit, direction);
    const chart = histogramChart(this.#counts);
    this.#mark = chart.querySelector(".now");
    this.#histogram.removeAttribute("aria-busy");
    this.#histogram.replaceChildren(
      h(
        "figcaption",
        {},
        h("span", {}, `scores of ${count(this.#dot.n_tokens)} corpus tokens`),
        h("span", {}, UNIT_SHORT[state.unit]),
      ),
      chart,
    );
  }
}
