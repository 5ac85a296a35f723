// The dialog that uploads a direction: a file or pasted numbers, and where they belong.

import { asMe } from "../people/passphrase.js";
import * as sitesApi from "../viewer/api.js";
import { byId, h, inputById } from "../viewer/dom.js";
import * as api from "./api.js";
import { clearErrors, dialogOf, showError } from "./forms.js";
import { readVector, tooLarge } from "./words.js";

/** @typedef {{name: string, label: string, layer: number | null, width: number, n_heads: number | null, basic: boolean}} Site */

export function uploads() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("upload"));
  const form = /** @type {HTMLFormElement} */ (byId("upload-form"));
  const model = /** @type {HTMLSelectElement} */ (byId("upload-model"));
  const site = /** @type {HTMLSelectElement} */ (byId("upload-site"));
  const head = inputById("upload-head");
  const file = inputById("upload-file");
  const pasted = /** @type {HTMLTextAreaElement} */ (byId("upload-vector"));
  /** @type {Site[]} */
  let sites = [];

  const chosen = () => sites.find(({ name }) => name === site.value);

  function showHead() {
    const heads = chosen()?.n_heads ?? null;
    byId("upload-head-line").hidden = heads === null;
    head.disabled = heads === null;
    if (heads !== null) head.max = String(heads - 1);
    byId("upload-width").textContent = chosen() ? `${chosen()?.width} numbers` : "";
  }

  async function fill() {
    try {
      sites = (await sitesApi.sites(model.value)).items;
    } catch (error) {
      showError(form, error, "site");
      return;
    }
    const options = (/** @type {Site[]} */ some) => some.map(({ name, label }) => h("option", { value: name }, label));
    const rest = sites.filter(({ basic }) => !basic);
    site.replaceChildren(
      h("optgroup", { label: "Residual stream" }, ...options(sites.filter(({ basic }) => basic))),
      h("optgroup", { label: "All other sites" }, ...options(rest)),
    );
    const asked = form.dataset.site;
    const stream = sites.filter(({ basic, layer }) => basic && layer !== null);
    const middle = stream[Math.floor(stream.length / 2)]?.name ?? "";
    site.value = asked && sites.some(({ name }) => name === asked) ? asked : middle;
    showHead();
  }

  dialogOf(dialog, byId("upload-open"), () => {
    if (sites.length === 0) fill();
  });
  if (location.hash === "#upload") byId("upload-open").click();
  model.addEventListener("change", fill);
  site.addEventListener("change", showHead);
  file.addEventListener("change", () => {
    const name = inputById("upload-name");
    const stem = file.files?.[0]?.name.replace(/\.[^.]*$/, "") ?? "";
    if (name.value === "") name.value = stem.slice(0, 80);
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    const button = /** @type {HTMLButtonElement} */ (byId("upload-save"));
    const given = new FormData(form);
    const text = (/** @type {string} */ field) => String(given.get(field) ?? "").trim();
    /** @type {Record<string, unknown>} */
    const body = { name: text("name"), model: model.value, site: site.value, visibility: text("visibility") };
    if (!head.disabled) body.head = Number(head.value);
    if (text("explanation") !== "") body.explanation = text("explanation");
    button.disabled = true;
    try {
      const send = file.files?.[0] ? withFile(body, file.files[0]) : withNumbers(body);
      const saved = send && (await asMe("The direction is kept under it.", send));
      if (saved) location.assign(`/directions/${saved.direction.id}`);
    } catch (error) {
      showError(form, error);
    } finally {
      button.disabled = false;
    }
  });

  /** @typedef {(username: string) => ReturnType<typeof api.saveDirection>} Send */

  /**
   * @param {Record<string, unknown>} body
   * @param {File} chosenFile
   * @returns {Send | null}
   */
  function withFile(body, chosenFile) {
    const large = tooLarge(chosenFile, Number(form.dataset.maxBytes));
    if (large !== null) {
      showError(form, new Error(large), "file");
      return null;
    }
    const data = new FormData();
    for (const [name, value] of Object.entries(body)) data.set(name, String(value));
    data.set("file", chosenFile);
    return (username) => {
      data.set("username", username);
      return api.saveDirection(data);
    };
  }

  /**
   * @param {Record<string, unknown>} body
   * @returns {Send | null}
   */
  function withNumbers(body) {
    const { vector, fault } = readVector(pasted.value);
    if (fault !== null) {
      showError(form, new Error(fault), "vector");
      return null;
    }
    return (username) => api.saveDirection({ ...body, username, vector });
  }
}
