// The top of the page: the text, the position in it, the tokens to take apart and to compare with,
// and how the stream is read.

import { byId, h, inputById } from "../viewer/dom.js";
import { anotherToken } from "./another.js";
import { drawChips, fit, onChip, others, targets } from "./chips.js";
import { tokenLabel } from "./tokenlabel.js";
import { named } from "./offers.js";
import { changed } from "./state.js";
import { START, tail } from "./summary.js";
import { TokenRow } from "./tokenrow.js";

/** @typedef {import("./types.js").Go} Go */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").View} View */

export class Place {
  #go;
  #row;
  /** @type {View} */
  #view;
  #holder = byId("place");
  #refusal = byId("place-error");

  /**
   * @param {View} view  the one that the server has drawn
   * @param {Go} go
   */
  constructor(view, go) {
    this.#view = view;
    this.#go = go;
    const model = () => this.#view.state.model;
    this.#row = new TokenRow(byId("tokens"), (position) => {
      go({ position: position === this.#view.tokens.length - 1 ? null : position });
    });
    const take = (/** @type {number} */ id) => go(aimedAt(this.#view, id));
    const compare = (/** @type {number | null} */ other) => this.#compare(other);
    onChip(byId("targets"), take);
    onChip(byId("others"), (other, wasChosen) => compare(wasChosen ? null : other));
    anotherToken(/** @type {HTMLFormElement} */ (byId("another")), model, take);
    anotherToken(/** @type {HTMLFormElement} */ (byId("another-other")), model, compare);
    const ln = /** @type {HTMLSelectElement} */ (byId("ln"));
    ln.addEventListener("change", () => go({ ln: ln.value === "exact" ? "exact" : "frozen" }));
    const [bias, bos] = [inputById("bias"), inputById("bos")];
    bias.addEventListener("change", () => go({ bias: bias.checked ? "include" : "omit" }));
    bos.addEventListener("change", () => go({ bos: bos.checked }));
    const options = /** @type {HTMLDetailsElement} */ (byId("options"));
    addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !options.contains(target)) options.open = false;
    });
    options.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !options.open) return;
      options.open = false;
      options.querySelector("summary")?.focus();
    });
    const lists = [byId("targets"), byId("others")];
    new ResizeObserver(() => lists.forEach(fit)).observe(this.#holder);
  }

  /** @param {boolean} busy */
  set busy(busy) {
    this.#holder.setAttribute("aria-busy", String(busy));
  }

  /**
   * Say what cannot be done, under the choices.
   * @param {string} words
   */
  fail(words) {
    this.#refusal.textContent = words;
  }

  /**
   * @param {State} state
   * @param {View} view
   */
  draw(state, view) {
    this.#view = view;
    this.fail("");
    this.#holder.hidden = view.tokens.length === 0;
    this.#row.draw(view);
    const following = view.following?.id ?? null;
    drawChips(byId("targets"), targets(view), ({ id }) => changed(state, aimedAt(view, id)), following);
    drawChips(byId("others"), others(view), ({ id, isChosen }) => changed(state, { other: isChosen ? null : id }), following);
    /** @type {HTMLSelectElement} */ (byId("ln")).value = state.ln;
    inputById("bias").checked = state.bias === "include";
    inputById("bos").checked = state.bos;
    this.#name(state);
  }

  /**
   * The heading, the title, the line that stays in sight, the way to the viewer.
   * @param {State} state
   */
  #name({ model, prompt }) {
    const { target, tokens, position, words, model: facts } = this.#view;
    const heading = question(this.#view);
    byId("heading").textContent = heading;
    document.title = `${heading} · ${facts.label} · Residual Stream Viewer`;
    if (target) byId("here").replaceChildren(h("span", {}, tail(tokens, position) || START), " → ", tokenLabel(target.text));
    const [name, value, key] = prompt === null ? ["text", words, "t0"] : ["prompt", String(prompt), `p${prompt}`];
    byId("in-viewer").setAttribute("href", `/?${new URLSearchParams([["model", model], [name, value], ["open", key]])}`);
  }

  /** @param {number | null} other */
  #compare(other) {
    if (other !== null && other === this.#view.target?.id) this.fail("A token is not compared with itself.");
    else this.#go({ other });
  }
}

/**
 * The question that the page answers. Only the likeliest token is what the model says.
 * @param {Pick<View, "target" | "predictions">} view
 */
export function question({ target, predictions }) {
  if (target === null) return "What made it say that?";
  const asked = target.id === predictions[0]?.id ? "What made it say" : "What raised or lowered";
  return `${asked} “${named(target.text)}”?`;
}

/**
 * The change that takes a token apart: the likeliest one needs no word in the address. A token
 * that was compared with is compared with the old target.
 * @param {View} view
 * @param {number} id
 * @returns {Partial<State>}
 */
export function aimedAt(view, id) {
  const target = id === view.predictions[0]?.id ? null : id;
  return id === view.other?.id ? { target, other: view.target?.id ?? null } : { target };
}
