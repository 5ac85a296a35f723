// The contributions page: a place in a text, the token that is taken apart there, and the panels.

import { plotly } from "../charts/plotly.js";
import { remember, view as viewOf } from "../contributions/api.js";
import { askOf } from "../contributions/asking.js";
import { comparePanel } from "../contributions/compare.js";
import { curvePanel } from "../contributions/curve.js";
import { headsPanel } from "../contributions/heads.js";
import { jumpLine } from "../contributions/jump.js";
import { layersPanel } from "../contributions/layers.js";
import { Place } from "../contributions/place.js";
import { queriesPanel } from "../contributions/queries.js";
import { run } from "../contributions/running.js";
import { changed, DEFAULTS, parse, placeOf, serialise } from "../contributions/state.js";
import { subvaluesPanel } from "../contributions/subvalues.js";
import { summaryPanel } from "../contributions/summary.js";
import { copies } from "../people/copying.js";
import { notices } from "../viewer/chrome.js";
import { byId, h } from "../viewer/dom.js";
import { message } from "../viewer/format.js";
import { ownText } from "../viewer/own.js";
import { saying } from "../viewer/progress.js";

/** @typedef {import("../contributions/types.js").State} State */
/** @typedef {import("../contributions/types.js").View} View */

/** How long a word about nothing to do stays, in ms. */
const SAYS = 3000;
/** An address longer than this is not accepted by every server, in characters. */
const LONGEST_ADDRESS = 60_000;

/** @type {View} */
let view = JSON.parse(byId("view").textContent ?? "");
/** @type {State} */
let state = view.state;
/** The latest state that is on screen. */
let shown = state;
let loading = new AbortController();
/** How the address is to follow once the state is on screen; null where it has gone ahead. @type {"push" | "replace" | null} */
let following = null;

/** What is on top comes first; the panels of one stage run side by side. */
const stages = /** @type {[string, (section: HTMLElement) => import("../contributions/types.js").Panel][][]} */ ([
  [["summary", summaryPanel], ["curve", curvePanel], ["layers", layersPanel]],
  [["heads", headsPanel], ["subvalues", subvaluesPanel]],
  [["queries", queriesPanel], ["compare", comparePanel]],
]).map((stage) => stage.map(([id, panel]) => ({ section: byId(id), panel: panel(byId(id)) })));

const place = new Place(view, go);

/**
 * The address of what the server has to say of a state: it hangs on nothing else.
 * @param {State} of
 */
const placeQuery = (of) => serialise({ ...DEFAULTS, ...placeOf(of) });

/** @type {import("../contributions/types.js").Go} */
function go(change, how = "push") {
  const next = changed(state, change);
  if (serialise(next) === serialise(state)) return;
  // A step that is still on its way, and is changed, is one step.
  following = following === "push" ? "push" : how;
  become(next);
}

/** Let the address say what is on screen: only then, so that what is refused leaves no step behind. */
function follow() {
  const address = `/contributions?${serialise(state)}`;
  const isNew = following === "push" && serialise(state) !== serialise(shown);
  following = null;
  if (isNew) history.pushState(state, "", address);
  else history.replaceState(state, "", address + location.hash);
}

/** @param {State} next */
function become(next) {
  if (serialise(next) === serialise(state)) return; // only the part of the page that is in sight
  const { model } = state;
  state = next;
  if (next.model === model) load();
  else location.reload();
}

/** Get what the state shows, and show it; what is on screen stays, dimmed, until then. */
async function load() {
  loading.abort();
  const mine = new AbortController();
  loading = mine;
  const over = saying(byId("working"), "Reading the text …", () => mine.abort());
  place.busy = true;
  /** @type {View | null} */
  let next = null;
  let refusal = "";
  try {
    next = await viewOf(placeQuery(state), mine.signal);
  } catch (error) {
    refusal = mine.signal.aborted ? "Stopped." : message(error);
  }
  if (loading !== mine) return; // superseded: the next one says what it does
  over();
  place.busy = false;
  if (next === null) goBack(refusal);
  else {
    view = next;
    // What the server could not use is no part of the address.
    state = { ...state, ...placeOf(view.state) };
    follow();
    present();
    work(mine.signal);
  }
}

/**
 * Stay with what is on screen, and say why.
 * @param {string} refusal
 */
function goBack(refusal) {
  state = shown;
  follow();
  place.draw(state, view);
  place.fail(refusal);
  loading = new AbortController();
  work(loading.signal);
}

/**
 * Let every panel show what the state says.
 * @param {AbortSignal} signal
 */
async function work(signal) {
  const ask = askOf(state, view, signal, go);
  if (ask === null) return;
  plotly().catch(() => {}); // fetched beside the first numbers; a chart that misses it says so
  await run(stages, ask);
}

/** Put what the server said on screen. */
function present() {
  shown = state;
  place.draw(state, view);
  // What was typed and not sent yet stays.
  if (box.value === sent) {
    box.value = view.words;
    sent = box.value;
    byId("own-error").textContent = "";
    box.removeAttribute("aria-invalid");
  }
  for (const each of [byId("summary"), byId("jump"), byId("figures")]) each.hidden = false;
  const notice = byId("problems");
  notice.hidden = view.problems.length === 0;
  notice.querySelector("div")?.replaceChildren(...view.problems.map((words) => h("p", {}, words)));
}

const box = ownText(async (text) => {
  if (text === view.words && view.error === null && state === shown) {
    const current = byId("working");
    current.textContent = "This text is the one that is taken apart below.";
    current.hidden = false;
    setTimeout(() => {
      if (state === shown) current.hidden = true;
    }, SAYS);
    byId("place").scrollIntoView({ block: "nearest" });
    return text;
  }
  const next = changed(state, { text, prompt: null });
  if (serialise(next).length > LONGEST_ADDRESS) {
    throw new Error("This text is too long for an address. Shorten it.");
  }
  // A text that is refused changes nothing: it stays in the box, with the reason.
  await viewOf(placeQuery(next));
  sent = text;
  if (serialise(next) === serialise(state)) load();
  else go({ text, prompt: null });
  return text;
});
/** What the box held when it was last filled or sent. */
let sent = box.value;

byId("model").addEventListener("change", ({ target }) => {
  const model = /** @type {HTMLSelectElement} */ (target).value;
  location.assign(`/contributions?${serialise(changed(state, { model }))}`);
});
byId("examples").addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { text, prompt, other } = parse(new URL(link.href).searchParams, state.model);
  go({ text, prompt, other });
});
addEventListener("keydown", (event) => {
  const { target } = event;
  const writes = target instanceof Element && target.closest("input, textarea, select");
  if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape" && target === box) box.blur();
});
box.addEventListener("keydown", (event) => {
  // An Enter that ends the writing of a character in an input method sends nothing.
  if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  event.preventDefault();
  box.form?.requestSubmit();
});
addEventListener("popstate", ({ state: kept }) => {
  // A place on the same page was gone to.
  if (kept === null && location.search === `?${serialise(shown)}`) return;
  following = null;
  become(kept ?? parse(new URLSearchParams(location.search), view.model.name));
});

notices();
jumpLine(byId("jump"));
copies(byId("copy-link"), () => `${location.origin}/contributions?${serialise(state.prompt === null ? { ...state, text: view.words } : state)}`);
follow();
// Problems are said once, of the address that had them.
if (view.error === null) remember(placeQuery(state), { ...view, problems: [] });
work(loading.signal);
document.documentElement.dataset.ready = "";
