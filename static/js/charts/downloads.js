// What can be taken away from a chart or a table: a picture, CSV, JSON.

import { say } from "../people/undo.js";
import { h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";

/** @typedef {Record<string, string | number | boolean | null>} Row */

/**
 * Records as CSV (RFC 4180): one header line of the first record's names, numbers in full.
 * @param {Row[]} rows
 */
export function csv(rows) {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((line) => line.map(cell).join(",") + "\r\n").join("");
}

/** @param {string | number | boolean | null | undefined} value */
function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A file's name from words: letters and digits of any script, all else as a hyphen.
 * @param {...(string | number | null)} words
 */
export const fileName = (...words) =>
  words
    .filter((word) => word !== null)
    .map((word) => String(word).replace(/[^\p{L}\p{N}.]+/gu, "-").replace(/^[-.]+|[-.]+$/g, ""))
    .filter((word) => word !== "")
    .join("-")
    .slice(0, 100);

/**
 * Hand a file to the reader.
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const address = URL.createObjectURL(content);
  const link = h("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** @param {string} text @param {string} type */
export const file = (text, type) => new Blob([text], { type: `${type};charset=utf-8` });

/**
 * An SVG picture as PNG, twice as fine as it is on screen. The picture goes through a data: address,
 * the only kind beside our own that this site's policy lets an image have.
 * @param {string} drawing  the SVG
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Blob>}
 */
export async function png(drawing, width, height) {
  const scale = 2;
  const image = new Image(width * scale, height * scale);
  image.src = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The browser made no picture."))), "image/png");
  });
}

/**
 * The buttons that download something: CSV and JSON, and a picture where there is one.
 * @param {{name: string, rows: Row[], json: unknown, png?: () => Promise<Blob>}} content  `name`
 *   becomes the file's name
 */
export function toolbar({ name, rows, json, png: picture }) {
  const button = (/** @type {string} */ kind, /** @type {string} */ what, /** @type {() => unknown} */ act) =>
    h("button", { type: "button", class: "text-button", title: what, click: act }, kind);
  const pictured = async (/** @type {() => Promise<Blob>} */ make) => {
    try {
      save(`${name}.png`, await make());
    } catch (error) {
      say(message(error));
    }
  };
  return h(
    "div",
    { class: "tools", role: "group", "aria-label": "Download" },
    picture
      ? button("PNG", "Download this picture", () => pictured(picture))
      : null,
    button("CSV", "Download these numbers as a table", () => save(`${name}.csv`, file(csv(rows), "text/csv"))),
    button("JSON", "Download the API’s answer", () =>
      save(`${name}.json`, file(`${JSON.stringify(json)}\n`, "application/json")),
    ),
  );
}
