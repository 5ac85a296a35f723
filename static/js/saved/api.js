// Saved directions, explanations, votes, lists and prompts, as the server keeps them.

import { ask, get, send } from "../viewer/api.js";

/** @typedef {import("./types.js").Direction} Direction */
/** @typedef {import("./types.js").Explanation} Explanation */
/** @typedef {import("./types.js").List} List */
/** @typedef {import("./types.js").Side} Side */
/** @typedef {import("./types.js").Similar} Similar */
/** @typedef {import("./types.js").Tally} Tally */

/**
 * @template T
 * @typedef {{items: T[], next: string | null}} Page
 */

const V1 = "/api/v1";

/**
 * A path with those of its parameters that are given.
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} params
 */
export function at(path, params) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") given.set(name, String(value));
  }
  const query = given.toString();
  return `${V1}/${path}${query && `?${query}`}`;
}

/** @param {string} name */
const segment = (name) => encodeURIComponent(name);

/**
 * @param {Record<string, string | number | null | undefined>} params  model, site, username, origin, q, sort, me
 * @param {AbortSignal} [signal]
 * @returns {Promise<Page<Direction>>}
 */
export const directions = (params, signal) => get(at("directions", params), signal);

/**
 * @param {number} id
 * @param {string | null} me
 * @returns {Promise<Direction>}
 */
export const direction = (id, me) => get(at(`directions/${id}`, { me }));

/**
 * A new direction: as JSON, or as a form with a file. It is not new where the same was saved before.
 * @param {Record<string, unknown> | FormData} body
 * @returns {Promise<{direction: Direction, isNew: boolean}>}
 */
export async function saveDirection(body) {
  const init = body instanceof FormData ? { body } : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await ask(at("directions", {}), { method: "POST", ...init });
  return { direction: await response.json(), isNew: response.status === 201 };
}

/**
 * @param {number} id
 * @param {{username: string, name?: string, visibility?: "public" | "unlisted"}} change
 * @returns {Promise<Direction>}
 */
export const changeDirection = (id, change) => send("PATCH", at(`directions/${id}`, {}), change);

/**
 * @param {number} id
 * @param {string} username
 */
export const deleteDirection = (id, username) => send("DELETE", at(`directions/${id}`, { username }));

/**
 * @param {number} id
 * @param {string} username
 */
export const restoreDirection = (id, username) =>
  send("POST", at(`directions/${id}/restore`, {}), { username });

/**
 * @param {number} id
 * @param {string} username
 * @returns {Promise<Direction>}
 */
export const copyDirection = (id, username) =>
  send("POST", at(`directions/${id}/copies`, {}), { username });

/**
 * @param {number} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<{items: Similar[]}>}
 */
export const similar = (id, signal) => get(at(`directions/${id}/similar`, { limit: 8 }), signal);

/**
 * @param {number} id
 * @param {string | null} me
 * @param {string | null} [cursor]
 * @returns {Promise<Page<Explanation>>}
 */
export const explanations = (id, me, cursor = null) =>
  get(at(`directions/${id}/explanations`, { me, cursor, limit: 50 }));

/**
 * @param {number} id
 * @param {{username: string, text: string, side: Side}} body
 * @returns {Promise<Explanation>}
 */
export const explain = (id, body) => send("POST", at(`directions/${id}/explanations`, {}), body);

/**
 * @param {number} id
 * @param {string} username
 * @param {string} text
 * @returns {Promise<Explanation>}
 */
export const editExplanation = (id, username, text) =>
  send("PATCH", at(`explanations/${id}`, {}), { username, text });

/**
 * @param {number} id
 * @param {string} username
 */
export const deleteExplanation = (id, username) => send("DELETE", at(`explanations/${id}`, { username }));

/**
 * @param {number} id
 * @param {string} username
 */
export const restoreExplanation = (id, username) =>
  send("POST", at(`explanations/${id}/restore`, {}), { username });

/**
 * @param {number} id
 * @returns {Promise<{items: {text: string, replaced_at: string}[]}>}
 */
export const explanationHistory = (id) => get(at(`explanations/${id}/history`, {}));

/**
 * @param {number} id  of the explanation
 * @param {string} username
 * @param {1 | 0 | -1} value
 * @returns {Promise<Tally>}
 */
export const vote = (id, username, value) => send("PUT", at(`explanations/${id}/vote`, {}), { username, value });

/**
 * @param {string} username
 * @param {string | null} [cursor]
 * @returns {Promise<Page<List>>}
 */
export const lists = (username, cursor = null) => get(at("lists", { username, cursor, limit: 100 }));

/**
 * @param {number} id
 * @param {string | null} me
 * @returns {Promise<List & {items: {note: string, direction: Direction}[]}>}
 */
export const list = (id, me) => get(at(`lists/${id}`, { me }));

/**
 * @param {{username: string, name: string, note?: string}} body
 * @returns {Promise<List>}
 */
export const makeList = (body) => send("POST", at("lists", {}), body);

/**
 * @param {number} id
 * @param {{username: string, name?: string, note?: string}} change
 * @returns {Promise<List>}
 */
export const changeList = (id, change) => send("PATCH", at(`lists/${id}`, {}), change);

/**
 * @param {number} id
 * @param {number} direction
 * @param {{username: string, note?: string}} body
 */
export const putInList = (id, direction, body) => send("PUT", at(`lists/${id}/items/${direction}`, {}), body);

/**
 * @param {number} id
 * @param {number} direction
 * @param {string} username
 */
export const takeFromList = (id, direction, username) =>
  send("DELETE", at(`lists/${id}/items/${direction}`, { username }));

/**
 * Anything of a person's that can be deleted and put back: `directions`, `explanations`, `lists`,
 * `prompts` or `prompt-sets`.
 * @param {string} kind
 * @param {number} id
 * @param {string} username
 */
export const remove = (kind, id, username) => send("DELETE", at(`${segment(kind)}/${id}`, { username }));

/**
 * @param {string} kind
 * @param {number} id
 * @param {string} username
 */
export const restore = (kind, id, username) =>
  send("POST", at(`${segment(kind)}/${id}/restore`, {}), { username });

/** @typedef {{added: number, known: number, skipped: number}} Counted */

/**
 * Put a bundle into this instance, under a name.
 * @param {File} file
 * @param {string} username
 * @returns {Promise<Record<string, Counted | string[]>>}
 */
export async function importBundle(file, username) {
  const init = { method: "POST", body: file, headers: { "Content-Type": "application/zip" } };
  return (await ask(at("bundles", { username }), init)).json();
}

/** @param {string | null} username */
export const bundleAddress = (username) => at("bundles", { username });
