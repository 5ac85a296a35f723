import assert from "node:assert/strict";
import { test } from "node:test";

import { cosine, day, importWords, readVector, sameName, tooLarge } from "../../static/js/saved/words.js";

test("a day is the same wherever it is read", () => {
  assert.equal(day("2026-09-01T00:30:00+02:00"), "31 Aug 2026");
  assert.equal(day("2026-09-01T23:59:59Z"), "1 Sep 2026");
});

test("a name is one person's however it is typed", () => {
  assert.ok(sameName("Ada  L", " ada l "));
  assert.ok(sameName("ＡＤＡ", "ada"));
  assert.ok(!sameName("ada", "adam"));
  assert.ok(!sameName(null, null));
  assert.ok(!sameName("ada", null));
});

test("a cosine keeps its sign, unless nothing is left of it", () => {
  assert.equal(cosine(0.943), "+0.94");
  assert.equal(cosine(-0.351), "−0.35");
  assert.equal(cosine(-0.004), "0.00");
});

test("only a list of numbers is a vector", () => {
  assert.deepEqual(readVector(" [1, -2.5, 3e-2]\n").vector, [1, -2.5, 0.03]);
  for (const typed of ["", " ", "[1, 2", "{}", "3", "null", "[]", '[1, "2"]', "[1, null]", "[[1]]", "[NaN]", "[1e999]"]) {
    const { vector, fault } = readVector(typed);
    assert.equal(vector, null, typed);
    assert.ok(fault && fault.length > 10, typed);
  }
});

test("a file that is too large is refused with both sizes", () => {
  const most = 4 * 2 ** 20;
  assert.equal(tooLarge({ name: "v.npy", size: most }, most), null);
  assert.equal(
    tooLarge({ name: "v.npy", size: 40 * 2 ** 20 }, most),
    "v.npy has 40 MB; files of at most 4 MB are taken.",
  );
  assert.match(tooLarge({ name: "v.npy", size: 2000 }, 1024) ?? "", /has 2 kB; files of at most 1 kB/);
  assert.match(tooLarge({ name: "v.npy", size: most + 1 }, most) ?? "", /a little more than 4 MB/);
});

test("an import says what is new, known and left out, and why", () => {
  const { lines, remarks } = importWords({
    directions: { added: 3, known: 1, skipped: 2 },
    votes: { added: 0, known: 0, skipped: 0 },
    set_items: { added: 1, known: 0, skipped: 0 },
    skipped: ["directions.jsonl, line 4: no model"],
    notes: ["another revision"],
  });
  assert.deepEqual(lines, ["directions: 3 new, 1 already here, 2 left out", "set items: 1 new, 0 already here"]);
  assert.deepEqual(remarks, ["directions.jsonl, line 4: no model", "another revision"]);
  assert.deepEqual(importWords({}).lines, ["The bundle is empty."]);
});
