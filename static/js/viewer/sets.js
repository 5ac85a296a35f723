// One set of prompts in the tab "My prompts": what is in it, and what can be done with it.

import { copy } from "../people/copying.js";
import { didAsMe } from "../people/passphrase.js";
import { offerUndo } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { h } from "./dom.js";
import { message, plural } from "./format.js";
import * as library from "./library.js";

/** @typedef {import("./library.js").StoredSet} StoredSet */

const WHY = "Your sets are kept under it.";

/**
 * @typedef {object} On
 * @property {(write: (username: string) => Promise<unknown>) => Promise<void>} run
 * @property {() => void} show
 * @property {() => string} link
 * @property {() => void} changed
 * @property {() => Promise<void>} reload
 */

/**
 * @param {StoredSet} set
 * @param {On} on
 * @returns {HTMLElement}
 */
export function setRow(set, on) {
  const inside = h("div", { class: "set-inside" });
  const act = (/** @type {string} */ words, /** @type {(event: any) => void} */ click) =>
    h("button", { type: "button", class: "text-button", click }, words);
  const acts = h(
    "p",
    { class: "prompt-acts" },
    act("Put on the page", on.show),
    act("Copy link", ({ currentTarget }) => copy(currentTarget, on.link())),
    act("Rename", () => rename(set, on, acts)),
    act("Delete", () => remove(set, on)),
  );
  const details = h("details", {}, h("summary", {}, set.name, h("small", {}, plural(set.n_prompts, "prompt"))), inside, acts);
  details.addEventListener("toggle", () => details.open && fill(set, on, inside));
  return h("li", { "data-set": set.id }, details);
}

/**
 * @param {StoredSet} set
 * @param {On} on
 * @param {HTMLElement} inside
 */
async function fill(set, on, inside) {
  try {
    const { prompts = [] } = await library.set(set.id);
    const rows = prompts.map(({ id, text }) => {
      const out = async () => {
        await on.run((username) => library.takeOut(set.id, id, username));
        on.changed();
        await fill(set, on, inside);
      };
      const button = h("button", { type: "button", class: "text-button", click: out }, "Take out");
      return h("li", {}, h("p", { class: "prompt-text", dir: "auto" }, text), button);
    });
    inside.replaceChildren(
      rows.length > 0 ? h("ol", {}, ...rows) : h("p", { class: "small" }, "Nothing is in it yet: put prompts into it below."),
    );
  } catch (error) {
    inside.replaceChildren(h("p", { class: "small" }, message(error)));
  }
}

/**
 * @param {StoredSet} set
 * @param {On} on
 * @param {HTMLElement} acts  which the field takes the place of
 */
function rename(set, on, acts) {
  const input = h("input", { class: "field", value: set.name, "aria-label": "Name of the set", dir: "auto", autocomplete: "off" });
  const fault = h("p", { class: "error small", role: "alert" });
  const form = h("form", { class: "mine-rename", novalidate: true }, input, h("button", { class: "button" }, "Rename"), fault);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      if (!(await didAsMe(WHY, (username) => library.renameSet(set.id, username, input.value)))) return;
      on.changed();
      await on.reload();
    } catch (error) {
      fault.textContent = message(error);
      input.focus();
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    form.replaceWith(acts);
  });
  acts.replaceWith(form);
  input.focus();
  input.select();
}

/**
 * @param {StoredSet} set
 * @param {On} on
 */
async function remove(set, on) {
  await on.run(async (username) => {
    await saved.remove("prompt-sets", set.id, username);
    on.changed();
    await on.reload();
    offerUndo(`The set “${set.name}” is deleted.`, async () => {
      if (!(await didAsMe(WHY, (name) => saved.restore("prompt-sets", set.id, name)))) return false;
      on.changed();
      await on.reload();
      return true;
    });
  });
}
