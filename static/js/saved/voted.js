// The votes in lists of directions: buttons, with those of the name in use pressed.

import { onName, who } from "../people/name.js";
import { upgradeVotes } from "./votes.js";

/** @typedef {import("./types.js").Direction} Direction */
/** @typedef {import("./types.js").Voted} Voted */

/** @typedef {(search: URLSearchParams, me: string) => Promise<Direction[]>} Load */

/**
 * Make the votes within a part of the page buttons. A page shown to everybody knows nobody's
 * votes: for the name in use they are asked for once for every page of the list.
 * @param {HTMLElement} part
 * @param {Load} load  the directions of a page, by the search part of its address
 */
export function votesOn(part, load) {
  const searches = [location.search];

  async function refresh() {
    upgradeVotes(part, new Map());
    const me = who();
    if (me === null || part.querySelector(".votes") === null) return;
    try {
      const pages = await Promise.all(searches.map((each) => load(new URLSearchParams(each), me)));
      /** @type {Map<number, Voted>} */
      const mine = new Map();
      for (const { best_explanation: best } of pages.flat()) if (best) mine.set(best.id, best);
      upgradeVotes(part, mine);
    } catch {
      // the counts are there; which of them are one's own is shown after the next vote
    }
  }

  refresh();
  onName(refresh);
  return {
    /** @param {string} search  of the page whose rows were appended */
    appended(search) {
      searches.push(search);
      refresh();
    },
  };
}
