import assert from "node:assert/strict";
import { test } from "node:test";

import { Sources } from "../../static/js/viewer/sources.js";

const STATE = { seed: 1, n: 2, texts: ["mine"], prompts: [], set: null };
const prompt = (id, given) => ({ key: `p${id}`, prompt_id: id, source: "facts", given, text: `text ${id}` });
const sample = [prompt(1, "sample"), prompt(2, "sample")];
const keys = (names) => names?.map(({ key }) => key) ?? null;

test("own texts come first, then prompts by their numbers, the set, the sample", () => {
  const set = { id: 3, name: "s", by: "ada", n_prompts: 1 };
  const state = { ...STATE, prompts: [9], set: 3 };
  const sources = new Sources({ state, prompts: [prompt(9, "prompt"), prompt(8, "set"), ...sample], set });
  assert.deepEqual(keys(sources.names(state)), ["t0", "p9", "p8", "p1", "p2"]);
  assert.equal(sources.set(state).name, "s");
  assert.equal(sources.set({ ...state, set: null }), null);
});

test("a text that is on screen twice over is shown once", () => {
  const sources = new Sources({ state: STATE, prompts: sample, set: null });
  sources.know({ id: 2, text: "text 2" }, "ada’s prompt");
  assert.deepEqual(keys(sources.names({ ...STATE, prompts: [2] })), ["t0", "p2", "p1"]);
});

test("what has not been asked for yet is not known", () => {
  const sources = new Sources({ state: STATE, prompts: sample, set: null });
  for (const other of [{ prompts: [5] }, { set: 4 }, { seed: 2 }]) {
    assert.equal(sources.names({ ...STATE, ...other }), null);
  }
});

test("a sample that lacks a text because its number gave it is asked for again", () => {
  const state = { ...STATE, prompts: [2] };
  const sources = new Sources({ state, prompts: [prompt(2, "prompt"), sample[0]], set: null });
  assert.equal(sources.names(state), null);
});

test("a prompt that is not there is left out, and not asked for again", () => {
  const state = { ...STATE, prompts: [404] };
  const sources = new Sources({ state, prompts: sample, set: null });
  assert.deepEqual(keys(sources.names(state)), ["t0", "p1", "p2"]);
});
