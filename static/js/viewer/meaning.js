// What people say the chosen direction means: the best explanation, its votes, one's own.

import { who } from "../people/name.js";
import { form } from "../people/forms.js";
import { asMe } from "../people/passphrase.js";
import { offerUndo } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { voteButtons } from "../saved/votes.js";
import { SIDES } from "../saved/words.js";
import { get } from "./api.js";
import { message } from "./direction.js";
import { byId, h } from "./dom.js";
import { addressOf } from "./naming.js";

/** @typedef {import("../saved/types.js").Direction} Saved */
/** @typedef {import("../saved/types.js").Side} Side */
/** @typedef {import("./types.js").State} State */

/** What a mix is told, that nobody can explain before it is saved. */
const UNSAVED = "Save it as a direction to say what it means.";

export class Meaning {
  #panel = byId("meaning");
  /** @type {Map<string, Promise<Saved>>} */
  #known = new Map();
  #shown = "";

  /** @param {(direction: Saved | null) => void} told  what is shown: null while it is not known */
  constructor(told) {
    this.told = told;
  }

  /**
   * The hand moves: what was said of another direction goes, and its place stays.
   * @param {State} state
   */
  leave(state) {
    const address = addressOf(state) ?? "";
    if (address === this.#shown) return;
    this.#shown = "";
    this.#panel.replaceChildren();
    this.told(null);
  }

  /**
   * The hand rests: say what the direction means.
   * @param {State} state
   * @param {boolean} chosen  whether there is a direction
   */
  async show(state, chosen) {
    const address = chosen ? addressOf(state) : null;
    if (address === null) {
      this.#shown = "";
      this.#panel.replaceChildren(...(chosen ? [h("p", { class: "small" }, UNSAVED)] : []));
      return;
    }
    if (address === this.#shown) return;
    this.#shown = address;
    try {
      const direction = await this.#ask(address);
      if (this.#shown !== address) return;
      this.told(direction);
      this.#draw(direction);
    } catch (error) {
      if (this.#shown !== address) return;
      this.#shown = "";
      this.#panel.replaceChildren(h("p", { class: "small" }, message(error)));
    }
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
    const explain = h("button", { type: "button", class: "text-button" }, mine ? "Edit yours" : "Explain it");
    explain.addEventListener("click", () => this.#form(direction));
    if (!best) {
      this.#panel.replaceChildren(
        h("p", { class: "small" }, "Nobody has said yet what this means."),
        h("p", { class: "meaning-acts" }, explain),
      );
      return;
    }
    const end = best.side === "both" ? "" : `, ${SIDES[best.side]}`;
    const more = n > 1 ? h("a", { href: `/directions/${id}` }, `${n - 1} more`) : null;
    this.#panel.replaceChildren(
      h("p", { class: "meaning-text", title: best.text }, `“${best.text}”`),
      h("div", { class: "meaning-acts" }, h("span", { class: "small meaning-by" }, `${best.username}${end}`), voteButtons(best), more, explain),
    );
  }

  /** @param {Saved} direction */
  #form(direction) {
    const { id, my_explanation: mine } = direction;
    const text = h("textarea", { class: "field", rows: 1, maxlength: 4000, "aria-label": "What it means", placeholder: "What it is aligned with" });
    const side = h(
      "select",
      { "aria-label": "Which end" },
      ...Object.entries(SIDES).map(([value, words]) => h("option", { value }, words)),
    );
    const fault = h("p", { class: "error", role: "alert" });
    if (mine) {
      text.value = mine.text;
      side.value = mine.side;
    }
    const cancel = h("button", { type: "button", class: "text-button", click: () => this.#draw(direction) }, "Cancel");
    const element = form(
      [text],
      "Save",
      async () => {
        try {
          await this.#save(direction, text.value, /** @type {Side} */ (side.value));
        } catch (error) {
          fault.textContent = message(error);
          text.setAttribute("aria-invalid", "true");
          text.focus();
        }
      },
      [side, cancel],
    );
    element.append(fault);
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        element.requestSubmit();
      } else if (event.key === "Escape") {
        event.stopPropagation();
        this.#draw(direction);
      }
    });
    element.dataset.direction = String(id);
    this.#panel.replaceChildren(element);
    text.focus();
  }

  /**
   * @param {Saved} direction
   * @param {string} text
   * @param {Side} side
   */
  async #save({ id, my_explanation: mine }, text, side) {
    const address = this.#shown;
    const edits = mine !== null && mine.side === side;
    const written = await asMe("An explanation is signed with your name.", (username) =>
      edits ? saved.editExplanation(mine.id, username, text) : saved.explain(id, { username, text, side }),
    );
    if (!written) return;
    await this.#again(address);
    const undo = edits
      ? (/** @type {string} */ username) => saved.editExplanation(mine.id, username, mine.text)
      : (/** @type {string} */ username) => saved.deleteExplanation(written.id, username);
    offerUndo(edits ? "Your explanation is changed." : "Your explanation is saved.", async () => {
      await asMe("An explanation is signed with your name.", (username) => Promise.resolve(undo(username)));
      await this.#again(address);
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
