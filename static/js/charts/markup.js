// Plotly reads tags and entities in all words it is given. What our figures say is text: it becomes
// Plotly's markup here, on its way there, and nowhere else.

/** Where a figure says something. */
const WORDS = new Set(["text", "ticktext", "hovertext", "name"]);

/**
 * Text as Plotly shows it; its lines stand under each other.
 * @param {string} text
 */
export const markup = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br>");

/**
 * A figure whose words Plotly shows as they are.
 * @template T
 * @param {T} figure  the whole, or a part of it
 * @param {boolean} [says]  whether its strings are words
 * @returns {T}
 */
export function asMarkup(figure, says = false) {
  /** @type {any} */
  const part = figure;
  if (typeof part === "string") return /** @type {any} */ (says ? markup(part) : part);
  if (Array.isArray(part)) return /** @type {any} */ (part.map((each) => asMarkup(each, says)));
  if (part === null || typeof part !== "object" || ArrayBuffer.isView(part)) return part;
  return /** @type {any} */ (
    Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, asMarkup(inner, says || WORDS.has(name))]))
  );
}
