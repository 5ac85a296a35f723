import assert from "node:assert/strict";
import { test } from "node:test";

import { adopted } from "../../static/js/viewer/blocks.js";
import { unitAt, within } from "../../static/js/viewer/within.js";

const STATE = { mix: [[0, 1]], token: null, neuron: null, direction: null, unit: "dot", range: null };
const BASIS = { n_tokens: 9, n_components: 3, corpus: "c", ratios: [0.5, 0.2, 0.1], means: [1, 2, 3], stds: [3, 2, 1], gram: null };
const SITE = { name: "blocks.1.hook_resid_mid", label: "Layer 1 after attention" };

test("without a basis only units that need none are known", () => {
  for (const unit of ["dot", "centred", "cosine", "z"]) {
    assert.equal(unitAt(unit, BASIS), unit);
    assert.equal(unitAt(unit, null), unit === "cosine" ? "cosine" : "dot");
  }
});

test("whatever the direction, a unit that is not known falls back, with its range, and that is said", () => {
  for (const other of [{}, { token: "t0:2" }, { neuron: "1.2.5" }, { direction: 12 }]) {
    for (const unit of ["centred", "z"]) {
      const { patch, said } = within({ ...STATE, ...other, unit, range: 2 }, { site: SITE, basis: null });
      assert.deepEqual(patch, { unit: "dot", range: null });
      assert.match(said, /^No basis has been fitted at Layer 1 after attention.*fit this site/);
      assert.deepEqual(within({ ...STATE, ...other, unit, range: 2 }, { site: SITE, basis: BASIS }), { patch: {}, said: null });
    }
  }
});

test("what falls back needs no further change", () => {
  const state = { ...STATE, unit: "z", range: 2 };
  const place = { site: SITE, basis: null };
  const { patch } = within(state, place);
  assert.deepEqual(within({ ...state, ...patch }, place), { patch: {}, said: null });
});

test("components that a basis has not are left out, and one is always left", () => {
  const kept = (mix) => within({ ...STATE, mix }, { site: SITE, basis: BASIS }).patch;
  assert.deepEqual(kept([[0, 1], [2, -1]]), {});
  assert.deepEqual(kept([[2, 1], [3, 1]]), { mix: [[2, 1]] });
  assert.deepEqual(kept([[3, 1]]), { mix: [[0, 1]] });
});

test("a neuron that has just been saved keeps its words, and what is not known of it", () => {
  const says = { raises: ["a"], lowers: ["b"] };
  const neuron = { kind: "neuron", text: "Layer 1 · neuron 7", mean: null, std: null, by: null, parts: null, says };
  const kept = { place: { site: SITE, basis: null, other_direction: neuron }, blocks: new Map() };
  const now = adopted(kept, { ...STATE, neuron: "1.7" }, { name: "mine", username: "ada" });
  assert.deepEqual(now.place.other_direction, { ...neuron, kind: "saved", text: "mine", by: "ada" });
  const none = { ...kept, place: { ...kept.place, other_direction: null } };
  assert.equal(adopted(none, STATE, { name: "mine", username: "ada" }), null);
});
