// What only its owner does with a direction: rename it, choose who finds it, delete it.

import { asMe } from "../people/passphrase.js";
import { byId, h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import * as api from "./api.js";
import { doing } from "./forms.js";
import { deletable } from "./gone.js";
import { whenMine } from "./mine.js";

/** @typedef {import("./types.js").Direction} Direction */

const WHY = "A direction is changed by its owner.";

/** @param {Direction} direction */
export function ownerActs(direction) {
  const visibility = byId("visibility");
  let now = direction;

  function show() {
    visibility.textContent = now.visibility === "public" ? "make unlisted" : "make public";
    byId("listed").textContent = now.visibility;
  }

  visibility.addEventListener("click", () => doing(visibility, async () => {
    const other = now.visibility === "public" ? "unlisted" : "public";
    now = (await asMe(WHY, (username) => api.changeDirection(now.id, { username, visibility: other }))) ?? now;
    show();
  }));
  byId("rename").addEventListener("click", () => {
    rename(now.name, async (name) => {
      const changed = await asMe(WHY, (username) => api.changeDirection(now.id, { username, name }));
      now = changed ?? now;
      return changed && changed.name;
    });
  });
  deletable(
    () => asMe(WHY, (name) => api.deleteDirection(now.id, name).then(() => true)),
    () => asMe(WHY, (name) => api.restoreDirection(now.id, name).then(() => true)),
  );
  show();
  whenMine(direction.username, (mine) => {
    byId("owner-acts").hidden = !mine;
  });
}

/**
 * Put a field in the place of the name until it is saved or left.
 * @param {string} name
 * @param {(name: string) => Promise<string | null>} save  gives the name as it is kept, null when it is not
 */
function rename(name, save) {
  const line = byId("name-line");
  const field = h("input", { class: "field", dir: "auto", value: name, "aria-label": "Name", "aria-describedby": "rename-error", autocomplete: "off" });
  const error = h("p", { class: "error", id: "rename-error", role: "alert" });
  const cancel = h("button", { type: "button", class: "text-button" }, "Cancel");
  const form = h("form", { class: "rename", novalidate: true }, field, h("button", { class: "button primary" }, "Save"), cancel, error);
  const close = () => {
    form.remove();
    line.hidden = false;
    byId("rename").focus();
  };
  cancel.addEventListener("click", close);
  field.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const kept = await save(field.value);
      if (kept === null) return;
      line.textContent = kept;
      close();
    } catch (refusal) {
      error.textContent = message(refusal);
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
  });
  line.hidden = true;
  line.after(form);
  field.focus();
  field.select();
}
