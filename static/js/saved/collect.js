// Putting a direction into one of one's collections, or into a new one.

import { askName, who } from "../people/name.js";
import { say } from "../people/undo.js";
import { byId, h } from "../viewer/dom.js";
import { plural } from "../viewer/format.js";
import * as api from "./api.js";
import { clearErrors, dialogOf, showError } from "./forms.js";
import { message } from "./words.js";

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
    const username = who();
    if (username === null) return;
    const given = new FormData(form);
    const note = String(given.get("note") ?? "").trim();
    try {
      let id = Number(given.get("list"));
      if (!id) id = (await api.makeList({ username, name: name.value.trim() })).id;
      await api.putInList(id, direction, { username, ...(note ? { note } : {}) });
      dialog.close();
      form.reset();
      say("Added to the collection.", { href: `/lists/${id}`, words: "Open it" });
    } catch (error) {
      showError(form, error);
      if (!form.querySelector("[aria-invalid]")) byId("collect-error").textContent = message(error);
    }
  });
}
