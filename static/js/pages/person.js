// What a name saved: votes, more rows; under one's own name, things can be deleted and put back.

import { asMe } from "../people/passphrase.js";
import { offerUndo } from "../people/undo.js";
import * as api from "../saved/api.js";
import { foldIn } from "../saved/folding.js";
import { doing } from "../saved/forms.js";
import { whenMine } from "../saved/mine.js";
import { moreRows } from "../saved/more.js";
import { votesOn } from "../saved/voted.js";
import { byId } from "../viewer/dom.js";

const WORDS = /** @type {Record<string, string>} */ ({
  directions: "Direction",
  explanations: "Explanation",
  prompts: "Prompt",
  "prompt-sets": "Set of prompts",
  lists: "Collection",
});

const rows = byId("rows");
const owner = byId("main").dataset.username ?? null;

const look = whenMine(owner, (mine) => {
  for (const act of /** @type {NodeListOf<HTMLElement>} */ (rows.querySelectorAll("[data-act]"))) act.hidden = !mine;
});

rows.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest('[data-act="delete"]') : null;
  const row = /** @type {HTMLElement | null | undefined} */ (button?.closest("li"));
  if (button && row) doing(button, () => remove(row));
});

/** @param {HTMLElement} row */
async function remove(row) {
  const { kind = "" } = row.dataset;
  const id = Number(row.dataset.id);
  const name = await asMe("It is deleted by its owner.", (username) => api.remove(kind, id, username).then(() => username));
  if (name === null) return;
  row.hidden = true;
  offerUndo(`${WORDS[kind]} deleted.`, async () => {
    await api.restore(kind, id, name);
    row.hidden = false;
  });
}

foldIn(rows);
const votes = votesOn(rows, async (search, me) =>
  (await api.directions({ username: owner, cursor: search.get("cursor"), me })).items,
);
moreRows(rows, (search) => {
  look();
  foldIn(rows);
  votes.appended(search);
});
document.documentElement.dataset.ready = "";
