// Which colour of words reads on which background; `app/web/palette.py` has the same rule.

/** @typedef {import("./palette.js").Theme} Theme */

/** WCAG's least contrast of text. */
const ENOUGH = 4.5;

/**
 * The scale's colour of a number from −1 to 1: its nearest stop.
 * @param {Theme} theme
 * @param {number} share
 */
export function colourOf({ scale }, share) {
  const inside = Math.min(1, Math.max(-1, share));
  return scale[Math.round(((inside + 1) / 2) * (scale.length - 1))][1];
}

/**
 * The page's ink where it reads on a background, otherwise black or white.
 * @param {string} background  `#rrggbb`
 * @param {string} ink
 */
export function readable(background, ink) {
  if (contrast(background, ink) >= ENOUGH) return ink;
  return contrast(background, "#000000") > contrast(background, "#ffffff") ? "#000000" : "#ffffff";
}

/**
 * WCAG contrast ratio of two `#rrggbb` colours, 1 to 21.
 * @param {string} first
 * @param {string} second
 */
export function contrast(first, second) {
  const [a, b] = [luminance(first), luminance(second)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** @param {string} colour */
function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const part = parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
