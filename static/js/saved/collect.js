// Putting a direction into one of one's collections, or into a new one.

import { askName, who } from "../people/name.js";
import { asMe } from "../people/passphrase.js";
import { say } from "../people/undo.js";
import { byId, h } from "../viewer/dom.js";
import { plural } from "../viewer/format.js";
import * as api from "./api.js";
import { clearErrors, dialogOf, showError } from "./forms.js";

/** @param {number} direction */
export function collecting(direction) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("collect"));
  const form = /** @type {HTMLFormElement} */ (byId("collect-form"));
  const choices = byId("collect-choices");
  const name = /** @type {HTMLInputElement} */ (byId("collect-name"));

  async function fill() {
    clearErrors(form);
    const username = who() ?? (await askName("A collection is kept under it."));
    if (username === null) {
      dialog.close();
      return;
    }
    try {
      const { items } = await api.lists(username);
      const rows = items.map((list, i) =>
        h("label", {}, h("input", { type: "radio", name: "list", value: list.id, checked: i === 0 }), h("span", {}, h("bdi", {}, list.name), h("span", { class: "small" }, ` · ${plural(list.n_directions, "direction")}`))),
      );
      const fresh = h("label", {}, h("input", { type: "radio", name: "list", value: "", checked: items.length === 0 }), "A new collection");
      choices.replaceChildren(...rows, fresh);
      showName();
    } catch (error) {
      // Nothing saved under this name yet is no failure: the first collection makes it.
      if (/** @type {{status?: number}} */ (error).status !== 404) showError(form, error);
      choices.replaceChildren(h("label", {}, h("input", { type: "radio", name: "list", value: "", checked: true }), "A new collection"));
      showName();
    }
  }

  function showName() {
    byId("collect-new").hidden = new FormData(form).get("list") !== "";
  }

  dialogOf(dialog, byId("collect-open"), fill);
  choices.addEventListener("change", showName);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    const given = new FormData(form);
    const note = String(given.get("note") ?? "").trim();
    const chosen = Number(given.get("list"));
    const button = /** @type {HTMLButtonElement} */ (byId("collect-save"));
    if (button.disabled) return;
    button.disabled = true;
    try {
      const list = await asMe("A collection is kept under it.", async (username) => {
        const id = chosen || (await api.makeList({ username, name: name.value.trim() })).id;
        await api.putInList(id, direction, { username, ...(note ? { note } : {}) });
        return id;
      });
      if (list === null) return;
      dialog.close();
      form.reset();
      say("Added to the collection.", { href: `/lists/${list}`, words: "Open it" });
    } catch (error) {
      showError(form, error);
    } finally {
      button.disabled = false;
    }
  });
}
