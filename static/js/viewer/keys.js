// What a key does. Pure: a key and where it was pressed give an action, or nothing.

/**
 * @typedef {"layer-before" | "layer-after" | "component-before" | "component-after" | "write" |
 *   "help" | "close" | "token-before" | "token-after" | "token-up" | "token-down" |
 *   "token-first" | "token-last" | "pin"} Action
 */

/** @type {Record<string, Action>} */
const ANYWHERE = {
  "[": "layer-before",
  "]": "layer-after",
  ",": "component-before",
  ".": "component-after",
  "/": "write",
  "?": "help",
  Escape: "close",
};

/** @type {Record<string, Action>} */
const ON_A_TOKEN = {
  ArrowLeft: "token-before",
  ArrowRight: "token-after",
  ArrowUp: "token-up",
  ArrowDown: "token-down",
  Home: "token-first",
  End: "token-last",
  Enter: "pin",
  " ": "pin",
};

/** @type {Record<string, Action>} */
const IN_THE_GRID = {
  ArrowLeft: "component-before",
  ArrowRight: "component-after",
  ArrowUp: "layer-before",
  ArrowDown: "layer-after",
};

/**
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean}} event
 * @param {"page" | "token" | "grid" | "typing"} where
 * @returns {Action | null}
 */
export function actionOf(event, where) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (where === "typing") return event.key === "Escape" ? "close" : null;
  if (where === "token" && event.key in ON_A_TOKEN) return ON_A_TOKEN[event.key];
  if (where === "grid" && event.key in IN_THE_GRID) return IN_THE_GRID[event.key];
  return ANYWHERE[event.key] ?? null;
}

/**
 * The site one step before or after: along the picker's rows, or the same place in the next layer.
 * @param {string} site
 * @param {1 | -1} step
 * @param {string[]} rows  the picker's sites, in order
 * @param {number} blocks  how many layers the model has
 * @returns {string | null}
 */
export function neighbour(site, step, rows, blocks) {
  const row = rows.indexOf(site);
  if (row >= 0) return rows[row + step] ?? null;
  const match = site.match(/^blocks\.(\d+)\.(.*)$/);
  if (!match) return null;
  const layer = Number(match[1]) + step;
  return layer >= 0 && layer < blocks ? `blocks.${layer}.${match[2]}` : null;
}
