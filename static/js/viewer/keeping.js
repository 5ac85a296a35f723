// What is kept and shared from the viewer: directions, what they mean, prompts, links.

import { copies } from "../people/copying.js";
import { onName, who } from "../people/name.js";
import { asMe } from "../people/passphrase.js";
import { say } from "../people/undo.js";
import * as saved from "../saved/api.js";
import { sameName } from "../saved/words.js";
import { byId } from "./dom.js";
import { message } from "./format.js";
import * as library from "./library.js";
import { differenceSource, sourceOf, tokenSource } from "./making.js";
import { Meaning } from "./meaning.js";
import { Mine } from "./mine.js";
import { PromptsPanel } from "./prompts.js";
import { openSaving, sayings } from "./saving.js";
import { isNoDirection, MIXED, serialise, withKept, withoutPrompt, withPrompt } from "./state.js";

/** @typedef {import("../saved/types.js").Direction} Saved */
/** @typedef {import("./data.js").Screen} Screen */
/** @typedef {import("./making.js").Source} Source */
/** @typedef {import("./types.js").State} State */

/** A mix that shows a newcomer what there is to save. */
const EXAMPLE = /** @type {[number, number][]} */ ([[1, 0.8], [2, -0.6]]);

/**
 * The page around what is kept.
 * @typedef {object} Page
 * @property {import("./store.js").Store} store
 * @property {import("./data.js").Data} data
 * @property {() => Screen} screen
 * @property {() => void} clear  forget the sliders at zero
 * @property {() => void} reload  show the state again: something under it has changed
 * @property {() => void} rest  show what needs the server
 * @property {() => void} write  bring the reader to the box for a text
 */

