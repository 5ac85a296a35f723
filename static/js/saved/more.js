// "More" appends the next page's rows instead of opening it.

import { ask } from "../viewer/api.js";
import { refuse } from "./forms.js";

/**
 * @param {HTMLElement} rows  the list whose items are appended to
 * @param {(search: string) => void} [appended]  told the search part of the page's address
 */
export function moreRows(rows, appended = () => {}) {
  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-more]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.setAttribute("aria-busy", "true");
    refuse(link, null);
    try {
      const { search } = new URL(link.href);
      const answer = await ask(link.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById(rows.id);
      const added = /** @type {HTMLElement[]} */ ([...(next?.children ?? [])].map((row) => document.adoptNode(row)));
      rows.append(...added);
      const further = page.querySelector("a[data-more]")?.getAttribute("href");
      if (further) {
        link.setAttribute("href", further);
        link.removeAttribute("aria-busy");
      } else {
        link.parentElement?.remove();
      }
      added[0]?.querySelector("a")?.focus();
      appended(search);
    } catch (error) {
      link.removeAttribute("aria-busy");
      refuse(link, error);
    }
  });
}
