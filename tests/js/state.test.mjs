import assert from "node:assert/strict";
import { test } from "node:test";

import {
  parse,
  parsePin,
  serialise,
  soleComponent,
  withText,
  withoutText,
} from "../../static/js/viewer/state.js";

const BASE = {
  model: "demo",
  site: "blocks.3.hook_resid_pre",
  head: null,
  mix: [[0, 1]],
  token: null,
  unit: "dot",
  range: null,
  seed: 38,
  n: 12,
  texts: [],
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
  { ...BASE, open: "p4", tab: "corpus", marks: true, boxes: true, bos: true, face: "sans" },
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
