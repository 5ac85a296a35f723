// How numbers and tokens are written. `app/web/rendering.py` writes them the same way.

/** @typedef {import("./types.js").Token} Token */
/** @typedef {import("./types.js").Unit} Unit */

/** @type {Record<Unit, string>} */
export const UNIT_NAMES = {
  dot: "dot product",
  centred: "dot product, mean removed",
  cosine: "cosine",
  z: "standard deviations",
};

/** @type {Record<Unit, string>} */
export const UNIT_SHORT = { dot: "dot product", centred: "centred", cosine: "cosine", z: "z" };

/** @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();

/**
 * @param {number} size
 * @param {number} places
 */
function digits(size, places) {
  let format = formats.get(places);
  if (!format) {
    format = new Intl.NumberFormat("en", {
      minimumFractionDigits: places,
      maximumFractionDigits: places,
      roundingMode: "halfEven",
    });
    formats.set(places, format);
  }
  return format.format(size);
}

/**
 * A score as a person reads it: three significant digits and a true minus sign.
 * @param {number} value
 */
export function signed(value) {
  const size = Math.abs(value);
  const written = digits(size, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  if (!/[1-9]/.test(written)) return "0";
  return (value > 0 ? "+" : "−") + written;
}

/**
 * A share as a percentage with two significant digits; only a whole is 100 %.
 * @param {number} ratio
 */
export function percent(ratio) {
  const share = 100 * ratio;
  if (share > 0 && share < 0.01) return "< 0.01 %";
  if (share >= 99.5 && share < 100) return share < 99.95 ? `${digits(share, 1)} %` : "> 99.9 %";
  return `${digits(share, share >= 10 ? 0 : share >= 1 ? 1 : 2)} %`;
}

/**
 * A count with its thousands apart.
 * @param {number} value
 */
export const count = (value) => digits(value, 0);

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (value, one, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

/**
 * What is written for a token; control characters always as their pictures.
 * @param {Token} token
 * @param {boolean} boxes
 */
export function shown(token, boxes) {
  if (token.special) return /endoftext|bos/i.test(token.text) ? "BOS" : token.text;
  const text = token.text
    // eslint-disable-next-line no-control-regex
    .replace(/[\x00-\x08\x0b-\x1f]/g, (found) => String.fromCharCode(0x2400 + found.charCodeAt(0)))
    .replaceAll("\x7f", "␡");
  if (!boxes) return text;
  // A visible space is no space: a zero width space after each token lets lines break there.
  const seen = text.replaceAll(" ", "␣").replaceAll("\t", "⇥").replaceAll("\n", "↵\n") || "·";
  return seen.endsWith("\n") ? seen : `${seen}\u200b`;
}

/**
 * Whether a text's white space has to be kept as it is, as in code. Elsewhere it may collapse, so
 * that the space before a word that begins a line leaves no trace at the end of the line before.
 * @param {string} text
 */
export const keepsSpaces = (text) => / {2}|\t|\n |^ /.test(text);

/**
 * A token's accessible name: its text, with white space named.
 * @param {string} text
 */
export function spoken(text) {
  if (text === "") return "part of a character";
  if (text.trim() !== "") return text.trim();
  return text.includes("\n") ? "new line" : text.includes("\t") ? "tab" : "space";
}

/**
 * A token between quotation marks, its white space visible, for a list or a title.
 * @param {string} text
 */
export const quoted = (text) =>
  `“${text.replaceAll("\n", "↵").replaceAll("\t", "⇥") || "·"}”`;

/**
 * The same words, no line of which ends between a quotation mark and its token's space.
 * @param {string} words
 */
export const unbroken = (words) => words.replaceAll("“ ", "“\u00a0");

/**
 * Words as a sentence begins.
 * @param {string} words
 */
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/**
 * What went wrong, in words.
 * @param {unknown} error
 */
export const message = (error) => (error instanceof Error ? error.message : String(error));
