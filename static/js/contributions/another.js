// The boxes for a token that is not among the likeliest.

import { h, settled } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { tokensOf } from "./api.js";
import { about, offersOf, readings } from "./offers.js";
import { tokenLabel } from "./tokenlabel.js";

/** @typedef {import("./types.js").Token} Token */

/** How long the hand rests before what was typed is looked up, in ms. */
const RESTS = 180;
/** How wide the offers may be, in px; where there is not the room, they begin at the other edge. */
const WIDEST = 364;

/**
 * A box in which a token is typed, and the tokens that this may mean.
 * @param {HTMLFormElement} form  holds an input and a `.offers`
 * @param {() => string} model
 * @param {(id: number) => void} choose
 */
export function anotherToken(form, model, choose) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const offers = /** @type {HTMLElement} */ (form.querySelector(".offers"));
  let asked = new AbortController();
  /** @type {Token[]} */
  let first = [];

  const close = () => {
    asked.abort();
    first = [];
    offers.hidden = true;
    offers.replaceChildren();
  };
  const pick = (/** @type {Token} */ token) => {
    close();
    input.value = "";
    choose(token.id);
  };
  const say = (/** @type {string} */ words, /** @type {Token[]} */ tokens) => {
    first = tokens;
    const buttons = tokens.map((token) =>
      h("button", { type: "button", class: "chip", click: () => pick(token) }, tokenLabel(token.text)));
    offers.hidden = false;
    offers.classList.toggle("end", input.getBoundingClientRect().left + WIDEST > document.documentElement.clientWidth);
    offers.replaceChildren(...(words ? [h("p", { class: "small" }, words)] : []), ...buttons);
  };
  const look = async () => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const typed = input.value;
    if (typed.trim() === "" && typed !== " ") {
      close();
      return;
    }
    try {
      const made = await Promise.all(readings(typed).map((text) => tokensOf(model(), text, signal)));
      if (signal.aborted) return;
      const found = offersOf(made);
      say(about(typed, found), found.tokens);
    } catch (error) {
      if (!signal.aborted) say(message(error), []);
    }
  };

  input.addEventListener("input", settled(RESTS, look));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await look();
    // One token is what was meant; of several, the reader has to say which.
    if (first.length === 1) pick(first[0]);
    else /** @type {HTMLElement | null} */ (offers.querySelector("button"))?.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || offers.hidden) return;
    close();
    input.focus();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && form.contains(relatedTarget))) close();
  });
}
