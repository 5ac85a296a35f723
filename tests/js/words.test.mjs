import assert from "node:assert/strict";
import { test } from "node:test";

import { sourceName } from "../../static/js/contributions/places.js";
import {
  atPoint, curveSaid, headSaid, layersSaid, shortest, strongestHead,
} from "../../static/js/contributions/words.js";

const POINTS = ["0_pre", "0_mid", "1_pre", "1_mid", "2_pre", "2_mid", "3_pre", "3_mid", "final"];
const token = (text, special = false) => ({ id: 1, text, special });

test("a point of the stream is named after what has just been added", () => {
  assert.deepEqual(["0_pre", "3_mid", "6_pre", "final"].map((point) => atPoint(point, 12)), [
    "in the embedding", "after layer 3’s attention", "after layer 5’s FFN", "after layer 11’s FFN",
  ]);
});

test("a curve says where the token takes the lead and where it rises", () => {
  const said = curveSaid({
    text: " Paris",
    points: POINTS,
    ranks: [900, 800, 40, 30, 1, 1, 1, 1, 1],
    logprobs: [-10, -9.9, -9.5, -9.4, -3, -2.5, -2, -1.5, -1],
  });
  assert.equal(
    said,
    "“ Paris” becomes the likeliest token after layer 1’s FFN (rank 1 from there on). " +
      "Its log p goes from −10.0 to −1.00; 72 % of that rise happens in layer 1.",
  );
});

test("a lead that was lost is taken again; one of the last point is only at the end", () => {
  const curve = { text: " a", points: POINTS, logprobs: [-4, -3, -3, -2, -2, -2, -1, -1, -1] };
  assert.match(curveSaid({ ...curve, ranks: [9, 1, 4, 3, 2, 2, 1, 1, 1] }), /“ a” takes the lead again after layer 2’s FFN \(rank 1 from there on\)/);
  assert.match(curveSaid({ ...curve, ranks: [9, 4, 4, 3, 2, 2, 2, 2, 1] }), /layer 3’s FFN \(rank 1 only at the end\)/);
  assert.match(curveSaid({ ...curve, ranks: Array(9).fill(1) }), /^“ a” is the likeliest token at every point\./);
});

test("a token that does not win says where it stood best and who won", () => {
  const said = curveSaid({
    text: " Rome", points: POINTS, likeliest: " Paris",
    ranks: [900, 800, 40, 30, 2, 2, 5, 1200, 1200],
    logprobs: [-3, -3, -3, -3, -3, -3, -3, -6, -8],
  });
  assert.equal(
    said,
    "“ Rome” ends at rank 1,200; its best was rank 2, after layer 1’s FFN; the model’s own first " +
      "choice is “ Paris”. Its log p goes from −3.00 to −8.00: the layers lower it.",
  );
});

/** What is said of log p, from its points before and after every layer. */
const rise = (...logprobs) => {
  const all = logprobs.flatMap((value, i) => (i === 0 ? [value] : [logprobs[i - 1], value]));
  const points = [...POINTS.slice(0, all.length - 1), "final"];
  return curveSaid({ text: "a", points, ranks: all.map(() => 2), logprobs: all }).replace(/^[^.]*\. /, "");
};

test("of a rise the true share is said, or nothing", () => {
  assert.equal(rise(-5, -1), "Its log p goes from −5.00 to −1.00.");
  assert.equal(rise(-5, -1, -8, -3), "Its log p goes from −5.00 to −3.00; layer 2 raises it by 5.00, and the others take back 3.00.");
  assert.equal(rise(-9, -8, -3, -1, -1), "Its log p goes from −9.00 to −1.00; 62 % of that rise happens in layer 1.");
  assert.equal(rise(-9, -9, -5, -1, -1), "Its log p goes from −9.00 to −1.00; 50 % of that rise happens in layer 1.");
  assert.equal(rise(-4, -2, -4), "Its log p begins and ends at −4.00.");
  assert.equal(rise(-4, -2, -5), "Its log p goes from −4.00 to −5.00: the layers lower it.");
});

test("the shortest run is the shortest, and the fullest of its length", () => {
  assert.deepEqual(shortest([1, 2, 5, 4, 1], 8), [2, 3]);
  assert.deepEqual(shortest([3, 0, 0, 4], 3), [3, 3]);
  assert.deepEqual(shortest([9, -8, 9], 10), [0, 2]);
  assert.equal(shortest([1, 1], 3), null);
});

test("every run that is shorter sums to less than the goal", () => {
  const steps = [0.3, -0.7, 2.2, 1.1, -0.4, 0.9, 3, 0.1];
  for (let goal = 0.1; goal < 7; goal += 0.1) {
    const run = shortest(steps, goal);
    if (run === null) continue;
    const length = run[1] - run[0] + 1;
    for (let at = 0; at + length - 1 <= steps.length; at += 1) {
      assert.ok(steps.slice(at, at + length - 1).reduce((a, b) => a + b, 0) < goal);
    }
  }
});

