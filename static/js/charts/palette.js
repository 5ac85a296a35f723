// The colours that charts are drawn in: the page's own, as they are now, in light or dark.

import { LEVELS } from "../viewer/colour.js";
import { STYLES } from "./series.js";

/**
 * @typedef {object} Theme
 * @property {string} paper
 * @property {string} ink
 * @property {string} quiet
 * @property {string} faint
 * @property {string} line
 * @property {string} raised
 * @property {string} accent
 * @property {string} plus
 * @property {string} minus
 * @property {string} sans  the font family
 * @property {string[]} series  colours of curves, none of them a sign's
 * @property {[number, string][]} scale  the signed scale of the tokens, 0 to 1, the paper at 0.5
 */

/** Stops of the colour scale on each side of zero. */
const STOPS = 16;

const DARK = "(prefers-color-scheme: dark)";

/** Themes that have been read: that takes a style of every stop. @type {Map<string, Theme>} */
const known = new Map();

/** The colours of the page as it is now. */
export function theme() {
  const name = document.documentElement.dataset.theme ?? (matchMedia(DARK).matches ? "dark" : "light");
  const found = known.get(name) ?? read();
  known.set(name, found);
  return found;
}

/**
 * The colours as `#rrggbb`, which Plotly understands.
 * @returns {Theme}
 */
function read() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const named = (/** @type {string} */ name) => {
    probe.style.color = `var(--${name})`;
    return hex(style.color);
  };
  const level = (/** @type {string} */ name) => {
    probe.className = name;
    return hex(style.backgroundColor);
  };
  const paper = named("paper");
  /** @type {[number, string][]} */
  const scale = [];
  for (let i = -STOPS; i <= STOPS; i += 1) {
    const step = (Math.abs(i) * LEVELS) / STOPS;
    const colour = i === 0 ? paper : level(i > 0 ? `p${step}` : `n${step}`);
    scale.push([(i + STOPS) / (2 * STOPS), colour]);
  }
  probe.className = "";
  const found = {
    paper,
    ink: named("ink"),
    quiet: named("quiet"),
    faint: named("faint"),
    line: named("line"),
    raised: named("raised"),
    accent: named("accent"),
    plus: named("plus"),
    minus: named("minus"),
    sans: style.getPropertyValue("--sans").trim(),
    series: STYLES.map((_, i) => named(`series-${i + 1}`)),
    scale,
  };
  probe.remove();
  return found;
}

/** @type {CanvasRenderingContext2D | null} */
let pixel = null;

/**
 * Any colour of CSS as `#rrggbb`: browsers write mixed ones as oklab(…).
 * @param {string} colour
 */
function hex(colour) {
  const plain = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  if (plain) return toHex(plain.slice(1).map(Number));
  if (!pixel) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    pixel = canvas.getContext("2d", { willReadFrequently: true });
  }
  if (!pixel) return "#808080";
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return toHex([...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
}

/** @param {number[]} parts */
const toHex = (parts) => `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/**
 * Call when light turns dark or back, by the page's switch or by the system's.
 * @param {() => void} changed
 */
export function onThemeChange(changed) {
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia(DARK).addEventListener("change", changed);
}
