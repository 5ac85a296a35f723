import assert from "node:assert/strict";
import { test } from "node:test";

import { actionOf, neighbour } from "../../static/js/viewer/keys.js";
import { onNextLine } from "../../static/js/viewer/walk.js";

const press = (key, where = "page", more = {}) => actionOf({ key, ...more }, where);

test("layers and components change from anywhere but a text field", () => {
  for (const where of ["page", "token", "grid"]) {
    assert.equal(press("]", where), "layer-after");
    assert.equal(press("[", where), "layer-before");
    assert.equal(press(".", where), "component-after");
    assert.equal(press(",", where), "component-before");
  }
  assert.equal(press("]", "typing"), null);
  assert.equal(press("/", "typing"), null);
  assert.equal(press("Escape", "typing"), "close");
});

test("arrows walk tokens, or the grid, and otherwise scroll", () => {
  assert.equal(press("ArrowRight", "token"), "token-after");
  assert.equal(press("ArrowUp", "token"), "token-up");
  assert.equal(press("ArrowRight", "grid"), "component-after");
  assert.equal(press("ArrowDown", "grid"), "layer-after");
  assert.equal(press("ArrowDown", "page"), null);
});

test("the browser's own shortcuts are left alone", () => {
  assert.equal(press("[", "page", { metaKey: true }), null);
  assert.equal(press("/", "page", { ctrlKey: true }), null);
});

test("a neighbour is the next row of the picker, and there is none past its ends", () => {
  const rows = ["hook_embed", "blocks.0.hook_resid_pre", "ln_final.hook_normalized"];
  assert.equal(neighbour("hook_embed", 1, rows, 1), "blocks.0.hook_resid_pre");
  assert.equal(neighbour("hook_embed", -1, rows, 1), null);
  assert.equal(neighbour("ln_final.hook_normalized", 1, rows, 1), null);
});

test("a site outside the picker has its twin in the next layer", () => {
  assert.equal(neighbour("blocks.2.attn.hook_z", 1, [], 6), "blocks.3.attn.hook_z");
  assert.equal(neighbour("blocks.5.attn.hook_z", 1, [], 6), null);
  assert.equal(neighbour("blocks.0.attn.hook_z", -1, [], 6), null);
});

test("up and down find the nearest token of the next line", () => {
  const places = [
    { top: 0, x: 10 }, { top: 0, x: 50 }, { top: 0, x: 90 },
    { top: 30, x: 15 }, { top: 30, x: 65 },
    { top: 60, x: 12 },
  ];
  assert.equal(onNextLine(places, 1, 1), 4);
  assert.equal(onNextLine(places, 0, 1), 3);
  assert.equal(onNextLine(places, 4, -1), 1);
  assert.equal(onNextLine(places, 4, 1), 5);
  assert.equal(onNextLine(places, 5, 1), 5);
  assert.equal(onNextLine(places, 0, -1), 0);
});
