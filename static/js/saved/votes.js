// Voting on an explanation: two buttons whose counts are the server's.

import { who } from "../people/name.js";
import { asMe } from "../people/passphrase.js";
import { h } from "../viewer/dom.js";
import { count, message, plural } from "../viewer/format.js";
import * as api from "./api.js";

/** @typedef {import("./types.js").Tally} Tally */
/** @typedef {import("./types.js").Voted} Voted */

/** How long an answer that was asked for before a vote may still come in, in ms. */
const OVERTAKEN = 5000;

/** What the server said of the latest vote on each explanation: by name, and when.
 * @type {Map<number, {tally: Tally, name: string | null, at: number}>} */
const latest = new Map();
/** How buttons on the page show other counts. @type {WeakMap<Element, (tally: Tally) => void>} */
const shows = new WeakMap();

/**
 * The votes that a list gives; one that was asked for before a vote does not know of it.
 * @param {Voted} given
 * @returns {Pick<Tally, "up" | "down" | "mine">}
 */
function newest(given) {
  const kept = latest.get(given.id);
  const knows = !kept || kept.name !== who() || performance.now() - kept.at > OVERTAKEN;
  return knows || kept.tally.mine === given.mine ? given : kept.tally;
}

/**
 * Buttons that vote for and against an explanation, and withdraw the vote when pressed again.
 * @param {Voted} explanation
 * @returns {HTMLElement}
 */
export function voteButtons(explanation) {
  const { id } = explanation;
  let now = newest(explanation);
  let busy = false;
  const said = h("span", { class: "vote-error error", role: "alert" });
  const button = (/** @type {1 | -1} */ value, /** @type {string} */ arrow) => {
    const number = h("span", { class: "n" });
    const element = h(
      "button",
      { type: "button", class: value > 0 ? "vote up" : "vote down", click: () => cast(value) },
      h("span", { "aria-hidden": "true" }, arrow),
      number,
    );
    return { element, number, value };
  };
  const both = [button(1, "▲"), button(-1, "▼")];

  function show() {
    for (const { element, number, value } of both) {
      const votes = value > 0 ? now.up : now.down;
      number.textContent = count(votes);
      const words = value > 0 ? "Agree" : "Disagree";
      element.setAttribute("aria-pressed", String(now.mine === value));
      element.setAttribute("aria-label", `${words}, ${plural(votes, "vote")}`);
      element.title = now.mine === value ? "Withdraw your vote" : words;
    }
  }

  /** @param {1 | -1} value */
  async function cast(value) {
    if (busy) return;
    said.textContent = "";
    busy = true;
    try {
      const wanted = now.mine === value ? 0 : value;
      const tally = await asMe("A vote is counted once for each name.", (name) => api.vote(id, name, wanted));
      if (tally === null) return;
      latest.set(id, { tally, name: who(), at: performance.now() });
      now = tally;
      show();
      // The list may have been drawn anew meanwhile: its buttons are other elements.
      for (const twin of document.querySelectorAll(`.votes[data-explanation="${id}"]`)) shows.get(twin)?.(tally);
    } catch (error) {
      said.textContent = message(error);
    } finally {
      busy = false;
    }
  }

  show();
  const element = h("span", { class: "votes", role: "group", "aria-label": "Votes", "data-explanation": id, "data-live": true });
  element.append(both[0].element, both[1].element, said);
  shows.set(element, (tally) => {
    now = tally;
    show();
  });
  return element;
}

/**
 * Make the counts on a page buttons; those that are known for the name in use show its vote.
 * @param {ParentNode} part
 * @param {Map<number, Voted>} known  explanations by id
 */
export function upgradeVotes(part, known) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll(".votes[data-live], .votes[data-up]"))) {
    const { explanation, up, down } = element.dataset;
    const found = known.get(Number(explanation));
    if (found) element.replaceWith(voteButtons(found));
    else if (up !== undefined) {
      element.replaceWith(voteButtons({ id: Number(explanation), up: Number(up), down: Number(down), mine: 0 }));
    }
  }
}
