// The numbers behind a picture, one line for every point.

import { h } from "../viewer/dom.js";

/** @typedef {import("./downloads.js").Row} Row */

/** Rows that the table on the page has at most; the files have all. */
const TABLE_ROWS = 1000;

/**
 * A table that opens under a picture; made when it is opened. Where a point of the picture can be
 * chosen, so can its line.
 * @param {{rows: Row[], click?: (row: Row) => void}} drawing
 * @param {boolean} open
 */
export function asTable({ rows, click }, open) {
  const inside = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "The numbers as a table" });
  const details = h("details", { class: "as-table" }, h("summary", {}, "As a table"), inside);
  details.addEventListener("toggle", () => {
    if (!details.open || inside.hasChildNodes()) return;
    const names = Object.keys(rows[0] ?? {});
    const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name.replaceAll("_", " "))));
    const lines = rows.slice(0, TABLE_ROWS).map((row) =>
      h("tr", {}, ...names.map((name, i) => {
        const words = written(row[name]);
        if (i > 0 || !click) return h("td", { class: typeof row[name] === "number" ? "number" : "" }, words);
        const spoken = names.slice(0, 2).map((each) => `${each.replaceAll("_", " ")} ${written(row[each])}`).join(", ");
        return h("td", {}, h("button", { type: "button", class: "row-button", title: "Show this", "aria-label": spoken, click: () => click(row) }, words));
      })),
    );
    inside.append(h("table", {}, h("thead", {}, head), h("tbody", {}, ...lines)));
    if (rows.length > TABLE_ROWS) {
      inside.append(h("p", { class: "small" }, `The first ${TABLE_ROWS} of ${rows.length} lines; the CSV has all of them.`));
    }
  });
  details.open = open;
  return details;
}

const numbers = new Intl.NumberFormat("en", { maximumSignificantDigits: 5, useGrouping: false });

/**
 * What a cell says. Whole numbers are ids, ranks, positions: they stand in full.
 * @param {string | number | boolean | null} value
 */
export function written(value) {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  return (Number.isInteger(value) ? String(value) : numbers.format(value)).replace("-", "−");
}
