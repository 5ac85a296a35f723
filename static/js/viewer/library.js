// What the tab "My prompts" asks the server: a name's prompts, and its sets of them.

import * as saved from "../saved/api.js";
import { get, send } from "./api.js";

/** @typedef {{id: number, text: string, username: string | null, register: string}} StoredPrompt */
/** @typedef {{id: number, name: string, note: string, username: string, n_prompts: number, prompts?: StoredPrompt[]}} StoredSet */

/**
 * @template T
 * @typedef {{items: T[], next: string | null}} Page
 */

/**
 * @param {string} username
 * @param {string | null} cursor
 * @returns {Promise<Page<StoredPrompt>>}
 */
export const prompts = (username, cursor) => get(saved.at("prompts", { username, cursor, limit: 50 }));

/**
 * @param {string} username
 * @returns {Promise<Page<StoredSet>>}
 */
export const sets = (username) => get(saved.at("prompt-sets", { username, limit: 100 }));

/**
 * @param {number} id
 * @returns {Promise<StoredSet>}
 */
export const set = (id) => get(saved.at(`prompt-sets/${id}`, {}));

/**
 * @param {string} username
 * @param {string} text
 * @param {string} model
 * @returns {Promise<StoredPrompt>}
 */
export const keep = (username, text, model) => send("POST", saved.at("prompts", {}), { text, username, model });

/**
 * @param {string} username
 * @param {string} name
 * @returns {Promise<StoredSet>}
 */
export const makeSet = (username, name) => send("POST", saved.at("prompt-sets", {}), { username, name });

/**
 * @param {number} id
 * @param {string} username
 * @param {string} name
 * @returns {Promise<StoredSet>}
 */
export const renameSet = (id, username, name) => send("PATCH", saved.at(`prompt-sets/${id}`, {}), { username, name });

/**
 * @param {number} id
 * @param {number} prompt
 * @param {string} username
 */
export const putIn = (id, prompt, username) =>
  send("PUT", saved.at(`prompt-sets/${id}/items/${prompt}`, {}), { username });

/**
 * @param {number} id
 * @param {number} prompt
 * @param {string} username
 */
export const takeOut = (id, prompt, username) =>
  send("DELETE", saved.at(`prompt-sets/${id}/items/${prompt}`, { username }));
