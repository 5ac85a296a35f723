// How saved things are written. `app/web/saved_words.py` writes them the same way.

import { tidyName } from "../people/reading.js";

/** @typedef {import("./types.js").Side} Side */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** @type {Record<Side, string>} */
export const SIDES = { both: "both ends", plus: "+ end", minus: "− end" };

/**
 * A day as a person reads it, in UTC.
 * @param {string} moment  ISO 8601
 */
export function day(moment) {
  const date = new Date(moment);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/**
 * Whether two names are one person's. The server has the last word on it.
 * @param {string | null} one
 * @param {string | null} other
 */
export function sameName(one, other) {
  if (one === null || other === null) return false;
  return tidyName(one).toLowerCase() === tidyName(other).toLowerCase();
}

/**
 * A cosine as a person reads it: two digits and its sign.
 * @param {number} value
 */
export function cosine(value) {
  const size = Math.abs(value).toFixed(2);
  return Number(size) === 0 ? "0.00" : `${value > 0 ? "+" : "−"}${size}`;
}

/**
 * The numbers of a pasted vector: a JSON list, or an object with one such list in it.
 * @param {string} typed
 * @returns {{vector: number[], fault: null} | {vector: null, fault: string}}
 */
export function readVector(typed) {
  const refuse = (/** @type {string} */ fault) => ({ vector: null, fault });
  if (typed.trim() === "") return refuse("Choose a file, or paste a JSON list of numbers.");
  let value;
  try {
    value = JSON.parse(typed);
  } catch {
    return refuse("This is not JSON. Paste a list of numbers such as [0.12, -0.4, …].");
  }
  if (!Array.isArray(value)) return refuse("This is JSON, but not a list of numbers.");
  const wrong = value.findIndex((each) => typeof each !== "number" || !Number.isFinite(each));
  if (wrong >= 0) return refuse(`Entry ${wrong} of the list is not a number.`);
  if (value.length === 0) return refuse("The list is empty.");
  return { vector: value, fault: null };
}

/**
 * A size as a person reads it.
 * @param {number} bytes
 */
function size(bytes) {
  const mega = bytes / 2 ** 20;
  if (mega >= 1) return `${Number(mega.toFixed(1))} MB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} kB` : `${bytes} bytes`;
}

/**
 * Why a file is too large to be sent, or null: a server that refuses it hangs up in the middle.
 * @param {{name: string, size: number}} file
 * @param {number} most  in bytes
 */
export function tooLarge(file, most) {
  if (file.size <= most) return null;
  const had = size(file.size) === size(most) ? `a little more than ${size(most)}` : size(file.size);
  return `${file.name} has ${had}; files of at most ${size(most)} are taken.`;
}

/**
 * What an import did, in words: how much is new, known, and left out, and what is to be said of it.
 * @param {Record<string, unknown>} report
 * @returns {{lines: string[], remarks: string[]}}
 */
export function importWords(report) {
  const lines = [];
  for (const [kind, counts] of Object.entries(report)) {
    if (Array.isArray(counts) || typeof counts !== "object" || counts === null) continue;
    const { added = 0, known = 0, skipped = 0 } = /** @type {Record<string, number>} */ (counts);
    if (added + known + skipped === 0) continue;
    const parts = [`${added} new`, `${known} already here`];
    if (skipped > 0) parts.push(`${skipped} left out`);
    lines.push(`${kind.replaceAll("_", " ")}: ${parts.join(", ")}`);
  }
  const told = (/** @type {unknown} */ said) => (Array.isArray(said) ? said.map(String) : []);
  return {
    lines: lines.length > 0 ? lines : ["The bundle is empty."],
    remarks: [...told(report.skipped), ...told(report.notes)],
  };
}
