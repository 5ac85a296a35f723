import assert from "node:assert/strict";
import { test } from "node:test";

import { comparison, rangesOf } from "../../static/js/viewer/heat.js";

const SITES = ["blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre", "ln_final.hook_normalized"];

test("the output has a range of its own, and special tokens set none", () => {
  const sites = SITES.map((name) => ({ name, label: name }));
  const tokens = [true, false, false].map((special, id) => ({ id, text: "a", special }));
  const scores = [[900, 1, -2], [900, 40, 3], [900, 0.5, -0.25]];
  assert.deepEqual(rangesOf({ sites, tokens, scores }), [40, 40, 0.5]);
  assert.deepEqual(rangesOf({ sites, tokens, scores: [[9, 1, 2], null, null] }), [2, 2, 1]);
});

test("one component is compared in both ways where its vector is one of the stream", () => {
  const state = { mix: [[4, 1]], token: null, neuron: null, direction: null, across: "direction" };
  assert.deepEqual(comparison(state, { in_model_space: true }), { sole: 4, choice: true, across: "direction" });
  assert.deepEqual(comparison(state, { in_model_space: false }), { sole: 4, choice: false, across: "component" });
  for (const site of [{ in_model_space: true }, { in_model_space: false }]) {
    const mixed = { ...state, mix: [[4, 1], [5, 1]], across: "component" };
    assert.deepEqual(comparison(mixed, site), { sole: null, choice: false, across: "direction" });
    assert.equal(comparison({ ...state, neuron: "1.7" }, site).across, "direction");
  }
});
