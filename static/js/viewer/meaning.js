// What people say the chosen direction means: the best explanation, its votes, one's own.

import { who } from "../people/name.js";
import { form } from "../people/forms.js";
import { asMe, didAsMe } from "../people/passphrase.js";
import { offerUndo } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { voteButtons } from "../saved/votes.js";
import { SIDES } from "../saved/words.js";
import { get } from "./api.js";
import { byId, h } from "./dom.js";
import { message, quoted } from "./format.js";
import { addressOf } from "./naming.js";

/** @typedef {import("../saved/types.js").Direction} Saved */
/** @typedef {import("../saved/types.js").Explanation} Explanation */
/** @typedef {import("../saved/types.js").Side} Side */
/** @typedef {import("./types.js").State} State */

/** What a mix is told, that nobody can explain before it is saved. */
const UNSAVED = "This is not saved yet. Save it as a direction to say what it means, and to hear what others think.";
const UNEXPLAINED = "Nobody has said yet what this means. In the corpus shows where it is high, and where it is low.";

const WHY = "An explanation is signed with your name.";

/**
 * What a neuron says in the vocabulary. `_partials/direction.html` writes the same.
 * @param {import("./types.js").Says} says
 */
function words({ raises, lowers }) {
  const line = (/** @type {string} */ name, /** @type {string[]} */ tokens) =>
    h("p", {}, h("b", {}, name), ...tokens.flatMap((token) => [" ", h("span", { dir: "auto" }, quoted(token))]));
  const title = "Tokens whose bs-values a vector along this direction raises and lowers most";
  return h("div", { class: "meaning-says", title }, line("raises", raises), line("lowers", lowers));
}

function unsaved() {
  const save = h("button", { type: "button", class: "text-button", click: () => byId("save-direction").click() }, "Save it");
  return [h("p", { class: "small" }, UNSAVED), h("p", { class: "meaning-acts" }, save)];
}

export class Meaning {
  #panel = byId("meaning");
  /** @type {Map<string, Promise<Saved>>} */
  #known = new Map();
  #shown = "";
  /** What the direction says in the vocabulary, above what people say. @type {HTMLElement[]} */
  #words = [];

  /** @param {(direction: Saved | null) => void} told  what is shown: null while it is not known */
  constructor(told) {
    this.told = told;
  }

