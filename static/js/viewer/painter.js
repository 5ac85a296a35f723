// Colouring the tokens on screen: only tokens whose level has changed are touched.

import { colourRange, levelClass, levelOf } from "./colour.js";
import { score } from "./mixing.js";
import { shown, signed, spoken } from "./format.js";

/** @typedef {import("./data.js").Shown} Shown */
/** @typedef {import("./mixing.js").Direction} Direction */
/** @typedef {import("./types.js").Token} Token */
/** @typedef {import("./types.js").Unit} Unit */

/** @typedef {{range: number, beyond: number, counted: number}} Painted */

/** A level no token has: what is painted next differs from it. */
const UNKNOWN = 127;

/**
 * The classes of a token, without its colour.
 * @param {Token} token
 */
const baseClass = (token) => (token.special ? "t bos" : token.text ? "t" : "t empty");

/**
 * A text's tokens as elements.
 * @param {Token[]} tokens
 * @param {boolean} boxes
 */
export function tokenSpans(tokens, boxes) {
  return tokens.map((token) => {
    const span = document.createElement("span");
    span.className = baseClass(token);
    span.setAttribute("role", "button");
    span.tabIndex = -1;
    // The name of a special token does not say which way its text runs.
    if (token.special) span.dir = "ltr";
    span.textContent = shown(token, boxes);
    return span;
  });
}

export class Painter {
  /** @type {Shown[]} */
  #texts = [];
  /** @type {HTMLElement[]} */
  #spans = [];
  /** @type {string[]} */
  #classes = [];
  /** @type {string[]} */
  #names = [];
  /** Where each text's tokens begin. @type {Map<string, number>} */
  #starts = new Map();
  #levels = new Int8Array(0);
  #special = new Uint8Array(0);
  #visible = new Uint8Array(0);
  #scratch = new Float32Array(0);
  #labelled = 0;
  #idle = 0;
  values = new Float32Array(0);

  /**
   * The texts on screen and their elements, in the same order.
   * @param {Shown[]} texts
   * @param {HTMLElement[][]} spans
   * @param {(text: Shown) => boolean} isVisible
   */
  show(texts, spans, isVisible) {
    const tokens = texts.flatMap((text) => text.tokens);
    this.#texts = texts;
    this.#spans = spans.flat();
    this.#classes = tokens.map(baseClass);
    this.#names = tokens.map((token) => spoken(token.text));
    this.#starts = new Map();
    let start = 0;
    this.#visible = new Uint8Array(tokens.length);
    for (const text of texts) {
      this.#starts.set(text.key, start);
      if (isVisible(text)) this.#visible.fill(1, start, start + text.tokens.length);
      start += text.tokens.length;
    }
    this.#levels = new Int8Array(tokens.length).fill(UNKNOWN);
    this.#special = Uint8Array.from(tokens, (token) => Number(token.special));
    this.#scratch = new Float32Array(tokens.length);
    this.values = new Float32Array(tokens.length);
  }

  /**
   * Colour every token by its score along a direction.
   * @param {Direction | null} direction
   * @param {Unit} unit
   * @param {number | null} pinned  the range, where a reader has pinned it
   * @param {boolean} bos  whether special tokens are coloured too
   * @returns {Painted}
   */
  paint(direction, unit, pinned, bos) {
    const { values } = this;
    if (direction) {
      for (const { key, block } of this.#texts) {
        if (block) score(block, direction, unit, values, this.#starts.get(key) ?? 0);
      }
    } else values.fill(0);
    let counted = 0;
    for (let i = 0; i < values.length; i += 1) {
      if (this.#visible[i] && !this.#special[i]) this.#scratch[counted++] = values[i];
    }
    const range = pinned ?? colourRange(this.#scratch, counted);
    let beyond = 0;
    for (let i = 0; i < values.length; i += 1) {
      const special = this.#special[i] === 1;
      const level = special && !bos ? 0 : levelOf(values[i], range);
      if (!special && this.#visible[i] && Math.abs(values[i]) > range) beyond += 1;
      if (level !== this.#levels[i]) {
        this.#levels[i] = level;
        this.#spans[i].className = this.#classes[i] + levelClass(level);
      }
    }
    this.#labelLater(direction !== null);
    return { range, beyond, counted };
  }

  /**
   * A token's score, or null where it is not on screen.
   * @param {string} key
   * @param {number} position
   */
  valueAt(key, position) {
    const start = this.#starts.get(key);
    return start === undefined ? null : (this.values[start + position] ?? null);
  }

  /**
   * Accessible names follow the colours when the hand rests, a few at a time.
   * @param {boolean} coloured
   */
  #labelLater(coloured) {
    cancelIdle(this.#idle);
    this.#labelled = 0;
    const some = () => {
      const end = Math.min(this.#labelled + 400, this.#spans.length);
      for (; this.#labelled < end; this.#labelled += 1) this.#label(this.#labelled, coloured);
      if (end < this.#spans.length) this.#idle = whenIdle(some);
    };
    this.#idle = whenIdle(some);
  }

  /**
   * @param {number} index
   * @param {boolean} coloured
   */
  #label(index, coloured) {
    const name = this.#names[index];
    const label = coloured ? `${name} ${signed(this.values[index])}` : name;
    const span = this.#spans[index];
    if (span.getAttribute("aria-label") !== label) span.setAttribute("aria-label", label);
  }
}

/** @param {() => void} call */
const whenIdle = (call) =>
  "requestIdleCallback" in window ? requestIdleCallback(call, { timeout: 1000 }) : setTimeout(call, 200);

/** @param {number} handle */
const cancelIdle = (handle) =>
  "cancelIdleCallback" in window ? cancelIdleCallback(handle) : clearTimeout(handle);
