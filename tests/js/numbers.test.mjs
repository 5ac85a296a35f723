import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeAnswer, decodeFloat16, fromBase64 } from "../../static/js/viewer/float16.js";
import { inUnit, inWords, percentile } from "../../static/js/viewer/histogram.js";

const bits = (...halves) => Uint16Array.from(halves).buffer;

test("half precision decodes to the numbers it stands for", () => {
  const got = decodeFloat16(bits(0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0xfc00));
  assert.deepEqual([...got.slice(0, 4)], [0, 1, -2, 65504]);
  assert.equal(got[4], 2 ** -24);
  assert.ok(Math.abs(got[5] - 1 / 3) < 1e-3);
  assert.equal(got[6], -Infinity);
});

test("an answer is a header and a matrix", () => {
  const text = new TextEncoder().encode('{"n_columns": 2, "x": "é"}  ');
  const padded = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(32);
  padded.set(text);
  const whole = new Uint8Array(4 + padded.length + 4);
  new DataView(whole.buffer).setUint32(0, padded.length, true);
  whole.set(padded, 4);
  whole.set(new Uint8Array(bits(0x3c00, 0xbc00)), 4 + padded.length);
  const { header, matrix } = decodeAnswer(whole.buffer);
  assert.deepEqual(header, { n_columns: 2, x: "é" });
  assert.deepEqual([...matrix], [1, -1]);
});

test("base64 gives the bytes back", () => {
  assert.deepEqual([...new Uint8Array(fromBase64("AAH/"))], [0, 1, 255]);
});

const HISTOGRAM = { edges: [-2, -1, 0, 1, 2], counts: [1, 3, 5, 1], n_tokens: 10 };

test("a percentile counts what lies below, evenly within a bin", () => {
  assert.equal(percentile(HISTOGRAM, -3), 0);
  assert.equal(percentile(HISTOGRAM, -1), 0.1);
  assert.equal(percentile(HISTOGRAM, 0.5), 0.65);
  assert.equal(percentile(HISTOGRAM, 2), 1);
});

test("a percentile never falls as the value rises", () => {
  let last = 0;
  for (let value = -3; value < 3; value += 0.01) {
    const share = percentile(HISTOGRAM, value);
    assert.ok(share >= last);
    last = share;
  }
});

test("a change of unit moves the edges and not the percentile", () => {
  const direction = { mean: 0.4, std: 2.5 };
  for (const value of [-1.7, -0.2, 0.9]) {
    const share = percentile(HISTOGRAM, value);
    const z = percentile(inUnit(HISTOGRAM, "z", direction), (value - 0.4) / 2.5);
    const centred = percentile(inUnit(HISTOGRAM, "centred", direction), value - 0.4);
    assert.ok(Math.abs(z - share) < 1e-12);
    assert.ok(Math.abs(centred - share) < 1e-12);
  }
});

test("without a basis a histogram is in no unit that needs one", () => {
  const unknown = { mean: null, std: null };
  assert.equal(inUnit(HISTOGRAM, "dot", unknown), HISTOGRAM);
  assert.equal(inUnit(HISTOGRAM, "cosine", unknown), HISTOGRAM);
  for (const unit of ["centred", "z"]) assert.throws(() => inUnit(HISTOGRAM, unit, unknown), /not known/);
});

test("percentiles are said in words", () => {
  assert.equal(inWords(0), "lowest of the corpus");
  assert.equal(inWords(0.5), "above 50 % of the corpus");
  assert.equal(inWords(0.9931), "above 99.3 % of the corpus");
  assert.equal(inWords(1), "highest of the corpus");
});
