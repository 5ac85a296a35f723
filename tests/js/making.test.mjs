import assert from "node:assert/strict";
import { test } from "node:test";

import { differenceSource, sourceOf, tokenSource } from "../../static/js/viewer/making.js";

const token = (text, special = false) => ({ id: 1, text, special });
const TEXTS = [
  { key: "t0", prompt_id: null, text: "Rome is", tokens: [token("<|endoftext|>", true), token("Rome"), token(" is")] },
  { key: "p7", prompt_id: 7, text: "Anna", tokens: [token("Anna")] },
];
const STATE = { mix: [[1, 0.6], [3, -0.8], [5, 0]], token: null, neuron: null, direction: null };

test("sliders are saved as they stand, those at zero left out", () => {
  const { words, made } = sourceOf(STATE, { gram: null });
  assert.equal(words, "0.60 c1 − 0.80 c3.");
  assert.deepEqual(made, { combination: [{ component: 1, weight: 0.6 }, { component: 3, weight: -0.8 }] });
});

test("one component alone is that component", () => {
  assert.deepEqual(sourceOf({ ...STATE, mix: [[4, 0.3]] }, { gram: null }).made, { component: 4 });
});

test("a neuron is what is saved, not the sliders beneath it", () => {
  const { words, made } = sourceOf({ ...STATE, neuron: "9.4.17" }, { gram: null });
  assert.equal(words, "What neuron 17 of layer 9’s head 4 writes.");
  assert.deepEqual(made, { neuron: { layer: 9, head: 4, dim: 17 } });
});

test("a token is named by its text or by its prompt's number", () => {
  assert.deepEqual(tokenSource(TEXTS, "t0:1").made, { token: { text: "Rome is", position: 1 } });
  assert.deepEqual(tokenSource(TEXTS, "p7:0").made, { token: { prompt_id: 7, position: 0 } });
  assert.equal(tokenSource(TEXTS, "p8:0"), null);
  assert.equal(tokenSource(TEXTS, "t0:9"), null);
});

test("a difference has two ends", () => {
  const { words, made } = differenceSource(TEXTS, "p7:0", "t0:2");
  assert.equal(words, "The residual of “Anna” minus that of “ is”.");
  assert.deepEqual(made.difference.minus, { text: "Rome is", position: 2 });
  assert.equal(differenceSource(TEXTS, "p7:0", "t4:2"), null);
});
