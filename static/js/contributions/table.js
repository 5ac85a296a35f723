// A table that its headings sort: rows move, they are not made again, so that focus stays.

import { h } from "../viewer/dom.js";

/**
 * @template R
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {boolean} [silent]  its title is only spoken
 * @property {string} [hint]  what the heading says when it is asked
 * @property {(row: R) => Node | string | null} cell
 * @property {(row: R) => number | string} [by]  what it sorts by; without it, it does not
 * @property {"ascending" | "descending"} [first]  which way it sorts at first; descending
 */

/** @typedef {{key: string, way: "ascending" | "descending"}} Sort */

/**
 * @template R
 * @typedef {object} Made
 * @property {HTMLTableElement} element
 * @property {(isChosen: (row: R) => boolean) => void} mark  say which row is chosen
 */

/**
 * @template R
 * @param {object} given
 * @param {string} given.caption  for those who do not see where the table stands
 * @param {Column<R>[]} given.columns
 * @param {R[]} given.rows  in the order of `sort`
 * @param {Sort} given.sort
 * @param {(sort: Sort) => void} given.sorted  told when a reader sorts
 * @param {((row: R) => void) | null} [given.choose]  a click on a row does this
 * @returns {Made<R>}
 */
export function table({ caption, columns, rows, sort, sorted, choose = null }) {
  const body = h("tbody", { role: "rowgroup" });
  const made = rows.map((row) => ({ row, line: line(columns, row, choose) }));
  const headings = columns.map((column) => {
    const heading = h("th", { scope: "col", role: "columnheader", class: column.key });
    if (column.by) {
      const click = () => {
        const way = now.key === column.key ? opposite(now.way) : (column.first ?? "descending");
        arrange({ key: column.key, way });
        sorted(now);
      };
      heading.append(h("button", { type: "button", click, title: column.hint ?? null }, column.title));
    } else heading.append(column.silent ? h("span", { class: "sr" }, column.title) : column.title);
    return heading;
  });
  let now = sort;

  /** @param {Sort} next */
  function arrange(next) {
    now = next;
    columns.forEach((column, i) => {
      if (column.by) headings[i].setAttribute("aria-sort", column.key === now.key ? now.way : "none");
    });
    const by = columns.find((column) => column.key === now.key)?.by;
    const order = by ? inOrder(made, ({ row }) => by(row), now.way) : made;
    body.append(...order.map(({ line }) => line));
  }

  arrange(sort);
  const element = h(
    "table",
    // Said again, because a phone's layout takes these roles away.
    { class: choose ? "sortable pickable" : "sortable", role: "table" },
    h("caption", { class: "sr" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...headings)),
    body,
  );
  return {
    element,
    mark(isChosen) {
      for (const { row, line } of made) {
        const chosen = isChosen(row);
        line.classList.toggle("picked", chosen);
        line.querySelector("button.pick[aria-pressed]")?.setAttribute("aria-pressed", String(chosen));
      }
    },
  };
}

/**
 * A row. Its button `.pick`, where a cell has one, is how the keyboard chooses it.
 * @template R
 * @param {Column<R>[]} columns
 * @param {R} row
 * @param {((row: R) => void) | null} choose
 */
function line(columns, row, choose) {
  const cells = columns.map((column) => h("td", { class: column.key, role: "cell" }, column.cell(row)));
  /** @param {MouseEvent} event */
  const click = (event) => {
    const on = /** @type {Element} */ (event.target);
    if (on.closest("a, summary, button:not(.pick)")) return;
    const isMarking = event.detail > 0 && !on.closest(".pick") && holdsSelection(element);
    if (!isMarking) choose?.(row);
  };
  const element = h("tr", { role: "row", ...(choose ? { click } : {}) }, ...cells);
  return element;
}

/** Whether words of it are being marked. @param {Node} element */
function holdsSelection(element) {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
}

/** @param {Sort["way"]} way */
const opposite = (way) => (way === "ascending" ? "descending" : "ascending");

/**
 * Things in the order of what they are sorted by; equal ones stay as they were.
 * @template T
 * @param {T[]} things
 * @param {(thing: T) => number | string} by
 * @param {Sort["way"]} way
 */
export function inOrder(things, by, way) {
  const turn = way === "ascending" ? 1 : -1;
  return [...things].sort((a, b) => {
    const [one, other] = [by(a), by(b)];
    return turn * (typeof one === "string" ? one.localeCompare(String(other), "en", { numeric: true }) : one - Number(other));
  });
}
