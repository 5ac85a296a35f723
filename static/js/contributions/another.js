// The boxes for a token that is not among the likeliest.

import { h, settled } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { tokensOf } from "./api.js";
import { about, offersOf, readings } from "./offers.js";
import { tokenLabel } from "./tokenlabel.js";

/** @typedef {import("./types.js").CutToken} CutToken */
/** @typedef {import("./offers.js").Offers} Offers */

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

  const close = () => {
    later.cancel();
    asked.abort();
    offers.hidden = true;
    offers.replaceChildren();
  };
  const pick = (/** @type {CutToken} */ token) => {
    close();
    input.value = "";
    choose(token.id);
  };
  const say = (/** @type {string} */ words, /** @type {CutToken[]} */ tokens) => {
    if (!form.contains(document.activeElement)) return; // the reader has gone elsewhere
    const buttons = tokens.map((token) =>
      h("button", { type: "button", class: "chip", click: () => pick(token) }, tokenLabel(token.alone)));
    offers.hidden = false;
    offers.classList.toggle("end", input.getBoundingClientRect().left + WIDEST > document.documentElement.clientWidth);
    offers.replaceChildren(...(words ? [h("p", { class: "small" }, words)] : []), ...buttons);
  };
  /** @returns {Promise<Offers | null>} */
  const look = async () => {
    later.cancel();
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const typed = input.value;
    if (typed.trim() === "" && typed !== " ") {
      close();
      return null;
    }
    try {
      const made = await Promise.all(readings(typed).map((text) => tokensOf(model(), text, signal)));
      if (signal.aborted) return null;
      const found = offersOf(typed, made);
      say(about(found), found.tokens);
      return found;
    } catch (error) {
      if (!signal.aborted) say(message(error), []);
      return null;
    }
  };
  const later = settled(RESTS, look);

  input.addEventListener("input", later);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const found = await look();
    // What was typed is taken as it stands; of anything else, the reader has to say which.
    if (found?.isExact) pick(found.tokens[0]);
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
