// The list of texts: an article for each, made once and kept while its text stays on screen.

import { byId, h } from "./dom.js";
import { keepsSpaces, plural, shown } from "./format.js";
import { tokenSpans } from "./painter.js";

/** @typedef {import("./data.js").Shown} Shown */
/** @typedef {import("./types.js").Token} Token */

/** @typedef {{element: HTMLElement, spans: HTMLElement[], tokens: Token[]}} Article */

export class Texts {
  /** @type {Map<string, Article>} */
  #articles = new Map();
  #list = byId("texts");
  #boxes;

  /**
   * @param {Shown[]} texts  as the server has rendered them
   * @param {boolean} boxes
   */
  constructor(texts, boxes) {
    this.#boxes = boxes;
    const rendered = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    texts.forEach((text, i) => {
      const spans = /** @type {HTMLElement[]} */ ([
        ...(rendered[i].querySelector(".tokens")?.children ?? []),
      ]);
      this.#articles.set(text.id, { element: rendered[i], spans, tokens: text.tokens });
    });
  }

  /**
   * Put these texts on screen, in this order; returns their tokens' elements.
   * @param {Shown[]} texts
   * @param {string | null} open  the only one to be seen
   * @returns {HTMLElement[][]}
   */
  show(texts, open) {
    const kept = new Map();
    for (const text of texts) {
      const old = this.#articles.get(text.id);
      // What can be done with a text depends on how it came to be here.
      const article = old?.element.dataset.given === text.given ? old : this.#make(text);
      article.element.dataset.key = text.key;
      article.element.hidden = open !== null && open !== text.key;
      kept.set(text.id, article);
    }
    for (const [id, { element }] of this.#articles) if (kept.get(id)?.element !== element) element.remove();
    this.#articles = kept;
    const elements = texts.map(({ id }) => kept.get(id).element);
    elements.forEach((element, i) => {
      if (this.#list.children[i] !== element) this.#list.insertBefore(element, this.#list.children[i]);
    });
    return texts.map(({ id }) => kept.get(id).spans);
  }

  /**
   * Write the tokens as running text, or with their white space visible.
   * @param {boolean} boxes
   */
  draw(boxes) {
    this.#boxes = boxes;
    for (const { spans, tokens } of this.#articles.values()) {
      spans.forEach((span, i) => {
        span.textContent = shown(tokens[i], boxes);
      });
    }
  }

  /** @param {boolean} busy */
  set busy(busy) {
    this.#list.setAttribute("aria-busy", String(busy));
  }

  /**
   * @param {Shown} text
   * @returns {Article}
   */
  #make(text) {
    const spans = tokenSpans(text.tokens, this.#boxes);
    const first = text.tokens.findIndex((token) => !token.special);
    if (spans.length > 0) spans[Math.max(first, 0)].tabIndex = 0;
    const act = (/** @type {string} */ name, /** @type {string} */ words) =>
      h("button", { type: "button", class: "text-button", "data-act": name }, words);
    const acts = [act("heat", "across layers"), act("open", "open")];
    if (text.given === "own") acts.push(act("keep", "keep"));
    if (text.given === "own" || text.given === "prompt") acts.push(act("remove", "remove"));
    const body = text.error
      ? [h("p", { class: "error" }, text.error), h("p", { class: "typed" }, text.text)]
      : [h("p", { class: `tokens${keepsSpaces(text.text) ? " exact" : ""}`, dir: "auto" }, ...spans)];
    const element = h(
      "article",
      { class: "text", "data-given": text.given, "aria-label": text.source },
      h(
        "header",
        {},
        h("span", { class: "source" }, text.source),
        h("span", {}, plural(text.tokens.length, "token")),
        h("span", { class: "acts" }, ...acts),
      ),
      ...body,
    );
    return { element, spans, tokens: text.tokens };
  }
}

/**
 * The token that an element is, if it is one: the key of its text, and its position.
 * @param {EventTarget | null} target
 * @returns {{span: HTMLElement, key: string, position: number} | null}
 */
export function tokenAt(target) {
  const span = target instanceof Element ? target.closest(".texts .t") : null;
  const article = /** @type {HTMLElement | undefined} */ (span?.closest(".text"));
  if (!(span instanceof HTMLElement) || !article) return null;
  const siblings = /** @type {Element} */ (span.parentElement).children;
  return {
    span,
    key: article.dataset.key ?? "",
    position: Array.prototype.indexOf.call(siblings, span),
  };
}

/**
 * The element of a token, if it is on screen.
 * @param {string} key
 * @param {number} position
 * @returns {HTMLElement | null}
 */
export function spanOf(key, position) {
  const tokens = document.querySelector(`.text[data-key="${CSS.escape(key)}"] .tokens`);
  return /** @type {HTMLElement | null} */ (tokens?.children[position] ?? null);
}
