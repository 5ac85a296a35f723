import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, contributionsAt, isAtSite, neuronPhrase, otherBody, placeKey, placeQuery } from "../../static/js/viewer/naming.js";

const AT = { model: "demo", site: "blocks.0.attn.hook_z", head: 1, token: null, neuron: null, direction: null, texts: ["a"] };

test("a site has every head's and every token's place", () => {
  for (const head of [0, 1, 7]) {
    for (const token of [null, "p3:1", "t0:2"]) {
      assert.ok(isAtSite(placeKey({ ...AT, head, token }), AT));
    }
  }
});

test("no place of another site or model is a site's", () => {
  assert.ok(!isAtSite(placeKey({ ...AT, site: "blocks.0.attn.hook_q" }), AT));
  assert.ok(!isAtSite(placeKey({ ...AT, model: "gpt2" }), AT));
});

test("a saved direction is asked for by its number alone, and is a place of its own", () => {
  const saved = { ...AT, direction: 12 };
  assert.deepEqual(otherBody(saved), { id: 12 });
  assert.equal(placeQuery(saved), "direction=12");
  assert.notEqual(placeKey(saved), placeKey(AT));
});

test("a component and a saved direction have an address, a mix and a token have none", () => {
  const mix = [[4, 1]];
  assert.match(addressOf({ ...AT, mix }), /demo\/sites\/blocks.0.attn.hook_z\/components\/4\?head=1$/);
  assert.equal(addressOf({ ...AT, mix, direction: 12 }), "/api/v1/directions/12");
  assert.equal(addressOf({ ...AT, mix: [[4, 1], [5, 1]] }), null);
  assert.equal(addressOf({ ...AT, mix, token: "p3:1" }), null);
});

test("a neuron is asked for by its numbers, and is a place of its own", () => {
  const stream = { ...AT, site: "blocks.1.hook_resid_pre", head: null, mix: [[4, 1]] };
  const ffn = { ...stream, neuron: "9.2342" };
  const head = { ...stream, neuron: "9.4.17" };
  assert.deepEqual(otherBody(ffn), { neuron: { layer: 9, index: 2342 } });
  assert.deepEqual(otherBody(head), { neuron: { layer: 9, head: 4, dim: 17 } });
  assert.equal(placeQuery(ffn), "model=demo&site=blocks.1.hook_resid_pre&neuron=9.2342");
  assert.equal(addressOf(ffn), null);
  assert.equal(new Set([stream, ffn, head].map(placeKey)).size, 3);
});

test("a neuron is said with its layer, and its head where it has one", () => {
  assert.equal(neuronPhrase("9.2342"), "neuron 2342 of layer 9’s FFN");
  assert.equal(neuronPhrase("9.4.17"), "neuron 17 of layer 9’s head 4");
});

test("a token's contributions are asked for by its text, or by its prompt's number", () => {
  const text = "a b & c = ü\n";
  const params = (prompt_id) => Object.fromEntries(new URL(contributionsAt("demo", { prompt_id, text }, 3), "http://x").searchParams);
  assert.deepEqual(params(null), { model: "demo", text, position: "3" });
  assert.deepEqual(params(7), { model: "demo", prompt: "7", position: "3" });
});
