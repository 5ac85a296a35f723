// The one card over a token: what it is, how it scores, and what the model expects after it.

import { copy } from "../people/copying.js";
import * as api from "./api.js";
import { histogramChart } from "./charts.js";
import { levelClass, levelOf } from "./colour.js";
import { byId, h } from "./dom.js";
import { message, percent, quoted, signed, spoken, UNIT_SHORT } from "./format.js";
import { inWords, percentile } from "./histogram.js";
import { contributionsAt } from "./naming.js";
import { spanOf, tokenAt } from "./texts.js";

/** @typedef {import("./data.js").Shown} Shown */
/** @typedef {import("./types.js").Histogram} Histogram */
/** @typedef {import("./types.js").Token} Token */
/** @typedef {import("./types.js").Unit} Unit */

/** How long a hand or the focus rests on a token before the card opens, in ms. */
const DELAY = 100;

/**
 * What the card needs to know of a token.
 * @typedef {object} Facts
 * @property {Shown} text
 * @property {Token} token
 * @property {number} position
 * @property {number | null} value
 * @property {number} range
 * @property {Unit} unit
 * @property {Histogram | null} counts
 */

export class Card {
  #card = byId("card");
  #timer = 0;
  /** @type {HTMLElement | null} */
  #span = null;
  /** @type {{key: string, position: number} | null} */
  #pinned = null;
  /** The token pinned before this one, to compare with. @type {{key: string, position: number} | null} */
  #before = null;
  /** @type {Map<string, Promise<{id: number, text: string, p: number}[][]>>} */
  #predictions = new Map();

