import assert from "node:assert/strict";
import { test } from "node:test";

import { mixDirection, normalised, score, otherDirection } from "../../static/js/viewer/mixing.js";

/** A repeatable random number generator: mulberry32. */
function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
}

function setting(seed, count = 8, tokens = 20) {
  const next = random(seed);
  const columns = count + 1;
  const rows = Float32Array.from({ length: tokens * columns }, () => 10 * next());
  for (let t = 0; t < tokens; t += 1) rows[t * columns + count] = 12 + next();
  const stds = Array.from({ length: count }, (_, k) => 3 / (k + 1));
  const total = stds.reduce((sum, std) => sum + std ** 2, 0) * 1.5;
  const basis = {
    n_tokens: 1000,
    n_components: count,
    corpus: "c",
    ratios: stds.map((std) => std ** 2 / total),
    means: Array.from({ length: count }, () => next()),
    stds,
    gram: null,
  };
  const block = { tokens: Array.from({ length: tokens }), columns, rows };
  return { next, basis, block, tokens };
}

function scores(block, direction, unit, tokens) {
  const out = new Float32Array(tokens);
  score(block, direction, unit, out, 0);
  return out;
}

const close = (a, b, tolerance = 1e-4) => assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b}`);

test("normalised weights have length one, and keep their proportions", () => {
  const weights = normalised([[0, 3], [5, -4]], null);
  assert.deepEqual(weights, [[0, 0.6], [5, -0.8]]);
});

test("all sliders at zero stay zero", () => {
  assert.deepEqual(normalised([[0, 0], [5, 0]], null), [[0, 0], [5, 0]]);
});

test("where components are not orthogonal, their angles count", () => {
  const gram = [[1, 0.5], [0.5, 1]];
  const [[, a], [, b]] = normalised([[0, 1], [1, 1]], gram);
  close(a * a + b * b + 2 * a * b * 0.5, 1, 1e-12);
});

test("scores are linear: a mix scores as the mix of scores", () => {
  for (let seed = 1; seed < 20; seed += 1) {
    const { next, basis, block, tokens } = setting(seed);
    const mix = basis.stds.map((_, k) => [k, next()]);
    const weights = normalised(mix, null);
    const got = scores(block, mixDirection(mix, basis), "dot", tokens);
    for (let t = 0; t < tokens; t += 1) {
      let expected = 0;
      for (const [k, weight] of weights) expected += weight * block.rows[t * block.columns + k];
      close(got[t], expected);
    }
  }
});

test("the same weights, all larger, colour alike", () => {
  const { basis, block, tokens } = setting(3);
  const small = scores(block, mixDirection([[0, 0.1], [2, -0.3]], basis), "z", tokens);
  const large = scores(block, mixDirection([[0, 0.3], [2, -0.9]], basis), "z", tokens);
  small.forEach((value, t) => close(value, large[t]));
});

test("units are what they say", () => {
  const { basis, block, tokens } = setting(5);
  const direction = mixDirection([[1, 0.6], [4, 0.8]], basis);
  const dot = scores(block, direction, "dot", tokens);
  const centred = scores(block, direction, "centred", tokens);
  const cosine = scores(block, direction, "cosine", tokens);
  const z = scores(block, direction, "z", tokens);
  const mean = 0.6 * basis.means[1] + 0.8 * basis.means[4];
  const std = Math.hypot(0.6 * basis.stds[1], 0.8 * basis.stds[4]);
  for (let t = 0; t < tokens; t += 1) {
    close(centred[t], dot[t] - mean);
    close(z[t], (dot[t] - mean) / std);
    close(cosine[t], dot[t] / block.rows[t * block.columns + block.columns - 1]);
  }
});

test("a component explains its own ratio, and a mix something between", () => {
  const { basis } = setting(7);
  assert.equal(mixDirection([[2, 0.3]], basis).explained, basis.ratios[2]);
  const both = mixDirection([[0, 1], [7, 1]], basis).explained;
  assert.ok(both > basis.ratios[7] && both < basis.ratios[0]);
});

test("a direction that is no mix is the column before the norm", () => {
  const { basis, block, tokens } = setting(9);
  const other = { kind: "saved", text: "x", mean: 0.5, std: 2, by: "ada", parts: null };
  const direction = otherDirection(other, basis, block.columns);
  const got = scores(block, direction, "centred", tokens);
  close(got[3], block.rows[3 * block.columns + block.columns - 2] - 0.5);
});

test("a zero vector has cosine zero, not NaN", () => {
  const { basis, block, tokens } = setting(11);
  block.rows.fill(0);
  const got = scores(block, mixDirection([[0, 1]], basis), "cosine", tokens);
  assert.ok(got.every((value) => value === 0));
});

test("without a basis no score is made up in a unit that needs one", () => {
  const { block, tokens } = setting(13);
  const direction = otherDirection({ mean: null, std: null }, null, block.columns);
  assert.equal(direction.explained, null);
  assert.throws(() => scores(block, direction, "centred", tokens), /not known/);
  assert.throws(() => scores(block, direction, "z", tokens), /not known/);
  const dot = scores(block, direction, "dot", tokens);
  close(dot[2], block.rows[2 * block.columns + block.columns - 2]);
  close(scores(block, direction, "cosine", tokens)[2], dot[2] / block.rows[2 * block.columns + block.columns - 1]);
});

test("along a direction without spread every z is zero", () => {
  const { basis, block, tokens } = setting(15);
  const direction = otherDirection({ mean: 0.5, std: 0 }, basis, block.columns);
  assert.ok(scores(block, direction, "z", tokens).every((value) => value === 0));
});
