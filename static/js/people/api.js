// What the pages ask the server about names: who is logged in, whose a name is.

import { get, Problem, send } from "../viewer/api.js";

/** @typedef {{username: string, claimed: boolean, n_directions: number, n_explanations: number, n_votes: number, n_prompts: number, n_lists: number}} Person */

const user = (/** @type {string} */ name) => `/api/v1/users/${encodeURIComponent(name)}`;

/**
 * The name that this browser has given the passphrase of, or null.
 * @returns {Promise<string | null>}
 */
export const loggedIn = async () => (await get("/api/v1/session")).username;

/**
 * Whose a name is; null where nothing has been saved under it.
 * @param {string} name
 * @returns {Promise<Person | null>}
 */
export async function person(name) {
  try {
    return await get(user(name));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/**
 * @param {string} username
 * @param {string} passphrase
 * @returns {Promise<{username: string}>}
 */
export const logIn = (username, passphrase) => send("POST", "/api/v1/session", { username, passphrase });

export const logOut = () => send("DELETE", "/api/v1/session");

/**
 * From now on only this passphrase's holder writes under the name.
 * @param {string} username
 * @param {string} passphrase
 * @returns {Promise<{username: string}>}
 */
export const claim = (username, passphrase) => send("POST", `${user(username)}/claim`, { passphrase });

/**
 * @param {string} username
 * @param {string} old
 * @param {string} next
 */
export const changePassphrase = (username, old, next) =>
  send("PUT", `${user(username)}/passphrase`, { old, new: next });
