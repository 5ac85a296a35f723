// The corpus's highest and lowest tokens along the direction, in their contexts.

import * as api from "./api.js";
import { colourRange, levelClass, levelOf } from "./colour.js";
import { body } from "./direction.js";
import { byId, h } from "./dom.js";
import { count, keepsSpaces, message, shown, signed, spoken, UNIT_SHORT } from "./format.js";
import { saying, showProgress } from "./progress.js";

/** @typedef {import("./painter.js").Painted} Painted */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Token} Token */

/** @typedef {{text_index: number, position: number, score: number, start: number, at: number, tokens: Token[], scores: number[]}} Item */

export class CorpusPanel {
  #panel = byId("panel-corpus");
  #list = h("div", { class: "corpus" });
  #status = h("div", { class: "working corpus-status", role: "status", hidden: true });
  #asked = "";
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {{highest: Item[], lowest: Item[], n_tokens: number} | null} */
  #answer = null;

  /** How the corpus's tokens are coloured, for the legend; null before there are any.
   * @type {Painted | null} */
  painted = null;

  /** @param {() => void} drawn */
  constructor(drawn) {
    this.drawn = drawn;
    this.#panel.append(this.#status, this.#list);
  }

  /**
   * @param {State} state
   * @param {boolean} known  whether there is a direction
   */
  async show(state, known) {
    if (state.tab !== "corpus") return;
    if (!known) {
      this.#asking?.abort();
      this.#asked = "";
      this.#list.replaceChildren(h("p", { class: "small" }, "There is no direction here yet."));
      return;
    }
    const { site, head, unit } = state;
    const request = {
      site,
      ...(head === null ? {} : { head }),
      direction: body(state),
      unit,
      k: 10,
      context: 12,
    };
    const asked = JSON.stringify(request);
    if (asked === this.#asked) {
      this.#draw(state);
      return;
    }
    this.#asked = asked;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#list.setAttribute("aria-busy", "true");
    const over = saying(this.#status, "Looking through the corpus …", () => asking.abort());
    try {
      let answer = await api.topTokens(state.model, request, asking.signal);
      if (answer instanceof api.Started) {
        over();
        await showProgress(this.#status, "Scoring the corpus", answer, asking.signal);
        answer = await api.topTokens(state.model, request, asking.signal);
      }
      this.#answer = answer;
      this.#draw(state);
    } catch (error) {
      if (this.#asking !== asking) return;
      this.#asked = "";
      const words = asking.signal.aborted ? "Stopped." : message(error);
      this.#list.replaceChildren(h("p", { class: "small" }, words));
    } finally {
      if (this.#asking === asking) {
        over();
        this.#list.removeAttribute("aria-busy");
      }
    }
  }

  /** @param {State} state */
  #draw(state) {
    if (!this.#answer) return;
    const { highest, lowest, n_tokens } = this.#answer;
    const shown = [...highest, ...lowest].flatMap(({ tokens, scores }) =>
      scores.filter((_, i) => !tokens[i].special),
    );
    const range = state.range ?? colourRange(Float32Array.from(shown));
    const beyond = shown.filter((value) => Math.abs(value) > range).length;
    this.painted = { range, beyond, counted: shown.length };
    const part = (/** @type {string} */ title, /** @type {Item[]} */ items) => [
      h("h2", {}, title, h("span", { class: "small" }, `of ${count(n_tokens)} tokens, ${UNIT_SHORT[state.unit]}`)),
      h("ol", {}, ...items.map((item) => row(item, range, state.boxes))),
    ];
    this.#list.replaceChildren(...part("Highest", highest), ...part("Lowest", lowest));
    this.drawn();
  }
}

/**
 * @param {Item} item
 * @param {number} range
 * @param {boolean} boxes
 */
export function row({ tokens, scores, at, score, start, text_index, position }, range, boxes) {
  const spans = tokens.map((token, i) => {
    const colour = token.special ? "" : levelClass(levelOf(scores[i], range));
    const classes = `${token.special ? "t bos" : "t"}${i === at ? " at" : ""}${colour}`;
    const title = `${spoken(token.text)} ${signed(scores[i])}`;
    return h("span", { class: classes, title, dir: token.special ? "ltr" : null }, shown(token, boxes));
  });
  const exact = keepsSpaces(tokens.map(({ text }) => text).join("").trim());
  const cut = start > 0 ? [h("span", { class: "cut" }, "… ")] : [];
  return h(
    "li",
    { title: `corpus text ${text_index}, position ${position}` },
    h("span", { class: "score" }, signed(score)),
    h("p", { class: `tokens${exact ? " exact" : ""}`, dir: "auto" }, ...cut, ...spans),
  );
}
