// The dialog that saves a direction: what it is made from, its name, what it means, who sees it.

import { form, openDialog, textField, field } from "../people/forms.js";
import { checkName, setName, who } from "../people/name.js";
import { asMe, didAsMe } from "../people/passphrase.js";
import { offerUndo, say } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { SIDES } from "../saved/words.js";
import { Problem } from "./api.js";
import { h } from "./dom.js";
import { message, plural } from "./format.js";
import { place } from "./making.js";

/** @typedef {import("../saved/types.js").Direction} Saved */
/** @typedef {import("./data.js").Shown} Shown */
/** @typedef {import("./types.js").State} State */

/** @typedef {import("./making.js").Source} Source */

const WHO_SEES = {
  public: ["Public", "In the directory and the search."],
  unlisted: ["Unlisted", "Not in the directory or search; its link and your name’s page show it."],
};

/**
 * Ask for what is still missing, and save.
 * @param {State} state
 * @param {string} where  the site, in words
 * @param {Source | Shown[]} source  or texts, of which two are to be chosen
 * @param {(direction: Saved, isNew: boolean) => void} done
 */
export function openSaving(state, where, source, done) {
  const ends = Array.isArray(source) ? choices(source) : null;
  const name = textField("Name", { autocomplete: "off", placeholder: "e.g. months against names" });
  const words = field("What it means, if you know", h("textarea", { class: "field", rows: 2, dir: "auto" }));
  const side = radios("About", "side", Object.entries(SIDES).map(([value, label]) => [value, [label]]), "inline");
  const sees = radios("Who sees it", "visibility", Object.entries(WHO_SEES));
  const signed = textField("Your name", { autocomplete: "username" }, "It is saved under this name. No password is needed.");
  signed.element.hidden = who() !== null;
  const fault = h("p", { class: "error", role: "alert" });
  const from = Array.isArray(source) ? "" : ` ${source.words}`;
  const parts = [
    h("p", { class: "small" }, `${where}.${from}`),
    ...(ends ? [ends.element] : []),
    name.element,
    words.element,
    side.element,
    sees.element,
    signed.element,
    fault,
  ];
  const cancel = h("button", { type: "button", class: "text-button", "data-close": true }, "Cancel");
  const send = async () => {
    fault.textContent = "";
    if (name.input.value.trim() === "") return name.fault("Give it a name: you will find it by that.");
    const asked = signed.element.hidden ? { name: who(), fault: null } : await checkName(signed.input.value);
    if (asked.fault !== null) return signed.fault(asked.fault);
    setName(asked.name);
    const about = words.input.value.trim() === "" ? {} : { explanation: words.input.value, side: side.value() };
    const request = {
      name: name.input.value,
      model: state.model,
      site: state.site,
      ...(state.head === null ? {} : { head: state.head }),
      visibility: sees.value(),
      ...about,
      ...(ends ? ends.made() : /** @type {Source} */ (source).made),
    };
    try {
      const answer = await asMe("A direction is saved under your name.", (username) =>
        saved.saveDirection({ username, ...request }),
      );
      if (!answer) return;
      dialog.close();
      done(answer.direction, answer.isNew);
    } catch (error) {
      const at = error instanceof Problem ? (error.field ?? "") : "";
      if (at === "name") name.fault(message(error));
      else if (at === "explanation" || at === "side") words.fault(message(error));
      else if (at === "username") {
        signed.element.hidden = false;
        signed.input.value = who() ?? "";
        signed.fault(message(error));
        setName(null);
      } else fault.textContent = message(error);
    }
  };
  const dialog = openDialog("Save as direction", form(parts, "Save", send, [cancel]));
  name.input.focus();
}

/**
 * Say that a direction is saved, and offer to take that back; or that it was before.
 * @param {Saved} direction
 * @param {boolean} isNew
 * @param {() => void} undone
 */
export function sayings(direction, isNew, undone) {
  const page = { href: `/directions/${direction.id}`, words: "Open its page" };
  if (!isNew) {
    say(`You have saved this already, as “${direction.name}”.`, page);
    return;
  }
  const undo = async () => {
    const done = await didAsMe("It is saved under your name.", (username) => saved.deleteDirection(direction.id, username));
    if (done) undone();
    return done;
  };
  offerUndo(`“${direction.name}” is saved.`, undo, page);
}

let groups = 0;

/**
 * @param {string} legend
 * @param {string} name
 * @param {[string, string[]][]} options  value, then label and what it means
 * @param {string} [kind]
 */
function radios(legend, name, options, kind = "") {
  groups += 1;
  const group = `${name}-${groups}`;
  const labels = options.map(([value, [label, hint]], i) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name: group, value, checked: i === 0 }),
      h("span", {}, label, hint ? h("small", {}, hint) : null),
    ),
  );
  const element = h("fieldset", { class: `choices ${kind}`.trim() }, h("legend", {}, legend), ...labels);
  const value = () => /** @type {HTMLInputElement} */ (element.querySelector("input:checked")).value;
  return { element, value };
}

/**
 * Two texts to choose: the mean of one minus the mean of the other.
 * @param {Shown[]} texts
 */
function choices(texts) {
  const label = (/** @type {Shown} */ { text }) => (text.length > 60 ? `${text.slice(0, 60)} …` : text);
  const select = (/** @type {string} */ name, /** @type {number} */ chosen) =>
    h(
      "select",
      { class: "field", "aria-label": name },
      ...texts.map((text, i) => h("option", { value: i, selected: i === chosen }, label(text))),
    );
  const [plus, minus] = [select("The text at the + end", 0), select("The text at the − end", 1)];
  const element = h(
    "div",
    { class: "form-field" },
    h("p", { class: "small" }, `The mean vector of one text minus the mean of another, BOS left out (${plural(texts.length, "text")} on screen).`),
    h("label", {}, "+ end", plus),
    h("label", {}, "− end", minus),
  );
  const made = () => ({
    difference: { plus: place(texts[Number(plus.value)]), minus: place(texts[Number(minus.value)]) },
  });
  return { element, made };
}
