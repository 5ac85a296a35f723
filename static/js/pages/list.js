// A collection: votes; its owner edits its name and note, takes directions out, deletes it.

import { asMe } from "../people/passphrase.js";
import { offerUndo } from "../people/undo.js";
import * as api from "../saved/api.js";
import { clearErrors, doing, showError } from "../saved/forms.js";
import { deletable } from "../saved/gone.js";
import { whenMine } from "../saved/mine.js";
import { votesOn } from "../saved/voted.js";
import { byId, inputById } from "../viewer/dom.js";

const main = byId("main");
const id = Number(main.dataset.id);
const owner = main.dataset.username ?? null;
const rows = document.getElementById("rows");
const form = /** @type {HTMLFormElement} */ (byId("edit-form"));
const acts = byId("owner-acts");
const WHY = "A collection is changed by its owner.";
let own = false;

whenMine(owner, (mine) => {
  own = mine;
  acts.hidden = !own || !form.hidden;
  for (const act of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-act]"))) act.hidden = !own;
});

/** @param {boolean} open */
function showForm(open) {
  form.hidden = !open;
  acts.hidden = open || !own;
  if (open) inputById("edit-name").focus();
  else byId("edit").focus();
}

byId("edit").addEventListener("click", () => showForm(true));
byId("edit-cancel").addEventListener("click", () => showForm(false));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearErrors(form);
  try {
    const change = { name: inputById("edit-name").value, note: inputById("edit-note").value };
    const list = await asMe(WHY, (username) => api.changeList(id, { username, ...change }));
    if (list === null) return;
    byId("name-line").textContent = list.name;
    byId("note").textContent = list.note;
    showForm(false);
  } catch (error) {
    showError(form, error);
  }
});

deletable(
  () => asMe(WHY, (username) => api.remove("lists", id, username).then(() => true)),
  () => asMe(WHY, (username) => api.restore("lists", id, username).then(() => true)),
);

rows?.addEventListener("click", ({ target }) => {
  const button = /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest('[data-act="take-out"]') : null);
  const row = /** @type {HTMLElement | null | undefined} */ (button?.closest("li"));
  if (button && row) doing(button, () => takeOut(row, button.dataset.note ?? ""));
});

/**
 * @param {HTMLElement} row
 * @param {string} note  that the direction has in this collection
 */
async function takeOut(row, note) {
  const direction = Number(row.dataset.id);
  const name = await asMe(WHY, (username) => api.takeFromList(id, direction, username).then(() => username));
  if (name === null) return;
  row.hidden = true;
  offerUndo("Taken out of the collection.", async () => {
    await api.putInList(id, direction, { username: name, ...(note ? { note } : {}) });
    row.hidden = false;
  });
}

if (rows) votesOn(rows, async (_, me) => (await api.list(id, me)).items.map((item) => item.direction));
document.documentElement.dataset.ready = "";
