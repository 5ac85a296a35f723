import assert from "node:assert/strict";
import { test } from "node:test";

import { csv, fileName } from "../../static/js/charts/downloads.js";

/** A second reading of RFC 4180, one character at a time. */
function read(text) {
  const lines = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const line = lines[lines.length - 1];
    const put = (letter) => (line[line.length - 1] += letter);
    if (quoted) {
      if (text[i] !== '"') put(text[i]);
      else if (text[i + 1] === '"') put(text[(i += 1)]);
      else quoted = false;
    } else if (text[i] === '"') quoted = true;
    else if (text[i] === ",") line.push("");
    else if (text.startsWith("\r\n", i)) (i += 1), lines.push([""]);
    else put(text[i]);
  }
  lines.pop();
  return lines;
}

test("what is written as CSV is read back as it was", () => {
  const tokens = [" Paris", 'a "b"', ",", "\n", "\r\n", "", "a,b\nc", "…", '"', " "];
  const rows = tokens.map((token, i) => ({ token, position: i }));
  assert.deepEqual(read(csv(rows)), [["token", "position"], ...tokens.map((token, i) => [token, String(i)])]);
});

test("numbers are exact, and what is not there is empty", () => {
  const numbers = [0.1 + 0.2, -1e-17, 1 / 3, 36864, 5e-324];
  const written = read(csv(numbers.map((value) => ({ value, nothing: null, is: true }))));
  assert.deepEqual(written.slice(1).map(([value]) => Number(value)), numbers);
  assert.deepEqual(written[1].slice(1), ["", "true"]);
});

test("the header is the first record's names, once; no records, no columns", () => {
  assert.equal(csv([{ layer: 0, head: 1 }, { layer: 1, head: 2 }]), "layer,head\r\n0,1\r\n1,2\r\n");
  assert.equal(csv([]), "\r\n");
});

test("a file's name has letters and digits of any script, and nothing that a disk refuses", () => {
  assert.equal(fileName("heads", "gpt2", " Paris"), "heads-gpt2-Paris");
  assert.equal(fileName("a/b\\c:d", null, "..", " שלום", 3), "a-b-c-d-שלום-3");
  assert.equal(fileName("../../etc"), "etc");
  assert.ok(fileName("x".repeat(500)).length <= 100);
});
