// What only its owner does with a direction: rename it, choose who finds it, delete it.

import { onName, who } from "../people/name.js";
import { offerUndo } from "../people/undo.js";
import { byId, h } from "../viewer/dom.js";
import * as api from "./api.js";
import { message, sameName } from "./words.js";

/** @typedef {import("./types.js").Direction} Direction */

/** @param {Direction} direction */
export function ownerActs(direction) {
  const acts = byId("owner-acts");
  const error = byId("act-error");
  const visibility = byId("visibility");
  let now = direction;

  /** @param {(name: string) => Promise<void>} act */
  const doing = (act) => async () => {
    error.textContent = "";
    try {
      await act(who() ?? "");
    } catch (refusal) {
      error.textContent = message(refusal);
    }
  };

  function show() {
    acts.hidden = !sameName(now.username, who());
    visibility.textContent = now.visibility === "public" ? "make unlisted" : "make public";
    byId("found-by").textContent = now.visibility === "public" ? "everybody" : "who has its link";
  }

  /** @param {boolean} gone */
  function deleted(gone) {
    byId("gone").hidden = !gone;
    document.querySelector(".columns")?.classList.toggle("gone", gone);
    acts.hidden = gone;
  }

  byId("delete").addEventListener(
    "click",
    doing(async (name) => {
      await api.deleteDirection(now.id, name);
      deleted(true);
      offerUndo("Direction deleted.", async () => {
        await api.restoreDirection(now.id, name);
        deleted(false);
      });
    }),
  );
  visibility.addEventListener(
    "click",
    doing(async (username) => {
      const other = now.visibility === "public" ? "unlisted" : "public";
      now = await api.changeDirection(now.id, { username, visibility: other });
      show();
    }),
  );
  byId("rename").addEventListener("click", () => {
    rename(now.name, async (name) => {
      now = await api.changeDirection(now.id, { username: who() ?? "", name });
      return now.name;
    });
  });
  show();
  onName(show);
}

/**
 * Put a field in the place of the name until it is saved or left.
 * @param {string} name
 * @param {(name: string) => Promise<string>} save  gives the name as it is kept
 */
function rename(name, save) {
  const line = byId("name-line");
  const field = h("input", { class: "field", maxlength: 80, dir: "auto", value: name, "aria-label": "Name", "aria-describedby": "rename-error", autocomplete: "off" });
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
      line.textContent = await save(field.value);
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
