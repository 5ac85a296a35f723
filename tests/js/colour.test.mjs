import assert from "node:assert/strict";
import { test } from "node:test";

import { LEVELS, colourRange, levelClass, levelOf } from "../../static/js/viewer/colour.js";

test("zero is uncoloured, and the ends saturate", () => {
  assert.equal(levelOf(0, 5), 0);
  assert.equal(levelClass(0), "");
  assert.equal(levelOf(5, 5), LEVELS);
  assert.equal(levelOf(500, 5), LEVELS);
  assert.equal(levelOf(-500, 5), -LEVELS);
  assert.equal(levelClass(LEVELS), ` p${LEVELS}`);
  assert.equal(levelClass(-3), " n3");
});

test("the same magnitude has the same strength on both sides", () => {
  for (let value = 0; value < 3; value += 0.013) {
    assert.equal(levelOf(value, 2), -levelOf(-value, 2) || 0);
  }
});

test("strength never falls as the score rises", () => {
  let last = -LEVELS;
  for (let value = -3; value <= 3; value += 0.007) {
    const level = levelOf(value, 2);
    assert.ok(level >= last);
    last = level;
  }
});

test("the range is the 99th percentile of magnitudes, by rank", () => {
  const values = Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? -1 : 1) * (i + 1));
  assert.equal(colourRange(values, 200), 198);
  assert.equal(colourRange(Float32Array.from([-4]), 1), 4);
});

test("there is always a range", () => {
  assert.equal(colourRange(new Float32Array(0), 0), 1);
  assert.equal(colourRange(new Float32Array(9), 9), 1);
});

test("numbers after the counted ones are not looked at", () => {
  const values = Float32Array.from([1, -2, 3, 900, 900]);
  assert.equal(colourRange(values, 3), 3);
});
