// The directory: filters that answer at once, more rows, votes, uploads, bundles.

import { onName, who } from "../people/name.js";
import * as api from "../saved/api.js";
import { bundles } from "../saved/bundles.js";
import { moreRows } from "../saved/more.js";
import { votesOn } from "../saved/voted.js";
import { uploads } from "../saved/upload.js";
import { byId, h } from "../viewer/dom.js";

const form = /** @type {HTMLFormElement} */ (byId("finder"));
const rows = document.getElementById("rows");

form.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLSelectElement) form.requestSubmit();
});
// An empty field says nothing: it stays out of the address.
form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

function suggestOwn() {
  const name = who();
  byId("own-name").replaceChildren(...(name === null ? [] : [h("option", { value: name })]));
}

suggestOwn();
onName(suggestOwn);
uploads();
bundles();
if (rows) {
  const votes = votesOn(rows, async (search, me) =>
    (await api.directions({ ...Object.fromEntries(search), me })).items,
  );
  moreRows(rows, votes.appended);
}
document.documentElement.dataset.ready = "";
