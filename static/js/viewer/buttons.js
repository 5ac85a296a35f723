// The buttons around the texts: each changes one thing of the state.

import { byId } from "./dom.js";
import { MAX_SAMPLE, withoutPrompt, withoutText } from "./state.js";
import { tokenAt } from "./texts.js";
import { keepTabStop } from "./walk.js";

/** How many more texts a press on "More texts" brings. */
const MORE = 12;

/** @typedef {import("./types.js").State} State */

/** The switches for how tokens are drawn; looked up once, for a page has thousands of elements. */
const TOGGLES = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-toggle]")]);
const TABS = /** @type {const} */ (["texts", "corpus", "prompts"]);

/**
 * Switches, tabs and the page itself as a state has them.
 * @param {State} state
 */
export function showToggles(state) {
  const { classList } = document.body;
  classList.toggle("boxes", state.boxes);
  classList.toggle("marks", state.marks);
  classList.toggle("face-sans", state.face === "sans");
  classList.toggle("face-serif", state.face === "serif");
  for (const toggle of TOGGLES) {
    const name = toggle.dataset.toggle;
    const on = name === "face" ? state.face === "sans" : state[/** @type {"bos"} */ (name)];
    toggle.setAttribute("aria-pressed", String(on));
  }
  for (const tab of TABS) {
    byId(`tab-${tab}`).setAttribute("aria-selected", String(state.tab === tab));
    byId(`panel-${tab}`).hidden = state.tab !== tab;
  }
}

/**
 * Pin the token that an element is, or unpin it.
 * @param {import("./store.js").Store} store
 * @param {HTMLElement} target
 */
export function pinAt(store, target) {
  const at = tokenAt(target);
  if (!at) return;
  const pin = `${at.key}:${at.position}`;
  store.adjust({ pin: store.state.pin === pin ? null : pin });
}

/**
 * @param {import("./store.js").Store} store
 * @param {(index: number) => void} keep  one of the reader's own texts
 */
export function buttons(store, keep) {
  texts(store, keep);
  byId("shown-set").addEventListener("click", ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.act) store.choose({ set: null });
  });
  byId("single").addEventListener("click", () => store.choose({ open: null }));
  byId("more").addEventListener("click", () => {
    const n = Math.min(store.state.n + MORE, MAX_SAMPLE - store.state.texts.length);
    store.choose({ n });
  });
  byId("others").addEventListener("click", () => {
    store.choose({ seed: store.state.seed + 1, n: MORE, pin: null });
  });
  for (const tab of TABS) {
    byId(`tab-${tab}`).addEventListener("click", () => store.choose({ tab }));
  }
  for (const toggle of TOGGLES) {
    toggle.addEventListener("click", () => {
      const name = /** @type {"bos" | "face"} */ (toggle.dataset.toggle);
      if (name === "face") store.choose({ face: store.state.face === "sans" ? "serif" : "sans" });
      else store.choose({ [name]: !store.state[name] });
    });
  }
  byId("model").addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement) {
      location.assign(`/?model=${encodeURIComponent(target.value)}`);
    }
  });
}

/**
 * @param {import("./store.js").Store} store
 * @param {(index: number) => void} keep
 */
function texts(store, keep) {
  const list = byId("texts");
  list.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    pinAt(store, target);
    const what = target.closest("[data-act]")?.getAttribute("data-act");
    const article = /** @type {HTMLElement | null} */ (target.closest(".text"));
    const key = article?.dataset.key ?? "";
    if (what === "open") store.choose({ open: key });
    else if (what === "heat") store.choose({ heat: key });
    else if (what === "keep") keep(Number(key.slice(1)));
    else if (what === "remove") {
      const without = key[0] === "p" ? withoutPrompt : withoutText;
      store.choose(without(store.state, Number(key.slice(1))));
    }
  });
  list.addEventListener("focusin", ({ target }) => {
    const at = tokenAt(target);
    if (at) keepTabStop(at.span);
  });
}
