// The corpus's highest and lowest tokens along a saved direction, beside one another.

import * as api from "../viewer/api.js";
import { colourRange } from "../viewer/colour.js";
import { row } from "../viewer/corpus.js";
import { h } from "../viewer/dom.js";
import { count, message, UNIT_SHORT } from "../viewer/format.js";
import { saying, showProgress } from "../viewer/progress.js";

/** @typedef {import("../viewer/corpus.js").Item} Item */
/** @typedef {import("../viewer/types.js").Unit} Unit */

/** @typedef {{highest: Item[], lowest: Item[], n_tokens: number}} Ends */

/**
 * Ask for both ends and show them, once the place comes into sight.
 * @param {HTMLElement} place
 * @param {{id: number, model: string, site: string, head: number | null}} direction
 * @param {Unit} unit
 */
export function showEnds(place, { id, model, site, head }, unit) {
  const status = h("div", { class: "working corpus-status", role: "status", hidden: true });
  const list = h("div", { class: "ends" });
  place.replaceChildren(status, list);
  const request = { site, ...(head === null ? {} : { head }), direction: { id }, unit, k: 6, context: 7 };

  async function ask() {
    const asking = new AbortController();
    const over = saying(status, "Looking through the corpus …", () => asking.abort());
    try {
      /** @type {Ends | api.Started} */
      let answer = await api.topTokens(model, request, asking.signal);
      if (answer instanceof api.Started) {
        over();
        await showProgress(status, "Scoring the corpus", answer, asking.signal);
        answer = /** @type {Ends} */ (await api.topTokens(model, request, asking.signal));
      }
      draw(/** @type {Ends} */ (answer));
    } catch (error) {
      const again = h("button", { type: "button", class: "text-button", click: ask }, "Try again");
      const words = asking.signal.aborted ? "Stopped." : message(error);
      list.replaceChildren(h("p", { class: "small" }, words, " ", again));
    } finally {
      over();
    }
  }

  /** @param {Ends} answer */
  function draw({ highest, lowest, n_tokens }) {
    const values = [...highest, ...lowest].flatMap(({ tokens, scores }) =>
      scores.filter((_, i) => !tokens[i].special),
    );
    const range = colourRange(Float32Array.from(values));
    const end = (/** @type {string} */ title, /** @type {string} */ kind, /** @type {Item[]} */ items) =>
      h(
        "section",
        { class: "corpus" },
        h("h3", {}, h("span", { class: `side ${kind}` }, title)),
        h("ol", {}, ...items.map((item) => row(item, range, false))),
      );
    list.replaceChildren(end("+ end", "plus", highest), end("− end", "minus", lowest));
    place.append(h("p", { class: "small" }, `of ${count(n_tokens)} corpus tokens, ${UNIT_SHORT[unit]}`));
  }

  const seen = new IntersectionObserver(
    ([entry]) => {
      if (!entry.isIntersecting) return;
      seen.disconnect();
      ask();
    },
    { rootMargin: "200px" },
  );
  seen.observe(place);
}
