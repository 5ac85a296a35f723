// Walking the tokens with the keyboard, by order and by line.

/** @typedef {import("./keys.js").Action} Action */

/** @typedef {{top: number, x: number}} Place  a token's line, and its middle */

/** Tokens nearer than this in height stand on one line, in px. */
const SAME_LINE = 10;

/**
 * The token on the next line (or the line before) that stands nearest.
 * @param {Place[]} places  in reading order
 * @param {number} from
 * @param {1 | -1} step
 * @returns {number}
 */
export function onNextLine(places, from, step) {
  const sameLine = (/** @type {number} */ a, /** @type {number} */ b) =>
    Math.abs(places[a].top - places[b].top) < SAME_LINE;
  let at = from;
  while (at in places && sameLine(at, from)) at += step;
  if (!(at in places)) return from;
  let best = at;
  for (let each = at; each in places && sameLine(each, at); each += step) {
    const nearer = Math.abs(places[each].x - places[from].x) < Math.abs(places[best].x - places[from].x);
    if (nearer) best = each;
  }
  return best;
}

/**
 * Move the focus from a token to another one.
 * @param {HTMLElement} from
 * @param {Action} action
 */
export function walk(from, action) {
  const spans = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(".texts .text:not([hidden]) .t"),
  ]);
  const at = spans.indexOf(from);
  const to = target(spans, at, action);
  if (to === at || !spans[to]) return;
  spans[to].focus({ preventScroll: true });
  spans[to].scrollIntoView({ block: "nearest" });
}

/**
 * @param {HTMLElement[]} spans
 * @param {number} at
 * @param {Action} action
 * @returns {number}
 */
function target(spans, at, action) {
  const own = spans[at].parentElement;
  if (action === "token-before") return at - 1;
  if (action === "token-after") return at + 1;
  if (action === "token-first") return spans.findIndex((span) => span.parentElement === own);
  if (action === "token-last") return spans.findLastIndex((span) => span.parentElement === own);
  const places = spans.map((span) => {
    const box = span.getBoundingClientRect();
    return { top: box.bottom, x: (box.left + box.right) / 2 };
  });
  return onNextLine(places, at, action === "token-up" ? -1 : 1);
}

/**
 * The focused token is the one that Tab comes back to in its text.
 * @param {HTMLElement} span
 */
export function keepTabStop(span) {
  for (const other of span.parentElement?.querySelectorAll('.t[tabindex="0"]') ?? []) {
    other.setAttribute("tabindex", "-1");
  }
  span.tabIndex = 0;
}
