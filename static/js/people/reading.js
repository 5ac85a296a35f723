// What is typed as a name, as the server reads it too; it has the last word on which can be used.

/** How many characters a name has at most. */
const LONGEST = 80;

/**
 * A name as it is compared and kept: NFKC, one space between words.
 * @param {string} typed
 */
export const tidyName = (typed) => typed.normalize("NFKC").trim().replace(/\s+/g, " ");

/**
 * What was typed as a name, as it will be kept.
 * @param {string} typed
 * @returns {{name: string, fault: null} | {name: null, fault: string}}
 */
export function readName(typed) {
  const name = tidyName(typed);
  if (name === "") return { name: null, fault: "Type a name first: what you save is kept under it." };
  const length = [...name].length;
  if (length > LONGEST) return { name: null, fault: `${length} characters; a name has at most ${LONGEST}.` };
  return { name, fault: null };
}
