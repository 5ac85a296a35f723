// A direction's explanations: read, voted on, added; one's own edited, deleted and put back.

import { who } from "../people/name.js";
import { asMe } from "../people/passphrase.js";
import { offerUndo, say } from "../people/undo.js";
import { byId, h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import * as api from "./api.js";
import { fold, foldIn } from "./folding.js";
import { doing } from "./forms.js";
import { isMine, onMine } from "./mine.js";
import { voteButtons } from "./votes.js";
import { day, sameName, SIDES } from "./words.js";

/** @typedef {import("./types.js").Explanation} Explanation */
/** @typedef {import("./types.js").Side} Side */

const WHY = "An explanation is signed with it.";

export class Explanations {
  #list = byId("explanations");
  #count = byId("explanations-count");
  #none = byId("explanations-none");
  /** Which page of them this is. */
  #cursor = new URLSearchParams(location.search).get("cursor");

  /**
   * @param {number} direction
   * @param {import("./api.js").Page<Explanation>} first  as the page was rendered with
   */
  constructor(direction, first) {
    this.direction = direction;
    this.#draw(first);
    if (who() !== null) this.reload();
    onMine(() => this.reload());
    this.#form(/** @type {HTMLFormElement} */ (byId("explain")));
  }

  /** What is there now, best first, with the votes of the name in use. */
  async reload() {
    try {
      this.#draw(await api.explanations(this.direction, who(), this.#cursor));
    } catch (error) {
      this.#list.querySelector(":scope > .error")?.remove();
      this.#list.prepend(h("li", { class: "error", role: "alert" }, message(error)));
    }
  }

  /**
   * Draw them again, and show where the one is that was written.
   * @param {number} id
   * @param {string} words
   */
  async #written(id, words) {
    await this.reload();
    say(words);
    const element = this.#list.querySelector(`[data-id="${id}"]`);
    element?.classList.add("fresh");
    element?.scrollIntoView({ block: "nearest" });
  }

  /** @param {import("./api.js").Page<Explanation>} page */
  #draw({ items, next }) {
    this.#list.replaceChildren(...items.map((item) => this.#item(item)));
    if (this.#cursor === null && next === null) {
      this.#count.textContent = items.length > 0 ? String(items.length) : "";
      this.#none.hidden = items.length > 0;
    }
  }

  /** @param {Explanation} item */
  #item(item) {
    const words = h("p", { class: "words fold", dir: "auto" }, item.text);
    const meta = h("p", { class: "small meta" }, ...this.#meta(item));
    const body = h("div", { class: "said" }, words, meta);
    const element = h("li", { class: "explanation", "data-id": item.id }, voteButtons(item), body);
    if (item.edited) meta.append(" · ", this.#historyButton(item, body));
    if (sameName(item.username, who())) this.#ownActs(item, body, meta);
    fold(words);
    return element;
  }

  /**
   * @param {Explanation} item
   * @param {HTMLElement} body
   * @param {HTMLElement} meta
   */
  async #ownActs(item, body, meta) {
    if (!(await isMine(item.username))) return;
    const edit = h("button", { type: "button", class: "text-button" }, "edit");
    edit.addEventListener("click", () => this.#edit(item, body));
    const remove = h("button", { type: "button", class: "text-button" }, "delete");
    remove.addEventListener("click", () => doing(remove, () => this.#delete(item)));
    meta.append(" · ", edit, " · ", remove);
  }

  /** @param {Explanation} item */
  #meta({ side, username, created_at }) {
    const by = h("a", { href: `/people/${encodeURIComponent(username)}` }, h("bdi", {}, username));
    const end = side === "both" ? [] : [h("span", { class: `side ${side}` }, SIDES[side]), " · "];
    return [...end, "by ", by, " · ", h("time", { datetime: created_at }, day(created_at))];
  }

  /**
   * @param {Explanation} item
   * @param {HTMLElement} body
   */
  #historyButton({ id }, body) {
    const button = h("button", { type: "button", class: "text-button", "aria-expanded": "false" }, "edited");
    /** @type {HTMLElement | null} */
    let shown = null;
    button.addEventListener("click", async () => {
      if (shown) {
        shown.remove();
        shown = null;
      } else {
        try {
          const { items } = await api.explanationHistory(id);
          const former = items.map(({ text, replaced_at }) =>
            h("li", {}, h("p", { class: "fold", dir: "auto" }, text), h("p", { class: "small" }, "until ", h("time", { datetime: replaced_at }, day(replaced_at)))),
          );
          shown = h("ol", { class: "former", "aria-label": "Earlier wordings" }, ...former);
          foldIn(shown);
        } catch (error) {
          shown = h("p", { class: "error", role: "alert" }, message(error));
        }
        body.append(shown);
      }
      button.setAttribute("aria-expanded", String(shown !== null));
    });
    return button;
  }

  /**
   * @param {Explanation} item
   * @param {HTMLElement} body
   */
  #edit(item, body) {
    const error = h("p", { class: "error", role: "alert", id: `edit-error-${item.id}` });
    const field = h("textarea", { class: "field", rows: 3, dir: "auto", "aria-label": "Your explanation", "aria-describedby": error.id });
    field.value = item.text;
    const cancel = h("button", { type: "button", class: "text-button" }, "Cancel");
    const form = h("form", { class: "form", novalidate: true }, field, error, h("p", { class: "form-acts" }, h("button", { class: "button primary" }, "Save"), cancel));
    const before = [...body.childNodes];
    cancel.addEventListener("click", () => body.replaceChildren(...before));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const kept = await asMe(WHY, (name) => api.editExplanation(item.id, name, field.value));
        if (kept !== null) await this.#written(item.id, "Your explanation is changed.");
      } catch (refusal) {
        error.textContent = message(refusal);
        field.setAttribute("aria-invalid", "true");
        field.focus();
      }
    });
    body.replaceChildren(form);
    field.focus();
  }

  /** @param {Explanation} item */
  async #delete({ id }) {
    const name = await asMe(WHY, (username) => api.deleteExplanation(id, username).then(() => username));
    if (name === null) return;
    await this.reload();
    offerUndo("Explanation deleted.", async () => {
      await api.restoreExplanation(id, name);
      await this.reload();
    });
  }

  /** @param {HTMLFormElement} form */
  #form(form) {
    const open = byId("explain-open");
    const field = /** @type {HTMLTextAreaElement} */ (byId("explain-text"));
    const error = byId("explain-error");
    const show = (/** @type {boolean} */ shown) => {
      form.hidden = !shown;
      open.hidden = shown;
      (shown ? field : open).focus();
    };
    open.hidden = false;
    open.addEventListener("click", () => show(true));
    byId("explain-cancel").addEventListener("click", () => show(false));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const side = /** @type {Side} */ (new FormData(form).get("side") ?? "both");
      const text = field.value;
      /** @type {Explanation | null} */
      let kept;
      try {
        kept = await asMe(WHY, (username) => api.explain(this.direction, { username, text, side }));
      } catch (refusal) {
        error.textContent = message(refusal);
        field.setAttribute("aria-invalid", "true");
        field.focus();
        return;
      }
      if (kept === null) return;
      error.textContent = "";
      field.removeAttribute("aria-invalid");
      field.value = "";
      show(false);
      await this.#written(kept.id, "Your explanation is saved.");
    });
  }
}
