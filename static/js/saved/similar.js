// Directions that point nearly the same way, or the opposite one, at the same site.

import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import * as api from "./api.js";
import { cosine } from "./words.js";

/** Below this a cosine says that two directions have nothing to do with one another. */
const WORTH_SAYING = 0.1;

/**
 * @param {HTMLElement} place
 * @param {{id: number, model: string, site: string, head: number | null}} direction
 */
export async function showSimilar(place, { id, model, site, head }) {
  const atComponent = (/** @type {number} */ component) => {
    const where = new URLSearchParams({ model, site, component: String(component) });
    if (head !== null) where.set("head", String(head));
    return `/?${where}`;
  };
  try {
    const { items } = await api.similar(id);
    const close = items.filter((item) => Math.abs(item.cosine) >= WORTH_SAYING);
    const rows = close.map((item) => {
      const saved = item.direction;
      const href = saved ? `/directions/${saved.id}` : item.component === null ? null : atComponent(item.component);
      const by = saved?.username ? h("span", { class: "small" }, " by ", h("bdi", {}, saved.username)) : null;
      return h(
        "li",
        {},
        h("span", { class: item.cosine < 0 ? "cosine minus-word" : "cosine plus-word" }, cosine(item.cosine)),
        h("span", {}, href ? h("a", { href, dir: "auto" }, item.label) : item.label, by),
      );
    });
    if (rows.length > 0) place.replaceChildren(h("ol", { class: "similar" }, ...rows));
    else place.replaceChildren(h("p", { class: "small" }, "No saved direction and no component of this site points nearly the same way, or the opposite one."));
  } catch (error) {
    place.replaceChildren(h("p", { class: "small" }, message(error)));
  }
}