  /**
   * @param {string} model
   * @param {(key: string, position: number) => Facts | null} facts
   * @param {{point: (value: number | null) => void, pin: (pin: string | null) => void, colourBy: (pin: string) => void, save: (pin: string) => void, saveDifference: (pin: string, before: string) => void}} on
   */
  constructor(model, facts, on) {
    this.model = model;
    this.facts = facts;
    this.on = on;
    const texts = byId("texts");
    texts.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.#rest(event.target);
    });
    texts.addEventListener("pointerleave", () => this.#leave());
    texts.addEventListener("focusin", ({ target }) => this.#rest(target));
    texts.addEventListener("focusout", () => this.#leave());
    addEventListener("scroll", () => this.#span && this.#place(this.#span), { passive: true });
    addEventListener("resize", () => this.#span && this.#place(this.#span));
  }

  /**
   * Pin a token, or nothing.
   * @param {{key: string, position: number} | null} pin
   */
  pin(pin) {
    for (const span of document.querySelectorAll('.t[aria-pressed="true"]')) {
      span.removeAttribute("aria-pressed");
    }
    const last = this.#pinned;
    if (last && (last.key !== pin?.key || last.position !== pin?.position)) this.#before = last;
    this.#pinned = pin;
    const span = pin && spanOf(pin.key, pin.position);
    if (!pin || !span) {
      this.close();
      return;
    }
    span.setAttribute("aria-pressed", "true");
    this.#open(span, pin.key, pin.position);
  }

  /** Write the card again: the colours have changed under it. */
  refresh() {
    const at = tokenAt(this.#span);
    if (at && !this.#card.hidden) this.#open(at.span, at.key, at.position);
  }

  close() {
    clearTimeout(this.#timer);
    this.#card.hidden = true;
    this.#span = null;
    this.on.point(null);
  }

  /** @param {EventTarget | null} target */
  #rest(target) {
    clearTimeout(this.#timer);
    const at = tokenAt(target);
    if (!at) return;
    this.#timer = window.setTimeout(() => this.#open(at.span, at.key, at.position), DELAY);
  }

  /** Back to the pinned token, or away. */
  #leave() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      const pinned = this.#pinned;
      const span = pinned && spanOf(pinned.key, pinned.position);
      if (pinned && span) this.#open(span, pinned.key, pinned.position);
      else this.close();
    }, DELAY);
  }

  /**
   * @param {HTMLElement} span
   * @param {string} key
   * @param {number} position
   */
  #open(span, key, position) {
    const facts = this.facts(key, position);
    if (!facts) return;
    const pinned = this.#pinned?.key === key && this.#pinned.position === position;
    const next = h("ol", { "aria-label": "Likeliest next tokens" });
    this.#card.replaceChildren(
      ...what(facts),
      ...score(facts),
      h("p", { class: "card-next" }, "the model’s next token"),
      next,
      ...(pinned ? [this.#acts(`${key}:${position}`, facts)] : []),
    );
    this.#card.classList.toggle("fixed", pinned);
    this.#span = span;
    this.#card.hidden = false;
    this.#place(span);
    this.on.point(facts.value);
    this.#expect(facts, next);
  }

  /**
   * @param {string} pin
   * @param {Facts} facts
   */
  #acts(pin, { text, position }) {
    const act = (/** @type {string} */ words, /** @type {(event: any) => void} */ click) =>
      h("button", { type: "button", class: "text-button", click }, words);
    return h(
      "div",
      { class: "card-acts" },
      act("Colour by this token’s own residual", () => this.on.colourBy(pin)),
      act("Save this residual as a direction", () => this.on.save(pin)),
      ...this.#differenceAct(pin, act),
      h("a", { class: "text-button", href: contributionsAt(this.model, text, position) }, "Contributions here"),
      act("Copy link", ({ currentTarget }) => copy(currentTarget, location.href)),
      act("Unpin", () => this.on.pin(null)),
    );
  }

  /**
   * With another token pinned before, the difference of the two can be saved.
   * @param {string} pin
   * @param {(words: string, click: () => void) => HTMLElement} act
   */
  #differenceAct(pin, act) {
    const before = this.#before;
    const other = before && this.facts(before.key, before.position);
    if (!before || !other) return [];
    const at = `${before.key}:${before.position}`;
    if (at === pin) return [];
    const word = other.token.special ? other.token.text : quoted(other.token.text);
    return [act(`Save the difference with ${word}`, () => this.on.saveDifference(pin, at))];
  }

  /**
   * Five rows now, their words when the model has answered.
   * @param {Facts} facts
   * @param {HTMLOListElement} list
   */
  async #expect({ text, position }, list) {
    list.replaceChildren(...Array.from({ length: 5 }, () => predictionRow("", 0)));
    try {
      const rows = (await this.#predict(text))[position] ?? [];
      list.replaceChildren(...rows.map(({ text: word, p }) => predictionRow(word, p)));
    } catch (error) {
      list.replaceChildren(h("li", { class: "small" }, message(error)));
    }
  }

  /** @param {Shown} text */
  #predict(text) {
    let known = this.#predictions.get(text.id);
    if (!known) {
      const what = text.prompt_id === null ? { text: text.text } : { prompt_id: text.prompt_id };
      known = api.predictions(this.model, { ...what, top: 5 }).then((found) => found.predictions);
      known.catch(() => this.#predictions.delete(text.id));
      this.#predictions.set(text.id, known);
    }
    return known;
  }

  /**
   * Below the token, or above it where there is no room.
   * @param {HTMLElement} span
   */
  #place(span) {
    const boxes = span.getClientRects();
    const box = boxes[boxes.length - 1];
    if (!box) return;
    const { offsetWidth: width, offsetHeight: height } = this.#card;
    const left = Math.min(Math.max(box.left - 16, 8), innerWidth - width - 8);
    const below = box.bottom + 8;
    const top = below + height > innerHeight - 8 && box.top - height - 8 > 0 ? box.top - height - 8 : below;
    this.#card.style.left = `${left}px`;
    this.#card.style.top = `${top}px`;
  }
}

/**
 * @param {Facts} facts
 * @returns {HTMLElement[]}
 */
function what({ token, position }) {
  const name = token.special ? token.text : quoted(token.text);
  return [
    h(
      "p",
      { class: "what" },
      h("b", { title: spoken(token.text) }, name),
      h("span", {}, `id ${token.id} · position ${position}`),
    ),
  ];
}

/**
 * @param {Facts} facts
 * @returns {Element[]}
 */
function score({ value, range, unit, counts }) {
  if (value === null) return [h("p", { class: "small" }, "No direction is fitted here yet.")];
  const swatch = h("i", { class: levelClass(levelOf(value, range)).trim() });
  const line = h("p", { class: "value" }, swatch, signed(value), h("small", {}, UNIT_SHORT[unit]));
  if (!counts) return [line];
  return [
    line,
    h("p", { class: "small" }, inWords(percentile(counts, value))),
    histogramChart(counts, { width: 266, height: 34, mark: value, plain: true }),
  ];
}

/**
 * @param {string} word
 * @param {number} p
 */
function predictionRow(word, p) {
  const bar = h("i");
  bar.style.width = `${Math.max(100 * p, p > 0 ? 1 : 0)}%`;
  return h(
    "li",
    {},
    h("span", {}, word ? quoted(word) : "\u00a0"),
    h("span", { class: "p-bar" }, bar),
    h("span", {}, word ? percent(p) : ""),
  );
}