/** @param {Page} page */
export function keeping({ store, data, screen, clear, reload, rest, write }) {
  /** What is known of the direction that is shown. @type {Saved | null} */
  let known = null;
  const meaning = new Meaning((direction) => {
    known = direction;
    showActs(store.state);
  });
  const mine = new Mine(store.state.model, { open, example, changed, gone, back });
  const prompts = new PromptsPanel({
    show: (prompt) => {
      data.sources.know(prompt, `${prompt.username}’s prompt`);
      store.choose(withPrompt(store.state, prompt.id));
    },
    hide: (id) => store.choose(withoutPrompt(store.state, id)),
    showSet: (set) => store.choose({ set, tab: "texts" }),
    setChanged: (id) => {
      data.sources.forgetSet(id);
      if (store.state.set === id) reload();
    },
    link: (patch) => linkTo({ ...store.state, open: null, pin: null, heat: null, tab: "texts", ...patch }),
    write,
  });

  /** @param {State} state */
  const linkTo = (state) => `${location.origin}/?${serialise(state)}`;

  /**
   * A saved direction is shown by its number; where it is a mix, the sliders have its parts.
   * @param {Saved} direction
   */
  async function open(direction) {
    const { id, site, head } = direction;
    const there = { site, head, ...MIXED, direction: id };
    try {
      await data.place({ ...store.state, ...there });
      clear();
      store.choose({ ...there, range: null });
    } catch (error) {
      say(message(error));
    }
  }

  function example() {
    const count = screen().place.basis?.ratios.length ?? 0;
    clear();
    const mix = EXAMPLE.filter(([component]) => component < count);
    store.choose({ ...MIXED, mix: mix.length > 0 ? mix : [[0, 1]], range: null });
  }

  /**
   * A saved direction has another name.
   * @param {number} id
   */
  function changed(id) {
    data.forgetDirection(id);
    meaning.forget();
    if (store.state.direction === id) reload();
  }

  /** The direction whose colours went when it was deleted. @type {number | null} */
  let left = null;

  /**
   * A saved direction is deleted: its colours go, into the sliders where it was a mix.
   * @param {number} id
   */
  function gone(id) {
    meaning.forget();
    if (store.state.direction !== id) return;
    left = id;
    const mix = screen().place.other_direction?.parts ?? store.state.mix;
    store.choose({ ...MIXED, mix });
    data.forgetDirection(id);
  }

  /**
   * A deleted direction is there again.
   * @param {number} id
   */
  function back(id) {
    if (left === id) store.choose({ ...MIXED, direction: id });
    left = null;
  }

  /**
   * @param {Saved} direction
   * @param {boolean} isNew
   * @param {Partial<State> | null} before  what was shown, if the direction is what it was saved from
   */
  function done(direction, isNew, before) {
    const { id } = direction;
    mine.add(direction);
    meaning.forget();
    if (before) {
      data.adopt(store.state, direction);
      store.choose({ ...MIXED, direction: id });
    }
    sayings(direction, isNew, () => {
      mine.load();
      if (before && store.state.direction === id) store.choose(before);
      else gone(id);
      data.forgetDirection(id);
      meaning.forget();
    });
  }

  /**
   * @param {Source | import("./data.js").Shown[] | null} source
   * @param {boolean} [isShown]  whether the colours are of it
   */
  function save(source, isShown = false) {
    if (!source) return;
    const { site } = screen().place;
    const where = site.head === null ? site.label : `${site.label}, head ${site.head}`;
    const { mix, token, neuron, direction } = store.state;
    openSaving(store.state, where, source, (saved, isNew) =>
      done(saved, isNew, isShown ? { mix, token, neuron, direction } : null),
    );
  }

  /** @param {State} state */
  function showActs(state) {
    const other = screen().place.other_direction;
    const isSaved = state.direction !== null && other?.kind === "saved";
    const page = /** @type {HTMLAnchorElement} */ (byId("direction-page"));
    const id = state.direction ?? known?.id ?? null;
    page.hidden = id === null;
    if (id !== null) page.href = `/directions/${id}`;
    byId("duplicate").hidden = !isSaved || sameName(other.by, who());
    byId("save-direction").hidden = isSaved;
  }

  byId("save-direction").addEventListener("click", () => {
    const { state } = store;
    if (isNoDirection(state)) say("Every slider is at zero: move one first.");
    else if (state.neuron === null && state.token !== null) save(tokenSource(screen().texts, state.token) ?? sourceOf(state, null), true);
    else save(sourceOf(state, screen().place.basis), true);
  });
  byId("save-difference").addEventListener("click", () => {
    const texts = screen().texts.filter(({ error }) => error === null);
    if (texts.length < 2) say("There is one text on screen; a difference needs two.");
    else save(texts);
  });
  copies(byId("copy-link"), () => linkTo(store.state));
  byId("duplicate").addEventListener("click", async () => {
    const id = store.state.direction;
    if (id === null) return;
    try {
      const copied = await asMe("The copy is saved under your name.", (username) => saved.copyDirection(id, username));
      if (copied) done(copied, true, null);
    } catch (error) {
      say(message(error));
    }
  });
  onName(() => {
    meaning.forget();
    mine.load();
    prompts.forget();
    prompts.show(store.state);
    rest();
  });
  const soon = window.requestIdleCallback ?? ((/** @type {() => void} */ call) => setTimeout(call, 300));
  soon(() => mine.load());

  return {
    saveToken: (/** @type {string} */ pin) => save(tokenSource(screen().texts, pin)),
    saveDifference: (/** @type {string} */ plus, /** @type {string} */ minus) =>
      save(differenceSource(screen().texts, plus, minus)),
    /** One of the reader's own texts is kept under their name. */
    keep: async (/** @type {number} */ index) => {
      const text = store.state.texts[index];
      try {
        const kept = await asMe("A prompt is kept under your name.", (username) =>
          library.keep(username, text, store.state.model),
        );
        if (!kept) return;
        data.kept(text, kept, `${kept.username ?? who()}’s prompt`);
        prompts.forget();
        store.choose(withKept(store.state, store.state.texts.indexOf(text), kept.id));
        say("Kept under My prompts; the address has its number now.");
      } catch (error) {
        say(message(error));
      }
    },
    /** The hand moves. */
    show: (/** @type {State} */ state) => {
      meaning.leave(state, screen().place.other_direction?.says ?? null);
      showActs(state);
      mine.show(state.direction);
      prompts.show(state);
      const set = data.sources.set(state);
      byId("shown-set").hidden = set === null;
      if (set) byId("shown-set").firstElementChild?.replaceChildren(`The set “${set.name}” by ${set.by} comes first.`);
    },
    /** The hand rests. */
    rest: (/** @type {State} */ state, /** @type {boolean} */ chosen) =>
      meaning.show(state, chosen, screen().place.other_direction?.says ?? null),
  };
}
