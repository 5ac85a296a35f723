// What a name saved: votes, more rows; under one's own name, things can be deleted and put back.

import { onName, who } from "../people/name.js";
import { offerUndo } from "../people/undo.js";
import * as api from "../saved/api.js";
import { moreRows } from "../saved/more.js";
import { votesOn } from "../saved/voted.js";
import { message, sameName } from "../saved/words.js";
import { byId, h } from "../viewer/dom.js";

const WORDS = /** @type {Record<string, string>} */ ({
  directions: "Direction",
  explanations: "Explanation",
  prompts: "Text",
  "prompt-sets": "Set",
  lists: "Collection",
});

const rows = byId("rows");
const owner = byId("main").dataset.username ?? null;

function showActs() {
  for (const act of /** @type {NodeListOf<HTMLElement>} */ (rows.querySelectorAll("[data-act]"))) {
    act.hidden = !sameName(owner, who());
  }
}

rows.addEventListener("click", async ({ target }) => {
  const button = target instanceof Element ? target.closest('[data-act="delete"]') : null;
  const row = /** @type {HTMLElement | null | undefined} */ (button?.closest("li"));
  const username = who();
  if (!row || username === null) return;
  const { kind = "", id } = row.dataset;
  try {
    await api.remove(kind, Number(id), username);
  } catch (error) {
    button?.after(h("span", { class: "error", role: "alert" }, message(error)));
    return;
  }
  row.hidden = true;
  offerUndo(`${WORDS[kind]} deleted.`, async () => {
    await api.restore(kind, Number(id), username);
    row.hidden = false;
  });
});

showActs();
onName(showActs);
const votes = votesOn(rows, async (search, me) =>
  (await api.directions({ username: owner, cursor: search.get("cursor"), me })).items,
);
moreRows(rows, (search) => {
  showActs();
  votes.appended(search);
});
document.documentElement.dataset.ready = "";
