// What is typed as a name, as the server reads it too; it has the last word on which are taken.

/** How many characters a name has at most. */
const LONGEST = 80;

/**
 * What was typed as a name, as it will be kept.
 * @param {string} typed
 * @returns {{name: string, fault: null} | {name: null, fault: string}}
 */
export function readName(typed) {
  const name = typed.normalize("NFKC").trim().replace(/\s+/g, " ");
  if (name === "") return { name: null, fault: "Type a name first: what you save is kept under it." };
  const length = [...name].length;
  if (length > LONGEST) return { name: null, fault: `${length} characters; a name has at most ${LONGEST}.` };
  return { name, fault: null };
}
