// The text as tokens: one of them is the position; those after it are not read.

import { keepsSpaces, spoken } from "../viewer/format.js";
import { settled } from "../viewer/dom.js";
import { tokenSpans } from "../viewer/painter.js";

/** @typedef {import("./types.js").View} View */

/** How long the hand rests before a position that was walked to is looked at, in ms. */
const RESTS = 160;

export class TokenRow {
  /** @type {HTMLElement[]} */
  #spans;
  #holder;
  #choose;
  #chosen = 0;
  /** Whether a walk has not been looked at yet. */
  #walks = false;
  #walked;

  /**
   * @param {HTMLElement} holder
   * @param {(position: number) => void} choose
   */
  constructor(holder, choose) {
    this.#holder = holder;
    this.#choose = choose;
    this.#spans = /** @type {HTMLElement[]} */ ([...holder.querySelectorAll(".t")]);
    this.#chosen = this.#spans.findIndex((span) => span.getAttribute("aria-pressed") === "true");
    this.#reveal(this.#spans[this.#chosen]);
    this.#walked = settled(RESTS, (/** @type {number} */ at) => {
      this.#walks = false;
      this.#choose(at);
    });
    holder.addEventListener("click", ({ target }) => {
      const at = this.#positionOf(target);
      if (at === null) return;
      this.#rest();
      this.mark(at);
      this.#spans[at].focus();
      this.#choose(at);
    });
    holder.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {View} view */
  draw({ tokens, position, words }) {
    // An answer that arrives on the way of a walk does not send it back.
    const at = this.#walks && tokens.length === this.#spans.length ? this.#chosen : position;
    if (at !== this.#chosen) this.#rest();
    const focused = this.#holder.contains(document.activeElement);
    const spans = tokenSpans(tokens, false);
    spans.forEach((span, i) => span.setAttribute("aria-label", tokens[i].special ? "start of text" : spoken(tokens[i].text)));
    this.#spans = spans;
    this.#holder.classList.toggle("exact", keepsSpaces(words));
    this.#holder.replaceChildren(...spans);
    this.mark(at);
    if (focused) spans[at]?.focus();
  }

  #rest() {
    this.#walks = false;
    this.#walked.cancel();
  }

  /**
   * Show a position as the chosen one.
   * @param {number} position
   */
  mark(position) {
    this.#chosen = position;
    this.#spans.forEach((span, at) => {
      span.setAttribute("aria-pressed", String(at === position));
      span.classList.toggle("after", at > position);
      span.tabIndex = at === position ? 0 : -1;
    });
    this.#reveal(this.#spans[position]);
  }

  /**
   * A long text has a scroll of its own: bring a token into its sight, and leave the page's alone.
   * @param {HTMLElement | undefined} span
   */
  #reveal(span) {
    const holder = this.#holder;
    if (!span || holder.scrollHeight <= holder.clientHeight) return;
    const [token, frame] = [span.getBoundingClientRect(), holder.getBoundingClientRect()];
    if (token.top < frame.top) holder.scrollTop -= frame.top - token.top + token.height;
    else if (token.bottom > frame.bottom) holder.scrollTop += token.bottom - frame.bottom + token.height;
  }

  /** @param {EventTarget | null} target */
  #positionOf(target) {
    const span = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(".t")) : null;
    const at = span ? this.#spans.indexOf(span) : -1;
    return at < 0 ? null : at;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.#spans.length - 1;
    const forward = getComputedStyle(this.#holder).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = { [forward]: this.#chosen + 1, [back]: this.#chosen - 1, Home: 0, End: last, Enter: this.#chosen, " ": this.#chosen }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const at = Math.min(Math.max(to, 0), last);
    this.mark(at);
    this.#spans[at].focus();
    this.#walks = true;
    this.#walked(at);
  }
}
