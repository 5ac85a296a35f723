import assert from "node:assert/strict";
import { test } from "node:test";

import { count, keepsSpaces, percent, plural, quoted, shown, signed, spoken, unbroken } from "../../static/js/viewer/format.js";

const token = (text, special = false) => ({ id: 1, text, special });

test("a score shows its sign and three digits", () => {
  assert.deepEqual(
    [4.2061, -0.12345, 31.26, -1234.5, 0, 0.0001].map(signed),
    ["+4.21", "−0.123", "+31.3", "−1,234", "0", "0"],
  );
});

test("a share is a percentage with two digits", () => {
  assert.deepEqual([0.2412, 0.0241, 0.00241, 0.00001, 0, 0.9968, 0.9999, 1].map(percent), [
    "24 %", "2.4 %", "0.24 %", "< 0.01 %", "0.00 %", "99.7 %", "> 99.9 %", "100 %",
  ]);
});

test("running text is left as it is; boxes show white space", () => {
  assert.equal(shown(token(" Paris"), false), " Paris");
  assert.equal(shown(token(" Paris"), true), "␣Paris\u200b");
  assert.equal(shown(token(".\n\n"), true), ".↵\n↵\n");
  assert.equal(shown(token("\t"), true), "⇥\u200b");
  assert.equal(shown(token(""), true), "·\u200b");
});

test("control characters are shown as their pictures", () => {
  assert.equal(shown(token("a\x00\x1b\x7f"), false), "a␀␛␡");
});

test("the token that begins a text is a chip", () => {
  assert.equal(shown(token("<|endoftext|>", true), false), "BOS");
});

test("white space has a spoken name", () => {
  assert.deepEqual([" the", "\n", " ", "\t", ""].map(spoken), [
    "the", "new line", "space", "tab", "part of a character",
  ]);
});

test("counts and quotations", () => {
  assert.equal(count(203112), "203,112");
  assert.equal(plural(1, "token"), "1 token");
  assert.equal(plural(2, "token"), "2 tokens");
  assert.equal(quoted(" a\n"), "“ a↵”");
  assert.equal(unbroken("of “ a” and “b”"), "of “\u00a0a” and “b”");
});

test("white space is kept where it has a meaning, and may collapse in prose", () => {
  assert.deepEqual(
    ["a b", "a\nb", "def f():\n    return", "a\tb", " a", "a  b"].map(keepsSpaces),
    [false, false, true, true, true, true],
  );
});
