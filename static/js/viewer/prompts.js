// The tab "My prompts": the texts kept under the reader's name, to look at, delete and put in sets.

import { copy } from "../people/copying.js";
import { form, openDialog, textField } from "../people/forms.js";
import { askName, who } from "../people/name.js";
import { asMe, didAsMe } from "../people/passphrase.js";
import { offerUndo, say } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { byId, h } from "./dom.js";
import { message, plural } from "./format.js";
import * as library from "./library.js";
import { setRow } from "./sets.js";

/** @typedef {import("./library.js").StoredPrompt} StoredPrompt */
/** @typedef {import("./library.js").StoredSet} StoredSet */
/** @typedef {import("./types.js").State} State */

const WHY = "Your prompts are kept under it.";

/**
 * What the tab can change about the page.
 * @typedef {object} Page
 * @property {(prompt: StoredPrompt) => void} show
 * @property {(id: number) => void} hide
 * @property {(id: number) => void} showSet
 * @property {(id: number) => void} setChanged
 * @property {(query: Partial<State>) => string} link  to this view with other texts
 * @property {() => void} write  bring the reader to the box for a text
 */

export class PromptsPanel {
  #panel = byId("panel-prompts");
  #fault = h("p", { class: "error", role: "alert" });
  /** @type {StoredPrompt[]} */
  #prompts = [];
  /** @type {StoredSet[]} */
  #sets = [];
  /** @type {string | null} */
  #next = null;
  /** @type {number[]} the prompts on screen */
  #shown = [];
  /** Whose prompts are listed; undefined before any are. @type {string | null | undefined} */
  #whose = undefined;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Show the list where its tab is open, asking for it the first time.
   * @param {State} state
   */
  show(state) {
    const same = state.prompts.join() === this.#shown.join();
    this.#shown = state.prompts;
    if (state.tab !== "prompts") return;
    if (this.#whose !== who()) this.load();
    else if (!same) this.#draw();
  }

  /** What is listed is not the latest any more. */
  forget() {
    this.#whose = undefined;
  }

  async load() {
    const username = who();
    this.#whose = username;
    this.#fault.textContent = "";
    if (username === null) {
      this.#prompts = [];
      this.#sets = [];
      this.#draw();
      return;
    }
    try {
      const [mine, sets] = await Promise.all([library.prompts(username, null), library.sets(username)]);
      if (this.#whose !== username) return;
      this.#prompts = mine.items;
      this.#next = mine.next;
      this.#sets = sets.items;
      this.#draw();
    } catch (error) {
      this.#whose = undefined;
      this.#panel.replaceChildren(h("p", { class: "small" }, message(error)));
    }
  }

  #draw() {
    if (this.#prompts.length === 0 && this.#sets.length === 0) {
      this.#panel.replaceChildren(...this.#empty());
      return;
    }
    const more = h("button", { type: "button", class: "button", click: () => this.#more() }, "More prompts");
    this.#panel.replaceChildren(
      this.#fault,
      ...this.#setList(),
      h("h2", { class: "label prompts-head" }, plural(this.#prompts.length, "prompt"), this.#next === null ? "" : " so far"),
      h("ul", { class: "prompt-list" }, ...this.#prompts.map((each) => this.#row(each))),
      ...(this.#next === null ? [] : [more]),
    );
  }

  #empty() {
    const write = h("button", { type: "button", class: "button", click: () => this.page.write() }, "Type a text");
    const ask = h("button", { type: "button", class: "text-button", click: () => askName(WHY) }, "I have some");
    return [
      h("p", { class: "prompts-empty" }, "Colour a text of your own and choose keep above it: it will stand here under your name, ready for sets and links."),
      h("p", { class: "mine-acts" }, write, ...(who() === null ? [ask] : [])),
    ];
  }

  #setList() {
    if (this.#sets.length === 0) return [];
    const rows = this.#sets.map((set) =>
      setRow(set, {
        run: (write) => this.#run(write),
        show: () => this.page.showSet(set.id),
        link: () => this.page.link({ set: set.id, prompts: [], texts: [] }),
        changed: () => this.page.setChanged(set.id),
        reload: () => this.load(),
      }),
    );
    return [h("h2", { class: "label prompts-head" }, plural(this.#sets.length, "set")), h("ul", { class: "set-list" }, ...rows)];
  }

  async #more() {
    await this.#run(async (username) => {
      const { items, next } = await library.prompts(username, this.#next);
      this.#prompts = [...this.#prompts, ...items];
      this.#next = next;
      this.#draw();
    });
  }

  /** @param {StoredPrompt} prompt */
  #row(prompt) {
    const { id, text } = prompt;
    const isShown = this.#shown.includes(id);
    const act = (/** @type {string} */ words, /** @type {(event: any) => void} */ click) =>
      h("button", { type: "button", class: "text-button", click }, words);
    const into = h(
      "select",
      { "aria-label": "Put into a set" },
      h("option", { value: "" }, "Put into a set …"),
      ...this.#sets.map((set) => h("option", { value: set.id }, set.name)),
      h("option", { value: "new" }, "A new set …"),
    );
    into.addEventListener("change", () => this.#into(prompt, into.value));
    return h(
      "li",
      { "data-prompt": id },
      h("p", { class: "prompt-text", dir: "auto" }, text),
      h(
        "p",
        { class: "prompt-acts" },
        isShown ? act("Take off the page", () => this.page.hide(id)) : act("Put on the page", () => this.page.show(prompt)),
        into,
        act("Copy link", ({ currentTarget }) => copy(currentTarget, this.page.link({ prompts: [id], texts: [], set: null }))),
        act("Delete", () => this.#delete(prompt)),
      ),
    );
  }

  /**
   * Write under the reader's name, and say what went wrong above the lists.
   * @param {(username: string) => Promise<unknown>} write
   */
  async #run(write) {
    this.#fault.textContent = "";
    try {
      await asMe(WHY, write);
    } catch (error) {
      this.#fault.textContent = message(error);
    }
  }

  /**
   * @param {StoredPrompt} prompt
   * @param {string} value  a set's id, or "new"
   */
  async #into(prompt, value) {
    if (value === "new") {
      const id = await this.#newSet(prompt);
      if (id !== null) this.page.setChanged(id);
      await this.load();
      return;
    }
    const id = Number(value);
    const name = this.#sets.find((set) => set.id === id)?.name ?? "";
    await this.#run(async (username) => {
      await library.putIn(id, prompt.id, username);
      say(`In the set “${name}”.`);
    });
    this.page.setChanged(id);
    await this.load();
  }

  /**
   * Ask for a set's name, and make it with a prompt in it.
   * @param {StoredPrompt} prompt
   * @returns {Promise<number | null>}
   */
  #newSet(prompt) {
    const name = textField("Name of the set", { autocomplete: "off", placeholder: "e.g. capitals" });
    return new Promise((resolve) => {
      /** @type {number | null} */
      let made = null;
      const cancel = h("button", { type: "button", class: "text-button", "data-close": true }, "Cancel");
      const make = async () => {
        try {
          const done = await didAsMe(WHY, async (username) => {
            const set = await library.makeSet(username, name.input.value);
            await library.putIn(set.id, prompt.id, username);
            made = set.id;
          });
          if (done) dialog.close();
        } catch (error) {
          name.fault(message(error));
        }
      };
      const dialog = openDialog("A new set", form([name.element], "Make the set", make, [cancel]));
      dialog.addEventListener("close", () => resolve(made));
      name.input.focus();
    });
  }

  /** @param {StoredPrompt} prompt */
  async #delete(prompt) {
    const { id, text } = prompt;
    const wasShown = this.#shown.includes(id);
    await this.#run(async (username) => {
      await saved.remove("prompts", id, username);
      if (wasShown) this.page.hide(id);
      for (const set of this.#sets) this.page.setChanged(set.id);
      await this.load();
      const start = text.length > 40 ? `${text.slice(0, 40)} …` : text;
      offerUndo(`“${start}” is deleted.`, async () => {
        if (!(await didAsMe(WHY, (name) => saved.restore("prompts", id, name)))) return false;
        if (wasShown) this.page.show(prompt);
        await this.load();
        return true;
      });
    });
  }
}
