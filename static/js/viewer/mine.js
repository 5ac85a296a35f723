// The directions saved under the reader's name: opening, renaming and deleting them.

import { askName, who } from "../people/name.js";
import { asMe, didAsMe } from "../people/passphrase.js";
import { offerUndo } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { byId, h, icon } from "./dom.js";
import { message } from "./format.js";

/** @typedef {import("../saved/types.js").Direction} Saved */

const WHY = "Your directions are kept under it.";

const upload = () => h("a", { class: "text-button", href: "/directions#upload" }, "Upload one");

export class Mine {
  #body = byId("mine-body");
  /** @type {Saved[]} */
  #items = [];
  /** @type {string | null} */
  #next = null;
  /** @type {number | null} */
  #current = null;
  #asked = 0;

  /**
   * @param {string} model
   * @param {{open: (direction: Saved) => void, example: () => void, changed: (id: number) => void, gone: (id: number) => void, back: (id: number) => void}} on
   */
  constructor(model, on) {
    this.model = model;
    this.on = on;
  }

  /** Ask for the list from its beginning. */
  async load() {
    this.#asked += 1;
    const mine = this.#asked;
    const username = who();
    if (username === null) {
      this.#items = [];
      this.#next = null;
      this.#draw();
      return;
    }
    try {
      const { items, next } = await saved.directions({ username, model: this.model, origin: "user", sort: "new", limit: 8, me: username });
      if (mine !== this.#asked) return;
      this.#items = items;
      this.#next = next;
      this.#draw();
    } catch (error) {
      if (mine === this.#asked) this.#body.replaceChildren(h("p", { class: "small" }, message(error)));
    }
  }

  /**
   * Mark the direction that the colours follow.
   * @param {number | null} id
   */
  show(id) {
    if (id === this.#current) return;
    this.#current = id;
    for (const open of this.#body.querySelectorAll(".mine-open")) {
      open.setAttribute("aria-current", String(open.getAttribute("data-id") === String(id)));
    }
  }

  /**
   * Put a direction on top. An answer that was asked for before it was saved lacks it: ask again.
   * @param {Saved} direction
   */
  add(direction) {
    this.#items = [direction, ...this.#items.filter(({ id }) => id !== direction.id)];
    this.#draw();
    this.load();
  }

  async #more() {
    try {
      const { items, next } = await saved.directions({
        username: who(),
        model: this.model,
        origin: "user",
        sort: "new",
        limit: 20,
        cursor: this.#next,
        me: who(),
      });
      const known = new Set(this.#items.map(({ id }) => id));
      this.#items = [...this.#items, ...items.filter(({ id }) => !known.has(id))];
      this.#next = next;
      this.#draw();
    } catch (error) {
      this.#body.append(h("p", { class: "error small" }, message(error)));
    }
  }

  #draw() {
    if (this.#items.length === 0) {
      this.#body.replaceChildren(...this.#empty());
      return;
    }
    const more = h("button", { type: "button", class: "text-button", click: () => this.#more() }, "More");
    this.#body.replaceChildren(
      h("ul", { class: "mine-list" }, ...this.#items.map((each) => this.#row(each))),
      h("p", { class: "mine-acts" }, ...(this.#next === null ? [] : [more]), upload()),
    );
  }

  /** How to make a first one. */
  #empty() {
    const example = h("button", { type: "button", class: "button", click: () => this.on.example() }, "Show me a mix");
    const ask = h("button", { type: "button", class: "text-button", click: () => askName(WHY) }, "I have some");
    return [
      h("p", { class: "small" }, "Mix components until the colours say something, then choose Save as direction. It will stand here."),
      h("p", { class: "mine-acts" }, example, ...(who() === null ? [ask] : []), upload()),
    ];
  }

  /** @param {Saved} direction */
  #row(direction) {
    const { id, name, site_label, head, visibility } = direction;
    const where = [site_label, ...(head === null ? [] : [`head ${head}`]), ...(visibility === "unlisted" ? ["unlisted"] : [])];
    const open = h(
      "button",
      { type: "button", class: "mine-open", "data-id": id, "aria-current": String(id === this.#current), click: () => this.on.open(direction) },
      h("span", {}, name),
      h("small", {}, where.join(" · ")),
    );
    const acts = h(
      "p",
      { class: "mine-acts", hidden: true },
      h("button", { type: "button", class: "text-button", click: () => this.#rename(direction, item) }, "Rename"),
      h("button", { type: "button", class: "text-button", click: () => this.#delete(direction, acts) }, "Delete"),
      h("a", { class: "text-button", href: `/directions/${id}` }, "Its page"),
    );
    const menu = h("button", { type: "button", class: "icon-button", "aria-expanded": "false", "aria-label": `More for ${name}` }, icon("more"));
    menu.addEventListener("click", () => {
      acts.hidden = !acts.hidden;
      menu.setAttribute("aria-expanded", String(!acts.hidden));
    });
    const item = h("li", {}, open, menu, acts);
    return item;
  }

  /**
   * The name becomes a field: Enter keeps what was typed, Escape does not.
   * @param {Saved} direction
   * @param {HTMLElement} item
   */
  #rename(direction, item) {
    const input = h("input", { class: "field", value: direction.name, "aria-label": "Name", dir: "auto", autocomplete: "off" });
    const fault = h("p", { class: "error small", role: "alert" });
    const form = h("form", { class: "mine-rename", novalidate: true }, input, h("button", { class: "button" }, "Rename"), fault);
    const leave = () => this.#draw();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (input.value.trim() === direction.name) {
        leave();
        return;
      }
      try {
        const name = input.value;
        const changed = await asMe(WHY, (username) => saved.changeDirection(direction.id, { username, name }));
        if (changed) this.#replace(changed);
      } catch (error) {
        fault.textContent = message(error);
        input.setAttribute("aria-invalid", "true");
        input.focus();
      }
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      leave();
    });
    item.replaceChildren(form);
    input.focus();
    input.select();
  }

  /** @param {Saved} direction */
  #replace(direction) {
    this.#items = this.#items.map((each) => (each.id === direction.id ? direction : each));
    this.#draw();
    this.on.changed(direction.id);
    const row = /** @type {HTMLElement | null} */ (this.#body.querySelector(`[data-id="${direction.id}"]`));
    row?.focus();
  }

  /**
   * @param {Saved} direction
   * @param {HTMLElement} acts
   */
  async #delete(direction, acts) {
    try {
      if (!(await didAsMe(WHY, (username) => saved.deleteDirection(direction.id, username)))) return;
    } catch (error) {
      acts.append(h("span", { class: "error", role: "alert" }, message(error)));
      return;
    }
    const place = this.#items.findIndex(({ id }) => id === direction.id);
    this.#items = this.#items.filter(({ id }) => id !== direction.id);
    this.#draw();
    this.on.gone(direction.id);
    offerUndo(`“${direction.name}” is deleted.`, async () => {
      if (!(await didAsMe(WHY, (username) => saved.restoreDirection(direction.id, username)))) return false;
      this.#items = this.#items.toSpliced(Math.min(place, this.#items.length), 0, direction);
      this.#draw();
      this.on.back(direction.id);
      return true;
    });
  }
}
