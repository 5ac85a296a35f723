// Whether the reader may change what is kept under a name. A remembered name alone does not say so:
// somebody may have claimed it.

import { loggedIn, person } from "../people/api.js";
import { onName, who } from "../people/name.js";
import { sameName } from "./words.js";

/** What the server said of the name in use. @type {{name: string, may: Promise<boolean>} | null} */
let known = null;

/** @param {string} name */
async function ask(name) {
  const [holder, found] = await Promise.all([loggedIn(), person(name)]);
  return !found?.claimed || sameName(holder, found.username);
}

/**
 * Whether things of `owner` can be changed from here: its name is in use, and it is unclaimed or
 * this browser is logged in under it.
 * @param {string | null} owner
 * @returns {Promise<boolean>}
 */
export async function isMine(owner) {
  const name = who();
  if (name === null || !sameName(owner, name)) return false;
  if (known?.name !== name) known = { name, may: ask(name) };
  try {
    return await known.may;
  } catch {
    known = null; // nobody could be asked: the next time somebody may
    return false;
  }
}

/** @type {(() => void)[]} */
const listeners = [];

/**
 * Be told when the answer may have changed: another name, or a log-in under the same.
 * @param {() => void} listener
 */
export function onMine(listener) {
  listeners.push(listener);
}

function changed() {
  known = null;
  for (const listener of listeners) listener();
}

onName(changed);
addEventListener("login", changed);

/**
 * Show an owner's tools to the owner, and to nobody else.
 * @param {string | null} owner
 * @param {(mine: boolean) => void} show
 * @returns {() => Promise<void>}  looks again
 */
export function whenMine(owner, show) {
  let latest = 0;
  const look = async () => {
    latest += 1;
    const turn = latest;
    const mine = await isMine(owner);
    if (turn === latest) show(mine);
  };
  show(false);
  look();
  onMine(look);
  return look;
}
