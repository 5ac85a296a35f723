// Small choices above a table: made once, so that focus stays; told what is chosen.

import { h } from "../viewer/dom.js";

/**
 * @template {string} V
 * @typedef {{element: HTMLElement, set: (value: V) => void, options: (options: [V, string][]) => void}} Choice
 */

/**
 * A list to choose from.
 * @template {string} V
 * @param {string} label
 * @param {[V, string][]} options  value and words
 * @param {(value: V) => void} chosen
 * @returns {Choice<V>}
 */
export function choice(label, options, chosen) {
  const select = h("select", { change: () => chosen(/** @type {V} */ (select.value)) });
  const element = h("label", { class: "choice" }, h("span", {}, label), select);
  const fill = (/** @type {[V, string][]} */ given) =>
    select.replaceChildren(...given.map(([value, words]) => h("option", { value }, words)));
  fill(options);
  return {
    element,
    set: (value) => {
      select.value = value;
    },
    options: (given) => {
      /** @type {(option: [V, string], i: number) => boolean} */
      const same = ([value, words], i) => value === select.options[i].value && words === select.options[i].text;
      if (given.length !== select.length || !given.every(same)) fill(given);
    },
  };
}

let groups = 0;

/**
 * Two or three words side by side, one of which holds.
 * @template {string} V
 * @param {string} label
 * @param {[V, string, string?][]} options  value, words, and what they mean
 * @param {(value: V) => void} chosen
 * @returns {{element: HTMLElement, set: (value: V) => void}}
 */
export function either(label, options, chosen) {
  groups += 1;
  const name = `either-${groups}`;
  const inputs = options.map(([value]) =>
    h("input", { type: "radio", name, value, change: () => chosen(value) }),
  );
  const element = h(
    "fieldset",
    { class: "either" },
    h("legend", {}, label),
    h("div", {}, ...options.map(([, words, meaning], i) => h("label", { title: meaning ?? null }, inputs[i], h("span", {}, words)))),
  );
  return {
    element,
    set: (value) => {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

/**
 * The layers that a range stands for; null for all.
 * @param {number} from
 * @param {number} to
 * @param {number} n
 * @returns {number[] | null}
 */
export function range(from, to, n) {
  const [low, high] = from <= to ? [from, to] : [to, from];
  if (low === 0 && high === n - 1) return null;
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/**
 * From one layer to another.
 * @param {(layers: number[] | null) => void} chosen
 */
export function layerRange(chosen) {
  let n = 0;
  const read = () => chosen(range(Number(from.value), Number(to.value), n));
  const [from, to] = ["first layer", "last layer"].map((name) => h("select", { "aria-label": name, change: read }));
  const some = h("span", { class: "small" });
  const element = h("span", { class: "choice", role: "group", "aria-label": "Layers" }, h("span", {}, "Layers"), from, h("span", {}, "to"), to, some);
  return {
    element,
    /**
     * @param {number[] | null} layers
     * @param {number} count  how many layers the model has
     */
    set(layers, count) {
      if (n !== count) {
        n = count;
        for (const select of [from, to]) select.replaceChildren(...Array.from({ length: n }, (_, i) => h("option", { value: i }, String(i))));
      }
      from.value = String(layers?.[0] ?? 0);
      to.value = String(layers?.at(-1) ?? n - 1);
      const whole = layers === null || layers.length === Number(to.value) - Number(from.value) + 1;
      some.textContent = whole ? "" : `only ${layers?.join(", ")}`;
    },
  };
}
