// The page of what the weights alone say: a state in the address, and a panel for every figure.

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
function show(each) {
  each.stop.abort();
  each.stop = new AbortController();
  void run(byId(each.id), each.panel, { state, view, go, signal: each.stop.signal });
}

/** @param {State} next */
function become(next) {
  const before = state;
  state = next;
  for (const each of figures) {
    if (each.needs.some((name) => JSON.stringify(before[name]) !== JSON.stringify(next[name]))) show(each);
  }
}

/** @param {Partial<State>} change */
function go(change) {
  const next = { ...state, ...change };
  if (serialise(next) === serialise(state)) return;
  history.pushState(null, "", `/weights?${serialise(next)}`);
  become(next);
}

addEventListener("popstate", () => {
  if (new URLSearchParams(location.search).get("model") === view.model.name) become(parse(location.search, view.model));
  else location.reload();
});
byId("model").addEventListener("change", ({ target }) => {
  if (target instanceof HTMLSelectElement) location.assign(`/weights?${new URLSearchParams({ model: target.value })}`);
});
notices();
history.replaceState(null, "", `/weights?${serialise(state)}`);
figures.forEach(show);
document.documentElement.dataset.ready = "";
