// The viewer: the state, who shows what of it, and what every gesture changes.

import { say } from "../people/undo.js";
import { buttons, pinAt, showToggles } from "../viewer/buttons.js";
import { Card } from "../viewer/card.js";
import { keysDialog, notices, sheets } from "../viewer/chrome.js";
import { CorpusPanel } from "../viewer/corpus.js";
import { Data } from "../viewer/data.js";
import { DirectionPanel, NO_DIRECTION, title } from "../viewer/direction.js";
import { announce, byId, settled } from "../viewer/dom.js";
import { FitPanel } from "../viewer/fit.js";
import { message } from "../viewer/format.js";
import { Grid } from "../viewer/grid.js";
import { Heat } from "../viewer/heat.js";
import { keeping } from "../viewer/keeping.js";
import { keyboard } from "../viewer/keyboard.js";
import { Legend, UNFITTED } from "../viewer/legend.js";
import { MixPanel } from "../viewer/mix.js";
import { mixDirection, otherDirection } from "../viewer/mixing.js";
import { ownText } from "../viewer/own.js";
import { placeKey } from "../viewer/naming.js";
import { Painter } from "../viewer/painter.js";
import { saying } from "../viewer/progress.js";
import { Sites } from "../viewer/sites.js";
import { isMixed, isNoDirection, MAX_SAMPLE, MIXED, parsePin, serialise, withoutText, withText } from "../viewer/state.js";
import { Store } from "../viewer/store.js";
import { Texts } from "../viewer/texts.js";
import { unitAt, within } from "../viewer/within.js";

/** @typedef {import("../viewer/types.js").State} State */
/** @typedef {import("../viewer/types.js").View} View */

/** An address longer than this is not accepted by every server, in characters. */
const LONGEST_ADDRESS = 60_000;

/** @type {View} */
const view = JSON.parse(byId("view").textContent ?? "");
const store = new Store(view.state);
const data = new Data(view);
let screen = await data.load(view.state);
/** The latest state whose numbers are on screen. */
let shownState = view.state;
/** @type {AbortController | null} */
let loading = null;
let frame = 0;
/** Presses of a key that follow one another within a second are one step back. */
const endGesture = settled(1000, () => store.endGesture());
let painted = { range: 1, beyond: 0, counted: 0 };

const painter = new Painter();
const texts = new Texts(screen.texts, view.state.boxes);
const grid = new Grid(view.grid, {
  choose: (site, component) => pick(site, component, ""),
  intend: (site) => data.warm({ ...store.state, site, head: null, ...MIXED }),
});
const sites = new Sites(view.state.model, (site, head) => {
  store.choose({ site, head, ...MIXED, mix: [[0, 1]] });
});
const legend = new Legend((range) => store.choose({ range }));
const directionPanel = new DirectionPanel({
  unit: (unit) => store.choose({ unit, range: null }),
  component: (component) => pick(store.state.site, component, ""),
});
const mixPanel = new MixPanel({
  // A saved mix whose slider moves is no longer that one.
  slide: (mix, component) => store.choose({ ...MIXED, mix }, `slide ${component}`),
  settle: () => endGesture(),
  set: (mix) => store.choose({ ...MIXED, mix }),
});
const fitPanel = new FitPanel((state) => {
  data.forget(state);
  sites.fitted(state.site);
  if (store.state.site === state.site) load(store.state);
});
const corpus = new CorpusPanel(() => showLegend());
const heat = new Heat({
  close: () => store.state.heat !== null && store.adjust({ heat: null }),
  compare: (across) => store.choose({ across }),
  go: (site, position) => {
    const pin = `${store.state.heat}:${position}`;
    store.choose({ site, head: null, direction: null, heat: null, pin });
  },
});
const card = new Card(view.state.model, factsOf, {
  point: (value) => {
    legend.point(value);
    directionPanel.point(value);
  },
  pin: (pin) => store.adjust({ pin }),
  // Centred, for every residual reaches far along the mean, and so along every other one.
  colourBy: (token) => store.choose({ ...MIXED, token, unit: unitAt("centred", screen.place.basis), range: null }),
  save: (pin) => kept.saveToken(pin),
  saveDifference: (pin, before) => kept.saveDifference(pin, before),
});
const sheet = sheets();
const keys = keysDialog();
const box = ownText(async (text) => {
  const { state } = store;
  const known = state.texts.indexOf(text);
  const next = withText(known >= 0 ? withoutText(state, known) : state, text);
  if (serialise(next).length > LONGEST_ADDRESS) {
    throw new Error("These texts are too long for one address. Remove one, or shorten this one.");
  }
  await data.try(state, text);
  store.choose(next);
});

const kept = keeping({
  store,
  data,
  screen: () => screen,
  clear: () => mixPanel.clear(),
  reload: () => load(store.state),
  rest: () => afterwards(),
  write: () => {
    store.choose({ tab: "texts" });
    box.focus();
  },
});

/** The state, in a unit that is known at the place on screen: another place may be on its way. */
function stateHere() {
  return { ...store.state, unit: unitAt(store.state.unit, screen.place.basis) };
}

/** The chosen direction, ready to score with; null where nothing is fitted, or all is at zero. */
function direction() {
  const { place, texts: all } = screen;
  const { state } = store;
  const columns = all.find(({ block }) => block)?.block?.columns ?? 0;
  if (!isMixed(state)) return place.other_direction && otherDirection(place.other_direction, place.basis, columns);
  return place.basis && !isNoDirection(state) ? mixDirection(state.mix, place.basis) : null;
}