  /**
   * The hand moves: what was said of another direction goes, and its place stays.
   * @param {State} state
   * @param {import("./types.js").Says | null} says
   */
  leave(state, says) {
    const address = addressOf(state) ?? "";
    if (address === this.#shown) return;
    this.#shown = "";
    this.#words = says ? [words(says)] : [];
    this.#write();
    this.told(null);
  }

  /**
   * The hand rests: say what the direction means.
   * @param {State} state
   * @param {boolean} chosen  whether there is a direction
   * @param {import("./types.js").Says | null} says
   */
  async show(state, chosen, says) {
    const address = chosen ? addressOf(state) : null;
    if (address === null) {
      this.#shown = "";
      this.#words = chosen && says ? [words(says)] : [];
      this.#write(...(chosen ? unsaved() : []));
      return;
    }
    if (address === this.#shown) return;
    this.#shown = address;
    this.#words = says ? [words(says)] : [];
    try {
      const direction = await this.#ask(address);
      if (this.#shown !== address) return;
      this.told(direction);
      this.#draw(direction);
    } catch (error) {
      if (this.#shown !== address) return;
      this.#shown = "";
      this.#write(h("p", { class: "small" }, message(error)));
    }
  }

  /** @param {HTMLElement[]} parts */
  #write(...parts) {
    this.#panel.replaceChildren(...this.#words, ...parts);
  }

  /** Another name has other votes and explanations: ask again, unless one is being written. */
  forget() {
    this.#known.clear();
    if (!this.#panel.querySelector("form")) this.#shown = "";
  }

  /** @param {string} address */
  #ask(address) {
    let known = this.#known.get(address);
    if (!known) {
      const me = who();
      const asked = new URL(address, location.href);
      if (me !== null) asked.searchParams.set("me", me);
      known = /** @type {Promise<Saved>} */ (get(asked.pathname + asked.search));
      known.catch(() => this.#known.delete(address));
      this.#known.set(address, known);
    }
    return known;
  }

  /** @param {Saved} direction */
  #draw(direction) {
    const { id, best_explanation: best, my_explanation: mine, n_explanations: n } = direction;
    const act = (/** @type {string} */ words, /** @type {() => void} */ click) =>
      h("button", { type: "button", class: "text-button", click }, words);
    const own = mine
      ? [act("Edit yours", () => this.#form(direction, mine)), this.#otherEnd(direction, mine, act)]
      : [act("Explain it", () => this.#form(direction, null))];
    if (!best) {
      this.#write(
        h("p", { class: "small" }, UNEXPLAINED),
        h("p", { class: "meaning-acts" }, ...own),
      );
      return;
    }
    const end = best.side === "both" ? "" : `, ${SIDES[best.side]}`;
    const more = n > 1 ? h("a", { href: `/directions/${id}` }, `${n - 1} more`) : null;
    this.#write(
      h("p", { class: "meaning-text", title: best.text, dir: "auto" }, `“${best.text}”`),
      h("div", { class: "meaning-acts" }, h("span", { class: "small meaning-by" }, `${best.username}${end}`), voteButtons(best), more, ...own),
    );
  }

  /**
   * Each end can be described by itself: what to press for the one that is left.
   * @param {Saved} direction
   * @param {Explanation} mine
   * @param {(words: string, click: () => void) => HTMLElement} act
   */
  #otherEnd(direction, mine, act) {
    const side = mine.side === "plus" ? "minus" : "plus";
    const words = mine.side === "both" ? "Describe one end" : `Describe the ${SIDES[side]}`;
    return act(words, () => this.#form(direction, null, side));
  }

  /**
   * @param {Saved} direction
   * @param {Explanation | null} mine  the one to edit
   * @param {Side} [side]  what a new one is about at first
   */
  #form(direction, mine, side = "both") {
    const text = h("textarea", { class: "field", rows: 1, dir: "auto", "aria-label": "What it means", placeholder: "What it is aligned with" });
    text.value = mine?.text ?? "";
    const ends = h(
      "select",
      { "aria-label": "Which end" },
      ...Object.entries(SIDES).map(([value, words]) => h("option", { value, selected: value === side }, words)),
    );
    const about = mine ? h("span", { class: "small" }, SIDES[mine.side]) : ends;
    const fault = h("p", { class: "error", role: "alert" });
    const cancel = h("button", { type: "button", class: "text-button", click: () => this.#draw(direction) }, "Cancel");
    const element = form(
      [text, fault],
      "Save",
      async () => {
        try {
          if (mine) await this.#edit(mine, text.value);
          else await this.#add(direction, text.value, /** @type {Side} */ (ends.value));
        } catch (error) {
          fault.textContent = message(error);
          text.setAttribute("aria-invalid", "true");
          text.focus();
        }
      },
      [about, cancel],
    );
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        element.requestSubmit();
      } else if (event.key === "Escape") {
        event.stopPropagation();
        this.#draw(direction);
      }
    });
    this.#write(element);
    text.focus();
  }

  /**
   * @param {Saved} direction
   * @param {string} text
   * @param {Side} side
   */
  async #add({ id }, text, side) {
    const address = this.#shown;
    const written = await asMe(WHY, (username) => saved.explain(id, { username, text, side }));
    if (!written) return;
    await this.#again(address);
    this.#undoable(address, "Your explanation is saved.", (name) => saved.deleteExplanation(written.id, name));
  }

  /**
   * @param {Explanation} mine
   * @param {string} text
   */
  async #edit(mine, text) {
    const address = this.#shown;
    if (!(await didAsMe(WHY, (username) => saved.editExplanation(mine.id, username, text)))) return;
    await this.#again(address);
    this.#undoable(address, "Your explanation is changed.", (name) => saved.editExplanation(mine.id, name, mine.text));
  }

  /**
   * @param {string} address
   * @param {string} words
   * @param {(username: string) => Promise<unknown>} undo
   */
  #undoable(address, words, undo) {
    offerUndo(words, async () => {
      const done = await didAsMe(WHY, undo);
      if (done) await this.#again(address);
      return done;
    });
  }

  /**
   * Ask for what is shown again, unless something else is by now.
   * @param {string} address
   */
  async #again(address) {
    this.#known.clear();
    if (this.#shown !== address) return;
    const direction = await this.#ask(address);
    this.told(direction);
    this.#draw(direction);
  }
}
