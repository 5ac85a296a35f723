import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MIXED,
  parse,
  parseNeuron,
  parsePin,
  serialise,
  isMixed,
  isNoDirection,
  mixOf,
  soleComponent,
  withKept,
  withPrompt,
  withText,
  withoutPrompt,
  withoutText,
} from "../../static/js/viewer/state.js";

const BASE = {
  model: "demo",
  site: "blocks.3.hook_resid_pre",
  head: null,
  mix: [[0, 1]],
  token: null,
  neuron: null,
  direction: null,
  unit: "dot",
  range: null,
  seed: 38,
  n: 12,
  texts: [],
  prompts: [],
  set: null,
  open: null,
  pin: null,
  heat: null,
  across: "direction",
  tab: "texts",
  marks: false,
  boxes: false,
  bos: false,
  face: "serif",
};

const VIEWS = [
  BASE,
  { ...BASE, mix: [[4, 1]] },
  { ...BASE, mix: [[0, 0.82], [3, -0.31]] },
  { ...BASE, mix: [[7, -1]] },
  { ...BASE, site: "blocks.0.attn.hook_z", head: 2, unit: "z", range: 12.5 },
  { ...BASE, token: "p12:5", texts: ["a b", "ü & = # + %\n\t"], pin: "t1:3", heat: "t0", across: "component" },
  { ...BASE, neuron: "9.2342", unit: "z", pin: "p4:2" },
  { ...BASE, site: "blocks.9.hook_resid_mid", neuron: "9.4.17", tab: "corpus" },
  { ...BASE, open: "p4", tab: "corpus", marks: true, boxes: true, bos: true, face: "sans" },
  { ...BASE, direction: 12, prompts: [5, 2], set: 3, unit: "z", tab: "prompts" },
  { ...BASE, seed: 7, n: 24, texts: ["🙂 عربي"] },
];

test("an address reads back as the state it was written from", () => {
  for (const state of VIEWS) {
    assert.deepEqual(parse(new URLSearchParams(serialise(state)), BASE), state);
  }
});

test("a default view has a short address", () => {
  assert.equal(serialise(BASE), "model=demo&site=blocks.3.hook_resid_pre&component=0");
});

test("sliders at zero are left out of the address", () => {
  const address = serialise({ ...BASE, mix: [[0, 0], [3, 0.4], [5, -0.1]] });
  assert.match(address, /mix=3:0\.4,5:-0\.1$/);
});

test("a mix with nothing in it still reads back as nothing", () => {
  const state = { ...BASE, mix: [[3, 0], [5, 0]] };
  assert.deepEqual(parse(new URLSearchParams(serialise(state)), BASE).mix, [[3, 0]]);
});

test("one component with any weight above zero is that component", () => {
  assert.equal(soleComponent({ mix: [[3, 0.2], [4, 0]] }), 3);
  assert.equal(soleComponent({ mix: [[3, -0.2]] }), null);
  assert.equal(soleComponent({ mix: [[3, 0.2], [4, 0.1]] }), null);
  assert.equal(soleComponent({ mix: [[3, 0]] }), null);
});

test("a weight keeps its value through the address", () => {
  for (let i = -100; i <= 100; i += 1) {
    const mix = [[0, i / 100], [1, 0.5]];
    const read = parse(new URLSearchParams(serialise({ ...BASE, mix })), BASE).mix;
    assert.deepEqual(read, i === 0 ? [[1, 1]] : mix);
  }
});

test("a new text on top moves the keys of the others down", () => {
  const before = { ...BASE, texts: ["old"], pin: "t0:4", token: "t0:2", heat: "p3", open: "t0" };
  const after = withText(before, "new");
  assert.deepEqual(after.texts, ["new", "old"]);
  assert.equal(after.pin, "t1:4");
  assert.equal(after.token, "t1:2");
  assert.equal(after.heat, "p3");
  assert.equal(after.open, null);
});

test("removing a text forgets what pointed at it, and undoes adding it", () => {
  const before = { ...BASE, texts: ["old"], pin: "t0:4" };
  assert.deepEqual(withoutText(withText(before, "new"), 0), before);
  const gone = withoutText({ ...BASE, texts: ["a", "b"], pin: "t0:1", token: "t1:0" }, 0);
  assert.deepEqual([gone.pin, gone.token, gone.texts], [null, "t0:0", ["b"]]);
});

test("a pin is a text and a position", () => {
  assert.deepEqual(parsePin("p12:5"), { key: "p12", position: 5 });
});

test("a neuron is an FFN's, or a head's", () => {
  assert.deepEqual(parseNeuron("9.2342"), { layer: 9, head: null, number: 2342 });
  assert.deepEqual(parseNeuron("0.4.17"), { layer: 0, head: 4, number: 17 });
});

test("a neuron is a direction wherever the sliders stand, and no mix of theirs", () => {
  const state = { ...BASE, neuron: "9.2342", mix: [[0, 0]] };
  assert.ok(!isNoDirection(state));
  assert.ok(!isMixed(state));
  assert.equal(mixOf(state, { kind: "neuron", parts: null }), null);
  assert.ok(isMixed({ ...state, ...MIXED }));
  assert.match(serialise(state), /site=blocks.3.hook_resid_pre&neuron=9\.2342$/);
});

test("a saved direction says itself where it belongs", () => {
  assert.equal(serialise({ ...BASE, direction: 12, prompts: [5] }), "direction=12&prompt=5");
});

test("a saved direction is one, wherever the sliders stand", () => {
  assert.ok(!isNoDirection({ ...BASE, direction: 12, mix: [[0, 0]] }));
  assert.ok(isNoDirection({ ...BASE, mix: [[0, 0]] }));
});

test("the sliders show a mix, and what a saved one was mixed from", () => {
  const parts = [[1, 0.8], [3, -0.5]];
  assert.deepEqual(mixOf(BASE, null), BASE.mix);
  assert.deepEqual(mixOf({ ...BASE, direction: 12 }, { parts }), parts);
  assert.equal(mixOf({ ...BASE, direction: 12 }, { parts: null }), null);
  assert.equal(mixOf({ ...BASE, token: "p1:2" }, { parts: null }), null);
});

test("a text that is kept becomes a prompt, and what pointed at it still does", () => {
  const before = { ...BASE, texts: ["a", "b", "c"], prompts: [4], pin: "t1:3", token: "t2:1", open: "t1" };
  const after = withKept(before, 1, 9);
  assert.deepEqual([after.texts, after.prompts], [["a", "c"], [9, 4]]);
  assert.deepEqual([after.pin, after.token, after.open], ["p9:3", "t1:1", "p9"]);
});

test("a prompt is put first once, and the oldest of seventeen gives way", () => {
  const many = { ...BASE, prompts: Array.from({ length: 16 }, (_, i) => i + 1) };
  assert.deepEqual(withPrompt(many, 3).prompts.slice(0, 3), [3, 1, 2]);
  assert.equal(withPrompt(many, 99).prompts.length, 16);
  assert.ok(!withPrompt(many, 99).prompts.includes(16));
});

test("a prompt that is taken away takes along what pointed at it", () => {
  const before = { ...BASE, prompts: [5, 6], pin: "p5:3", heat: "p6", open: "p5" };
  const after = withoutPrompt(before, 5);
  assert.deepEqual([after.prompts, after.pin, after.open, after.heat], [[6], null, null, "p6"]);
});
