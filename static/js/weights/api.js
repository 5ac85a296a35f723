// The weights' part of the API: answers are kept, and work that has to be done first is followed.

import { ask, Started } from "../viewer/api.js";

/** Answers by their address; the same thing is asked for once. @type {Map<string, Promise<any>>} */
const known = new Map();

/**
 * @param {string} model
 * @param {string} path  under the model's weights, such as `basis`
 * @param {(started: Started) => Promise<unknown>} follow  shows work that has to be done first
 * @returns {Promise<any>}
 */
export function answer(model, path, follow) {
  const address = `/api/v1/models/${encodeURIComponent(model)}/weights/${path}`;
  const held = known.get(address);
  if (held) return held;
  const found = fetched(address, follow);
  known.set(address, found);
  found.catch(() => known.delete(address)); // what failed is asked for again
  return found;
}

/**
 * @param {string} address
 * @param {(started: Started) => Promise<unknown>} follow
 */
async function fetched(address, follow) {
  for (;;) {
    const response = await ask(address, { headers: { Accept: "application/json" } });
    const content = await response.json();
    if (response.status !== 202) return content;
    await follow(new Started(content.task));
  }
}