test("the layers' sum is said, from the start to the end", () => {
  const said = layersSaid({
    target: { text: " Paris", logprob: -0.9 },
    start_logprob: -10.8,
    end_logprob: -0.9,
    layers: [{ layer: 0, attn: 0.2, ffn: 1.4 }, { layer: 1, attn: 9.1, ffn: -0.8 }],
  });
  assert.equal(
    said,
    "What moved “ Paris” most: layer 1’s attention (+9.10 nats), layer 0’s FFN (+1.40) and layer 1’s FFN (−0.800). " +
      "Together: −10.8 before layer 0 + 9.90 by all layers = −0.900, the model’s log p.",
  );
});

test("a sum of nothing has a sign between its parts too", () => {
  const still = { target: { text: " a", logprob: -3 }, start_logprob: -3, end_logprob: -3 };
  assert.equal(
    layersSaid({ ...still, layers: [{ layer: 0, attn: 0, ffn: 0 }] }),
    "No layer moved “ a”. Together: −3.00 before layer 0 + 0 by all layers = −3.00, the model’s log p.",
  );
  assert.match(layersSaid({ ...still, start_logprob: -2, layers: [{ layer: 0, attn: -1, ffn: 0 }] }), /before layer 0 − 1\.00 by all layers/);
});

test("the strongest head is the one of the largest size, whatever its sign", () => {
  assert.deepEqual(strongestHead([[0.1, -0.2], [0.3, -4]], [3, 6]), { layer: 6, head: 1, value: -4 });
  assert.deepEqual(strongestHead([[0, 0]], [2]), { layer: 2, head: 0, value: 0 });
});

test("a head says what it did and where it read it", () => {
  const tokens = [token("<|endoftext|>", true), token(" of"), token(" France")];
  const chosen = { layer: 6, head: 4, value: 1.2 };
  const base = { chosen, strongest: chosen, tokens, target: " Paris" };
  assert.equal(
    headSaid({ ...base, sources: [0.01, -0.3, 1.4] }),
    "Head 4 of layer 6 raised “ Paris” most, by 1.20 nats, almost all of it read from “ France”.",
  );
  assert.match(headSaid({ ...base, sources: [0.5, 0.1, 0.7] }), /, most of it read from “ France”\.$/);
  assert.match(headSaid({ ...base, sources: [0.5, 0.4, 0.6] }), /several tokens, “ France” first \(\+0\.600\)\.$/);
  assert.equal(
    headSaid({ ...base, chosen: { layer: 2, head: 0, value: -0.5 }, sources: [-0.4, 0.1, 0] }),
    "Head 0 of layer 2 lowered “ Paris”, by 0.500 nats, almost all of it read from BOS. " +
      "The strongest is head 4 of layer 6 (+1.20).",
  );
  assert.match(headSaid({ ...base, sources: Array(9).fill(0.1) }), /, spread over many tokens\.$/);
  assert.match(headSaid({ ...base, sources: null }), /by 1\.20 nats\.$/);
  assert.equal(
    headSaid({ ...base, chosen: { layer: 2, head: 0, value: 0 }, sources: [0.4, -0.4, 0] }),
    "Head 0 of layer 2 did not move “ Paris”. The strongest is head 4 of layer 6 (+1.20).",
  );
  const nothing = { layer: 0, head: 0, value: 0 };
  assert.equal(headSaid({ ...base, chosen: nothing, strongest: nothing, sources: null }), "Head 0 of layer 0 did not move “ Paris”.");
});

test("sources that work against each other are both named", () => {
  const tokens = [token("<|endoftext|>", true), token(" of"), token(" France")];
  const chosen = { layer: 6, head: 4, value: 0.05 };
  const base = { chosen, strongest: chosen, tokens, target: " Paris" };
  assert.match(headSaid({ ...base, sources: [0, -2.95, 3] }), /by 0\.050 nats, read from “ France” \(\+3\.00\) against “ of” \(−2\.95\)\.$/);
  const many = { ...base, tokens: Array.from({ length: 9 }, (_, i) => token(` ${i}`)) };
  assert.match(
    headSaid({ ...many, sources: [1, 1.1, 1, 1, -1.2, -1, -1, -1, 0] }),
    /, read from tokens that work against each other, “ 1” \(\+1\.10\) and “ 4” \(−1\.20\) first\.$/,
  );
});

test("a token that stands twice is told by its position", () => {
  const tokens = [token(" a"), token(" b"), token(" a")];
  assert.equal(sourceName(tokens, 2), "“ a” at 2");
  assert.equal(sourceName(tokens, 1), "“ b”");
});
