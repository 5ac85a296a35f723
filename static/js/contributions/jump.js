// The line that stays in sight over the figures: which of them one is looking at.

/**
 * @param {HTMLElement} line  its list leads to sections of the page
 */
export function jumpLine(line) {
  const links = /** @type {HTMLAnchorElement[]} */ ([...line.querySelectorAll("li a")]);
  const linkOf = new Map(links.map((link) => [link.hash.slice(1), link]));
  const seen = new Map();
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) seen.set(target.id, isIntersecting);
      const first = [...linkOf.keys()].find((id) => seen.get(id));
      for (const [id, link] of linkOf) {
        if (id === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    // A figure is looked at once it reaches the upper part of the screen.
    { rootMargin: "-100px 0px -55% 0px" },
  );
  for (const id of linkOf.keys()) {
    const section = document.getElementById(id);
    if (section) watch.observe(section);
  }
}
