// A direction's page: explanations and votes, both ends in the corpus, what is similar, what its
// owner may do.

import { copies } from "../people/copying.js";
import { onName, who } from "../people/name.js";
import { asMe } from "../people/passphrase.js";
import * as api from "../saved/api.js";
import { collecting } from "../saved/collect.js";
import { showEnds } from "../saved/ends.js";
import { Explanations } from "../saved/explanations.js";
import { doing } from "../saved/forms.js";
import { ownerActs } from "../saved/owner.js";
import { showSimilar } from "../saved/similar.js";
import { sameName } from "../saved/words.js";
import { byId } from "../viewer/dom.js";

/** @typedef {import("../saved/types.js").Direction} Direction */
/** @typedef {import("../saved/types.js").Explanation} Explanation */

/** @type {{direction: Direction, explanations: import("../saved/api.js").Page<Explanation>, unit: import("../viewer/types.js").Unit, unsampled: string | null}} */
const view = JSON.parse(byId("view").textContent ?? "");
const { direction } = view;

new Explanations(direction.id, view.explanations);
collecting(direction.id);
copies(byId("copy-link"), () => new URL(`/directions/${direction.id}`, location.href).href);
if (document.getElementById("snippet")) {
  copies(byId("copy-snippet"), () => byId("snippet").textContent ?? "");
}
if (direction.username !== null) ownerActs(direction);

const copy = byId("copy");
const showCopy = () => {
  copy.hidden = sameName(direction.username, who());
};
showCopy();
onName(showCopy);
copy.addEventListener("click", () => doing(copy, async () => {
  const made = await asMe("The copy is kept under it.", (name) => api.copyDirection(direction.id, name));
  if (made !== null) location.assign(`/directions/${made.id}`);
}));

const signs = document.getElementById("signs");
if (signs) {
  signs.hidden = false;
  signs.addEventListener("click", () => {
    const marked = document.body.classList.toggle("marks");
    signs.setAttribute("aria-pressed", String(marked));
  });
}

if (view.unsampled === null) showEnds(byId("ends"), direction, view.unit);
showSimilar(byId("similar"), direction);
document.documentElement.dataset.ready = "";
