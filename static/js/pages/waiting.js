// The page shown while a model is loading or the first bases are being fitted.

import { ready } from "../viewer/api.js";
import { byId } from "../viewer/dom.js";
import { count } from "../viewer/format.js";

/** How often the server is asked, in ms. */
const EVERY = 700;

/** @typedef {{models: Record<string, string>, default: string | null, preparing: import("../viewer/types.js").Task | null}} Ready */

const wanted = new URLSearchParams(location.search).get("model");
const needsBases = byId("main").dataset.needs === "bases";

/**
 * What stands in the way, or nothing.
 * @param {Ready} now
 * @returns {"loading" | "preparing" | "failed" | null}
 */
function obstacle(now) {
  const name = wanted ?? now.default;
  const state = name === null ? Object.values(now.models)[0] : now.models[name];
  if (state?.startsWith("failed")) return "failed";
  if (state !== "ready") return "loading";
  const task = needsBases ? now.preparing : null;
  return task && (task.state === "queued" || task.state === "running") ? "preparing" : null;
}

/** @param {Ready} now */
function show(now) {
  const task = now.preparing;
  if (!task) return;
  byId("title").textContent = "Preparing the first directions";
  byId("words").textContent =
    "The model reads a corpus and its principal components are fitted. This happens once, and takes about a minute.";
  const bar = /** @type {HTMLProgressElement} */ (byId("progress"));
  if (task.total > 0) {
    bar.max = task.total;
    bar.value = task.done;
    byId("far").textContent = `${task.title}: ${count(task.done)} of ${count(task.total)}`;
  }
}

for (;;) {
  await new Promise((resolve) => setTimeout(resolve, EVERY));
  try {
    const now = /** @type {Ready} */ (await ready());
    const left = obstacle(now);
    if (left === null || left === "failed") {
      location.reload();
      break;
    }
    if (left === "preparing") show(now);
  } catch {
    byId("far").textContent = "The server does not answer; trying again.";
  }
}
