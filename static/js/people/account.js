// The name in the header: choosing one, claiming it, logging in and out.

import { byId, h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { changePassphrase, claim, loggedIn, logIn, logOut, person } from "./api.js";
import { form, textField } from "./forms.js";
import { checkName, onName, setName, who } from "./name.js";
import { say } from "./undo.js";

/** @typedef {import("./api.js").Person} Person */

const panel = byId("name-panel");

/** Make the header's name work. */
export function account() {
  const button = byId("name");
  const show = () => {
    byId("name-shown").textContent = who() ?? "your name";
    button.setAttribute("aria-label", who() === null ? "Your name: none yet" : `Your name: ${who()}`);
  };
  show();
  onName(() => {
    show();
    if (panel.matches(":popover-open")) draw();
  });
  panel.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (open) draw();
    else panel.replaceChildren();
  });
}

/** @param {HTMLElement[]} parts */
function put(...parts) {
  panel.replaceChildren(...parts);
  panel.querySelector("input")?.focus();
}

/** Write the panel for the name in use. */
async function draw() {
  const name = who();
  if (name === null) {
    choose();
    return;
  }
  panel.replaceChildren(h("h2", {}, name), h("p", { class: "small" }, "Looking it up …"));
  try {
    const [holder, found] = await Promise.all([loggedIn(), person(name)]);
    if (who() !== name) return;
    if (!found?.claimed) free(name, found);
    else if (holder === found.username) held(name);
    else locked(name);
  } catch (error) {
    put(h("h2", {}, name), h("p", { class: "error" }, message(error)), other());
  }
}

/** @param {string} name */
const head = (name) => [
  h("h2", {}, name),
  h("p", {}, h("a", { href: `/people/${encodeURIComponent(name)}` }, "What this name has saved")),
];

const other = () => h("button", { type: "button", class: "text-button", click: () => choose() }, "Use another name");

/** A name has to be typed. */
function choose() {
  const name = textField("Your name", { autocomplete: "username", value: who() ?? "" });
  const content = form([name.element], "Use this name", async () => {
    const read = await checkName(name.input.value);
    if (read.name === null) name.fault(read.fault);
    else if (read.name === who()) draw();
    else setName(read.name);
  });
  put(h("p", { class: "small" }, "What you save is kept under it. No password is needed."), content);
  name.input.select();
}

/**
 * Nobody has claimed the name.
 * @param {string} name
 * @param {Person | null} found
 */
function free(name, found) {
  const passphrase = textField(
    "Claim it with a passphrase",
    { type: "password", autocomplete: "new-password" },
    "8 characters or more. It cannot be recovered, so keep it somewhere.",
  );
  const content = form(
    [passphrase.element],
    "Claim",
    async () => {
      try {
        await claim(name, passphrase.input.value);
        say(`Only you write under ${name} now.`);
        draw();
      } catch (error) {
        passphrase.fault(message(error));
      }
    },
    [other()],
  );
  const about = found ? "Anyone can write under this name." : "Nothing is saved under this name yet.";
  put(...(found ? head(name) : [h("h2", {}, name)]), h("p", { class: "small" }, about), content);
}

/**
 * Somebody has claimed the name, and this browser has not given its passphrase.
 * @param {string} name
 */
function locked(name) {
  const passphrase = textField("Passphrase", { type: "password", autocomplete: "current-password" });
  const content = form(
    [passphrase.element],
    "Log in",
    async () => {
      try {
        setName((await logIn(name, passphrase.input.value)).username);
        draw();
      } catch (error) {
        passphrase.fault(message(error));
      }
    },
    [other()],
  );
  put(...head(name), h("p", { class: "small" }, "This name is claimed: log in to write under it."), content);
}

/**
 * This browser has given the name's passphrase.
 * @param {string} name
 */
function held(name) {
  const out = h("button", { type: "button", class: "button" }, "Log out");
  const fault = h("p", { class: "error", role: "alert" });
  out.addEventListener("click", async () => {
    try {
      await logOut();
      draw();
    } catch (error) {
      fault.textContent = message(error);
    }
  });
  const change = h("details", {}, h("summary", {}, "Change the passphrase"), changing(name));
  panel.replaceChildren(
    ...head(name),
    h("p", { class: "small" }, "Claimed. You are logged in: only you write under it."),
    h("p", { class: "form-acts" }, out, other()),
    fault,
    change,
  );
}

/** @param {string} name */
function changing(name) {
  const old = textField("The one until now", { type: "password", autocomplete: "current-password" });
  const next = textField("The new one", { type: "password", autocomplete: "new-password" }, "Other browsers are logged out.");
  return form([old.element, next.element], "Change", async () => {
    try {
      await changePassphrase(name, old.input.value, next.input.value);
      say("The passphrase is changed; other browsers are logged out.");
      draw();
    } catch (error) {
      const faulty = /** @type {{field?: string}} */ (error).field === "new" ? next : old;
      faulty.fault(message(error));
    }
  });
}
