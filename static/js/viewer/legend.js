// The legend: the range of the colours, which can be pinned or typed.

import { byId, inputById } from "./dom.js";
import { plural, signed, UNIT_NAMES } from "./format.js";

/** @typedef {import("./painter.js").Painted} Painted */
/** @typedef {import("./types.js").State} State */

/**
 * A number as a person would type it.
 * @param {number} value
 */
const typed = (value) => String(Number(value.toPrecision(4)));

/**
 * What is said about scores beyond the range.
 * @param {Painted} painted
 * @param {boolean} pinned
 */
export function note({ beyond, counted }, pinned) {
  const base = pinned ? "Pinned." : "99 % of tokens are within the range.";
  if (beyond === 0) return pinned ? "Pinned. No token lies beyond it." : base;
  const share = `${plural(beyond, "token")} of ${counted} beyond it, at full strength.`;
  return pinned ? `Pinned. ${share}` : `99th percentile: ${share}`;
}

/** What to do at a site without a basis. `app/web/wording.py` says the same. */
export const UNFITTED = "No colours yet: this site has to be fitted first, under Direction.";

export class Legend {
  #panel = byId("legend");
  #range = inputById("range");
  #pin = byId("pin-range");
  #mark = byId("legend-mark");
  #current = 1;

  /** @param {(range: number | null) => void} pin */
  constructor(pin) {
    const take = () => {
      const value = Number(this.#range.value.replace(",", "."));
      if (Number.isFinite(value) && value > 0) pin(value);
      else this.#range.value = typed(this.#current);
    };
    this.#range.addEventListener("change", take);
    this.#range.addEventListener("keydown", (event) => {
      if (event.key === "Enter") take();
    });
    this.#pin.addEventListener("click", () => {
      pin(this.#pin.getAttribute("aria-pressed") === "true" ? null : Number(this.#current.toPrecision(6)));
    });
  }

  /**
   * @param {Painted} painted
   * @param {State} state
   * @param {string | null} none  why there are no colours, and what to do; null where there are
   */
  show(painted, state, none) {
    this.#panel.classList.toggle("idle", none !== null);
    if (none !== null) {
      byId("legend-note").textContent = none;
      return;
    }
    this.#current = painted.range;
    byId("legend-low").textContent = signed(-painted.range);
    byId("legend-high").textContent = signed(painted.range);
    byId("legend-unit").textContent = UNIT_NAMES[state.unit];
    byId("legend-note").textContent = note(painted, state.range !== null);
    if (document.activeElement !== this.#range) this.#range.value = typed(painted.range);
    this.#pin.setAttribute("aria-pressed", String(state.range !== null));
    this.#pin.textContent = state.range === null ? "pin" : "unpin";
  }

  /**
   * Mark where a score lies, or nothing.
   * @param {number | null} value
   */
  point(value) {
    this.#mark.hidden = value === null;
    if (value === null) return;
    const share = Math.min(Math.max(value / this.#current, -1), 1);
    this.#mark.style.left = `${50 + 50 * share}%`;
  }
}
