// The dialog that exports and imports bundles.

import { who } from "../people/name.js";
import { asMe } from "../people/passphrase.js";
import { byId, h, inputById } from "../viewer/dom.js";
import * as api from "./api.js";
import { clearErrors, dialogOf, showError } from "./forms.js";
import { importWords, tooLarge } from "./words.js";

export function bundles() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("bundle"));
  const form = /** @type {HTMLFormElement} */ (byId("bundle-form"));
  const mine = /** @type {HTMLAnchorElement} */ (byId("bundle-mine"));
  const report = byId("bundle-report");

  dialogOf(dialog, byId("bundle-open"), () => {
    const name = who();
    mine.hidden = name === null;
    if (name !== null) mine.href = api.bundleAddress(name);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    report.replaceChildren();
    const file = inputById("bundle-file").files?.[0];
    if (!file) {
      showError(form, new Error("Choose a bundle first: a .zip file that was exported here or elsewhere."), "file");
      return;
    }
    const large = tooLarge(file, Number(form.dataset.maxBytes));
    if (large !== null) {
      showError(form, new Error(large), "file");
      return;
    }
    const button = /** @type {HTMLButtonElement} */ (byId("bundle-save"));
    button.disabled = true;
    try {
      const done = await asMe("Only its holder imports what was saved under a claimed name.", (username) =>
        api.importBundle(file, username),
      );
      if (done === null) return;
      const { lines, remarks } = importWords(done);
      report.replaceChildren(
        h("ul", { class: "report" }, ...[...lines, ...remarks].map((line) => h("li", {}, line))),
        h("p", {}, h("a", { href: "/directions" }, "See the directions")),
      );
    } catch (error) {
      showError(form, error);
    } finally {
      button.disabled = false;
    }
  });
}
