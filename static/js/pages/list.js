// A collection: votes; its owner edits its name and note, takes directions out, deletes it.

import { onName, who } from "../people/name.js";
import { offerUndo } from "../people/undo.js";
import * as api from "../saved/api.js";
import { clearErrors, showError } from "../saved/forms.js";
import { votesOn } from "../saved/voted.js";
import { message, sameName } from "../saved/words.js";
import { byId, h, inputById } from "../viewer/dom.js";

const main = byId("main");
const id = Number(main.dataset.id);
const owner = main.dataset.username ?? null;
const rows = document.getElementById("rows");
const form = /** @type {HTMLFormElement} */ (byId("edit-form"));

function showActs() {
  const own = sameName(owner, who());
  byId("owner-acts").hidden = !own;
  for (const act of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-act]"))) {
    act.hidden = !own;
  }
}

/** @param {boolean} open */
function showForm(open) {
  form.hidden = !open;
  byId("owner-acts").hidden = open;
  if (open) inputById("edit-name").focus();
  else byId("edit").focus();
}

byId("edit").addEventListener("click", () => showForm(true));
byId("edit-cancel").addEventListener("click", () => showForm(false));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearErrors(form);
  try {
    const change = { username: who() ?? "", name: inputById("edit-name").value, note: inputById("edit-note").value };
    const list = await api.changeList(id, change);
    byId("name-line").textContent = list.name;
    byId("note").textContent = list.note;
    showForm(false);
  } catch (error) {
    showError(form, error);
  }
});

/** @param {boolean} gone */
function deleted(gone) {
  byId("gone").hidden = !gone;
  byId("owner-acts").hidden = gone;
  if (rows) rows.hidden = gone;
}

byId("delete").addEventListener("click", async () => {
  const username = who() ?? "";
  try {
    await api.remove("lists", id, username);
  } catch (error) {
    byId("act-error").textContent = message(error);
    return;
  }
  deleted(true);
  offerUndo("Collection deleted.", async () => {
    await api.restore("lists", id, username);
    deleted(false);
  });
});

rows?.addEventListener("click", async ({ target }) => {
  const button = /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest('[data-act="take-out"]') : null);
  const row = /** @type {HTMLElement | null | undefined} */ (button?.closest("li"));
  const username = who();
  if (!button || !row || username === null) return;
  const direction = Number(row.dataset.id);
  try {
    await api.takeFromList(id, direction, username);
  } catch (error) {
    button.after(h("span", { class: "error", role: "alert" }, message(error)));
    return;
  }
  row.hidden = true;
  offerUndo("Taken out of the collection.", async () => {
    const note = button.dataset.note;
    await api.putInList(id, direction, { username, ...(note ? { note } : {}) });
    row.hidden = false;
  });
});

showActs();
onName(showActs);
if (rows) votesOn(rows, async (_, me) => (await api.list(id, me)).items.map((item) => item.direction));
document.documentElement.dataset.ready = "";
