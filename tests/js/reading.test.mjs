import assert from "node:assert/strict";
import { test } from "node:test";

import { readName } from "../../static/js/people/reading.js";

test("a name is read without the spaces around it, and with single ones within", () => {
  assert.equal(readName("  Ada \n Lovelace\t").name, "Ada Lovelace");
  assert.equal(readName("Ａｄａ").name, "Ada");
});

test("no name and too long a name are refused in words", () => {
  assert.match(readName(" \t").fault, /Type a name/);
  assert.equal(readName("x".repeat(80)).fault, null);
  assert.match(readName("🙂".repeat(81)).fault, /81 characters/);
});
