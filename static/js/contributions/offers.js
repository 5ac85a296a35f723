// From what was typed to the tokens it may mean: " Paris" and "Paris" are two tokens.

/** @typedef {import("./types.js").Token} Token */

/**
 * What may have been meant: most words begin with a space, so that one comes first.
 * @param {string} typed
 * @returns {string[]}
 */
export const readings = (typed) => (/^\s/.test(typed) ? [typed] : [` ${typed}`, typed]);

/**
 * The tokens to choose from: those that a reading is as a whole, else the pieces of the first.
 * @param {Token[][]} made  the tokens of every reading
 * @returns {{isWhole: boolean, tokens: Token[]}}
 */
export function offersOf(made) {
  const whole = made.filter((tokens) => tokens.length === 1).flat();
  const tokens = whole.length > 0 ? whole : (made[0] ?? []);
  const unique = new Map(tokens.map((token) => [token.id, token]));
  return { isWhole: whole.length > 0, tokens: [...unique.values()] };
}

/**
 * What is said about the tokens that are offered.
 * @param {string} typed
 * @param {{isWhole: boolean, tokens: Token[]}} offers
 */
export function about(typed, { isWhole, tokens }) {
  if (!isWhole) return `“${typed.trim()}” is ${tokens.length} tokens. Pick one of them:`;
  return tokens.length > 1 ? "With the space before it, or without:" : "";
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
