// From what was typed to the tokens it may mean: " Paris" and "Paris" are two tokens.

/** @typedef {import("./types.js").CutToken} CutToken */
/** @typedef {{typed: string, pieces: number, isWhole: boolean, isExact: boolean, tokens: CutToken[]}} Offers
 * `pieces`: how many tokens the first reading is; `isExact`: the only offer is what was typed */

/**
 * What may have been meant: most words begin with a space, so that one comes first.
 * @param {string} typed
 * @returns {string[]}
 */
export const readings = (typed) => (/^\s/.test(typed) ? [typed] : [` ${typed}`, typed]);

/**
 * The tokens to choose from: those that a reading is as a whole, else the pieces of the first.
 * @param {string} typed
 * @param {CutToken[][]} made  the tokens of every reading
 * @returns {Offers}
 */
export function offersOf(typed, made) {
  const whole = made.filter((tokens) => tokens.length === 1).flat();
  const tokens = whole.length > 0 ? whole : (made[0] ?? []);
  const unique = [...new Map(tokens.map((token) => [token.id, token])).values()];
  const isExact = whole.length > 0 && unique.length === 1 && unique[0].alone === typed;
  return { typed, pieces: made[0]?.length ?? 0, isWhole: whole.length > 0, isExact, tokens: unique };
}

/**
 * What is said about the tokens that are offered.
 * @param {Offers} offers
 */
export function about({ typed, pieces, isWhole, isExact, tokens }) {
  if (!isWhole) return `“${named(typed)}” is ${pieces} tokens. Pick one of them:`;
  if (tokens.length > 1) return "With the space before it, or without:";
  return isExact ? "" : "One token only with the space before it:";
}

/**
 * A token by itself, its white space visible. `app/web/contribution_words.py` writes it the same.
 * @param {string} text
 */
export const visible = (text) =>
  text
    .replaceAll(" ", "␣")
    .replaceAll("\t", "⇥")
    .replaceAll("\n", "↵")
    // eslint-disable-next-line no-control-regex
    .replace(/[\x00-\x1f]/g, (found) => String.fromCharCode(0x2400 + found.charCodeAt(0))) || "·";

/**
 * A token in running words: without the white space around it, or that, visible, where it is all.
 * @param {string} text
 */
export const named = (text) => {
  const seen = visible(text);
  return seen.replace(/^[␣⇥↵]+|[␣⇥↵]+$/g, "") || seen;
};
