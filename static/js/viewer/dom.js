// Making elements. Data goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [attributes]
 *   functions become listeners
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {string} name  a symbol of `_partials/icons.html` */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
}

/**
 * The element with an id, which the page is known to have.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}`);
  return element;
}

/** @param {string} id */
export const inputById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/**
 * A function that waits until calls have stopped for a while; `cancel` forgets the last call.
 * @template {unknown[]} A
 * @param {number} delay  in milliseconds
 * @param {(...given: A) => void} call
 * @returns {((...given: A) => void) & {cancel: () => void}}
 */
export function settled(delay, call) {
  let timer = 0;
  const wait = (/** @type {A} */ ...given) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => call(...given), delay);
  };
  return Object.assign(wait, { cancel: () => clearTimeout(timer) });
}

/**
 * Say something to a screen reader.
 * @param {string} words
 */
export function announce(words) {
  byId("announce").textContent = words;
}
