// The page of what the weights alone say: a state in the address, and a panel for every figure.

import { part } from "../contributions/section.js";
import { notices } from "../viewer/chrome.js";
import { byId } from "../viewer/dom.js";
import { erasersPanel } from "../weights/neurons.js";
import { basisPanel, bottleneckPanel, compositionPanel, modulesPanel } from "../weights/panels.js";
import { run } from "../weights/running.js";
import { parse, serialise } from "../weights/state.js";

/** @typedef {import("../weights/types.js").State} State */
/** @typedef {import("../weights/types.js").View} View */
/** @typedef {import("../weights/types.js").Panel} Panel */

/** @type {View} */
const view = JSON.parse(byId("view").textContent ?? "");
/** @type {State} */
let state = view.state;

/** Each figure, and what of the state it depends on.
 * @type {{id: string, panel: Panel, needs: (keyof State)[], stop: AbortController}[]} */
const figures = [
  figure("composition", compositionPanel, ["reads", "pair"]),
  figure("modules", modulesPanel, ["reads"]),
  figure("erasers", erasersPanel, ["layer", "order"]),
  figure("basis", basisPanel, []),
  figure("bottleneck", bottleneckPanel, []),
];

/**
 * @param {string} id
 * @param {(section: HTMLElement) => Panel} panel
 * @param {(keyof State)[]} needs
 */
function figure(id, panel, needs) {
  return { id, panel: panel(byId(id)), needs, stop: new AbortController() };
}

/** @param {(typeof figures)[number]} each */
async function show(each) {
  each.stop.abort();
  const { signal } = (each.stop = new AbortController());
  await run(byId(each.id), each.panel, { state, view, go, signal });
  return !signal.aborted && !byId(each.id).classList.contains("stale");
}

/**
 * Show what has changed, and say aloud what the first of it says now.
 * @param {State} next
 */
async function become(next) {
  const before = state;
  state = next;
  const changed = figures.filter(({ needs }) => needs.some((name) => JSON.stringify(before[name]) !== JSON.stringify(next[name])));
  const [isNew] = await Promise.all(changed.map(show));
  if (isNew) byId("announce").textContent = part(byId(changed[0].id), "says").textContent;
}

/** @param {Partial<State>} change */
function go(change) {
  const next = { ...state, ...change };
  if (serialise(next) === serialise(state)) return;
  history.pushState(null, "", `/weights?${serialise(next)}`);
  void become(next);
}

addEventListener("popstate", () => {
  if (new URLSearchParams(location.search).get("model") === view.model.name) void become(parse(location.search, view.model));
  else location.reload();
});
byId("model").addEventListener("change", ({ target }) => {
  if (target instanceof HTMLSelectElement) location.assign(`/weights?${new URLSearchParams({ model: target.value })}`);
});
notices();
history.replaceState(null, "", `/weights?${serialise(state)}`);
for (const each of figures) void show(each);
document.documentElement.dataset.ready = "";
