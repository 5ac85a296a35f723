// From one section of the page on to another.

import { byId } from "../viewer/dom.js";

/**
 * Bring a section into view, for the eye and the keyboard.
 * @param {string} id
 */
export function bringIntoView(id) {
  const section = byId(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  section.scrollIntoView({ behavior: calm ? "auto" : "smooth" });
  const title = section.querySelector("h2");
  if (!title) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}
