// What the pages ask the server about names: who is logged in, whose a name is.

import { get, send } from "../viewer/api.js";

/** @typedef {{username: string, claimed: boolean}} Person */
/** @typedef {{name: string, fault: null, known: boolean, claimed: boolean} | {name: null, fault: string, known: false, claimed: false}} NameReply */

const user = (/** @type {string} */ name) => `/api/v1/users/${encodeURIComponent(name)}`;

/**
 * Tell the page, by a `login` event, once what this browser may write under has changed.
 * @template T
 * @param {Promise<T>} answer
 */
async function said(answer) {
  const value = await answer;
  dispatchEvent(new Event("login"));
  return value;
}

/**
 * The name that this browser has given the passphrase of, or null.
 * @returns {Promise<string | null>}
 */
export const loggedIn = async () => (await get("/api/v1/session")).username;

/**
 * What becomes of a name that was typed: as it is kept, or why nobody can have it.
 * @param {string} typed
 * @returns {Promise<NameReply>}
 */
export const named = (typed) => get(`/api/v1/names?${new URLSearchParams({ name: typed })}`);

/**
 * Whose a name is; null where nothing has been saved under it.
 * @param {string} name
 * @returns {Promise<Person | null>}
 */
export async function person(name) {
  const { name: username, known, claimed } = await named(name);
  return known && username !== null ? { username, claimed } : null;
}

/**
 * @param {string} username
 * @param {string} passphrase
 * @returns {Promise<{username: string}>}
 */
export const logIn = (username, passphrase) => said(send("POST", "/api/v1/session", { username, passphrase }));

export const logOut = () => said(send("DELETE", "/api/v1/session"));

/**
 * From now on only this passphrase's holder writes under the name.
 * @param {string} username
 * @param {string} passphrase
 * @returns {Promise<{username: string}>}
 */
export const claim = (username, passphrase) => said(send("POST", `${user(username)}/claim`, { passphrase }));

/**
 * @param {string} username
 * @param {string} old
 * @param {string} next
 */
export const changePassphrase = (username, old, next) =>
  send("PUT", `${user(username)}/passphrase`, { old, new: next });