/** @type {import("../viewer/card.js").Card["facts"]} */
function factsOf(key, position) {
  const text = screen.texts.find((each) => each.key === key);
  const token = text?.tokens[position];
  if (!text || !token) return null;
  const value = direction() ? painter.valueAt(key, position) : null;
  const { unit } = stateHere();
  return { text, token, position, value, range: painted.range, unit, counts: directionPanel.counts };
}

/** Colours and the words beside them, in one frame. */
function repaint() {
  frame = 0;
  const state = stateHere();
  const chosen = direction();
  painted = painter.paint(chosen, state.unit, state.range, state.bos);
  byId("mix").hidden = screen.place.basis === null && chosen === null;
  showLegend();
  directionPanel.show(state, screen.place, chosen);
  document.title = `${title(state, screen.place)} · Residual Stream Viewer`;
  mixPanel.show(state, screen.place);
  grid.show(state);
  kept.show(state);
  card.refresh();
  afterwards();
}

/** The legend tells the colours of what is on screen: the texts, or the corpus. */
function showLegend() {
  const state = stateHere();
  const none = direction() !== null ? null : screen.place.basis ? NO_DIRECTION : UNFITTED;
  legend.show((state.tab === "corpus" && corpus.painted) || painted, state, none);
}

/** What needs the server, when the hand rests. */
const afterwards = settled(220, async () => {
  const { state } = store;
  if (placeKey(state) !== placeKey(shownState)) return; // still loading: what is shown is old
  const chosen = direction();
  corpus.show(state, chosen !== null);
  kept.rest(state, chosen !== null);
  await directionPanel.showHistogram(state, screen.place, chosen);
  card.refresh();
});

/** Put what has been loaded on screen. */
function present() {
  const { state } = store;
  const open = screen.texts.some(({ key }) => key === state.open) ? state.open : null;
  const spans = texts.show(screen.texts, open);
  painter.show(screen.texts, spans, ({ key }) => open === null || open === key);
  byId("single").hidden = open === null;
  byId("more").hidden = open !== null || state.n + state.texts.length >= MAX_SAMPLE;
  byId("others").hidden = open !== null;
  sites.show(screen.place.site);
  grid.extra(screen.place.site, screen.place.basis);
  fitPanel.show(state, screen.place);
  shownState = state;
  repaint();
  card.pin(state.pin === null ? null : parsePin(state.pin));
  heat.show(state, screen.texts.find(({ key }) => key === state.heat), screen.place);
}

/**
 * Get what a state shows, and show it; the old colours stay, dimmed, until then.
 * @param {State} state
 */
async function load(state) {
  loading?.abort();
  const mine = new AbortController();
  loading = mine;
  const movesPlace = state.site !== shownState.site || state.head !== shownState.head;
  const others = /** @type {const} */ (["token", "neuron", "direction"]);
  texts.busy = (movesPlace || others.some((name) => state[name] !== shownState[name])) && !data.has(state);
  const working = byId("working");
  working.hidden = true;
  const cancel = () => {
    mine.abort();
    store.adjust(shownState);
  };
  const over = data.has(state) ? () => {} : saying(working, "Reading the model …", cancel);
  try {
    const next = await data.load(state, mine.signal);
    if (loading !== mine) return;
    screen = next;
    const { patch, said } = within(store.state, next.place);
    if (Object.keys(patch).length > 0) store.adjust(patch);
    if (said !== null) say(said);
    present();
    if (movesPlace) announce(`${title(state, screen.place)}, ${byId("explains").textContent}`);
  } catch (error) {
    if (loading !== mine || mine.signal.aborted) return;
    loading = null;
    over();
    store.adjust(shownState);
    working.textContent = message(error);
    working.hidden = false;
    return;
  } finally {
    if (loading === mine) {
      over();
      texts.busy = false;
    }
  }
}

/**
 * Choose a component of a site.
 * @param {string} site
 * @param {number} component
 * @param {string} gesture
 */
function pick(site, component, gesture) {
  const head = site === store.state.site ? store.state.head : null;
  mixPanel.clear();
  store.choose({ site, head, ...MIXED, mix: [[component, 1]] }, gesture);
}

store.listen((state, before) => {
  if (state.model !== before.model) {
    location.reload();
    return;
  }
  showToggles(state);
  if (state.boxes !== before.boxes) texts.draw(state.boxes);
  const same = /** @type {const} */ (["site", "head", "token", "neuron", "direction", "seed", "n", "texts", "prompts", "set", "open", "heat", "across"]);
  if (same.some((name) => state[name] !== before[name])) load(state);
  else if (!frame) frame = requestAnimationFrame(repaint);
  if (state.pin !== before.pin) card.pin(state.pin === null ? null : parsePin(state.pin));
});

keyboard({
  layer(step) {
    const { state } = store;
    const { blocks, n_heads } = screen.place.site;
    const site = grid.neighbour(state.site, step, blocks);
    if (site === null) return;
    store.choose({ site, head: n_heads === null ? null : state.head, direction: null }, "step");
    endGesture();
  },
  component(step) {
    const next = grid.component + step;
    if (next < 0 || next >= (screen.place.basis?.ratios.length ?? 1)) return;
    pick(store.state.site, next, "step");
    endGesture();
  },
  write: () => box.focus(),
  help: () => keys.showModal(),
  close(target) {
    if (store.state.pin !== null) store.adjust({ pin: null });
    card.close();
    sheet.close();
    if (target === box) box.blur();
  },
  pin: (target) => pinAt(store, target),
});
buttons(store, kept.keep);

notices();
present();
document.documentElement.dataset.ready = "";
performance.mark("ready");
