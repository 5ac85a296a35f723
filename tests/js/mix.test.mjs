import assert from "node:assert/strict";
import { test } from "node:test";

import { isScaledAlone, weightIn } from "../../static/js/viewer/mix.js";

test("a typed weight is a number within one of zero, or nothing", () => {
  const typed = ["0.5", "−0,25", "5", "-1e9", "Infinity", " 1 ", "abc", "NaN", "", " "];
  const taken = [0.5, -0.25, 1, -1, 1, 1, null, null, null, null];
  assert.deepEqual(typed.map(weightIn), taken);
});

test("only a slider that stands alone, short of its end, is scaled", () => {
  assert.ok(isScaledAlone([[2, -0.4], [3, 0]]));
  for (const mix of [[[2, 1]], [[2, -1]], [[2, 0]], [[2, 0.4], [3, 0.1]]]) assert.ok(!isScaledAlone(mix));
});
