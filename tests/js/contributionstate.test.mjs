import assert from "node:assert/strict";
import { test } from "node:test";

import { changed, DEFAULTS, MAX_CURVES, parse, parseLayers, placeOf, ranges, serialise } from "../../static/js/contributions/state.js";

const BASE = { ...DEFAULTS, model: "demo" };
const STATES = [
  BASE,
  { ...BASE, text: "ü & = # + %\n\t 🙂 عربي", bos: false, position: 3, target: 0 },
  { ...BASE, prompt: 12, other: 5, tokens: [7, 3], curve: "rank", level: "attn_head", order: "unhelpful", top: 100 },
  { ...BASE, layers: [0, 2, 3, 4, 11], ln: "exact", bias: "omit", keys: "paper", method: "iterative" },
  { ...BASE, head: { layer: 9, head: 8 }, value: { layer: 9, index: 2342 } },
  { ...BASE, value: { layer: 9, head: 4, dim: 9, source_position: 9 } },
  { ...BASE, case: { layer: 4, source_position: 4, recompute: "values", taken: "all", ln_std: "frozen" } },
];

test("an address reads back as the state it was written from", () => {
  for (const state of STATES) {
    assert.deepEqual(parse(new URLSearchParams(serialise(state)), "other"), state);
  }
});

test("defaults are not written", () => {
  assert.equal(serialise(BASE), "model=demo");
});

test("further tokens are as many as can be told apart, or none", () => {
  const ids = Array.from({ length: MAX_CURVES }, (_, i) => i);
  assert.deepEqual(parse(new URLSearchParams({ tokens: ids.join() }), "demo").tokens, ids);
  assert.deepEqual(parse(new URLSearchParams({ tokens: [...ids, 99].join() }), "demo").tokens, []);
});

test("what cannot be read is at its default", () => {
  const wrong = "position=-1&target=x&tokens=1,b&curve=volts&level=&top=101&layers=5-3&head=1&value=1.2.3&case=1.2.some&prompt=1.5&ln=warm";
  assert.deepEqual(parse(new URLSearchParams(wrong), "demo"), BASE);
});

test("a text goes before a prompt, and an empty one is none", () => {
  assert.deepEqual(parse(new URLSearchParams("text=a&prompt=3"), "demo"), { ...BASE, text: "a" });
  assert.deepEqual(parse(new URLSearchParams("text=&prompt=3"), "demo"), { ...BASE, prompt: 3 });
});

test("a case says only what it has to", () => {
  assert.deepEqual(parse(new URLSearchParams("case=4.2"), "demo").case, {
    layer: 4,
    source_position: 2,
    recompute: "everything",
    taken: "source",
    ln_std: "recomputed",
  });
});

test("layers are written as short as can be", () => {
  for (const [layers, written] of [[[0], "0"], [[3, 5, 6, 7], "3,5-7"], [[0, 1], "0-1"], [[1, 3, 5], "1,3,5"]]) {
    assert.equal(ranges(layers), written);
    assert.deepEqual(parseLayers(written), layers);
  }
  assert.deepEqual(parseLayers("5-7,3,6"), [3, 5, 6, 7]);
  for (const wrong of ["", "a", "1-", "3,", "1000", "7-5"]) assert.equal(parseLayers(wrong), null);
});

const FULL = {
  ...BASE,
  text: "a",
  position: 3,
  target: 1,
  other: 2,
  tokens: [3],
  head: { layer: 1, head: 1 },
  value: { layer: 0, index: 5 },
  case: { layer: 1, source_position: 1, recompute: "everything", taken: "source", ln_std: "frozen" },
  level: "attn_head",
  top: 20,
};

test("another text leaves what hung on the old one to the server; how it is looked at stays", () => {
  const next = changed(FULL, { text: "b" });
  assert.deepEqual(next, { ...BASE, text: "b", level: "attn_head", top: 20 });
});

test("another position leaves its tokens open, and keeps the head", () => {
  const next = changed(FULL, { position: 2 });
  assert.deepEqual([next.target, next.other, next.tokens, next.value, next.case], [null, null, [], null, null]);
  assert.deepEqual(next.head, FULL.head);
});

test("another target forgets the chosen value and keeps the comparison", () => {
  const next = changed(FULL, { target: 9 });
  assert.deepEqual([next.value, next.other, next.position], [null, 2, 3]);
});

test("a target that was compared with is compared with the old one", () => {
  const next = changed(FULL, { target: 2 });
  assert.deepEqual([next.target, next.other], [2, 1]);
});

test("what one change gives at once stands", () => {
  const next = changed(FULL, { text: "b", other: 7, value: { layer: 1, index: 1 } });
  assert.deepEqual([next.text, next.target, next.other, next.value], ["b", null, 7, { layer: 1, index: 1 }]);
});

test("another model has layers of its own", () => {
  assert.equal(changed({ ...FULL, layers: [0, 11] }, { model: "small" }).layers, null);
  assert.deepEqual(changed({ ...FULL, layers: [0, 11] }, { text: "b" }).layers, [0, 11]);
});

// `tests/web/test_contribution_state.py` holds the server to the same.
test("an address is written as the server writes it", () => {
  const state = { ...BASE, text: "a b", bos: false, position: 3, target: 1, other: 2, tokens: [7, 3], curve: "rank", layers: [0, 2, 3, 4], head: { layer: 9, head: 8 }, value: { layer: 9, head: 4, dim: 9, source_position: 2 }, case: { layer: 4, source_position: 4, recompute: "values", taken: "all", ln_std: "frozen" } };
  assert.equal(serialise(state), "model=demo&text=a+b&bos=0&position=3&target=1&other=2&tokens=7,3&curve=rank&layers=0,2-4&head=9.8&value=9.4.9.2&case=4.4.values.all.frozen");
});

test("how something is looked at is no part of its place", () => {
  assert.deepEqual(placeOf({ ...FULL, level: "ffn", top: 3, curve: "p" }), placeOf(FULL));
});
