import assert from "node:assert/strict";
import { test } from "node:test";

import { askOf, untargeted } from "../../static/js/contributions/asking.js";
import { others, targets } from "../../static/js/contributions/chips.js";
import { Memory } from "../../static/js/contributions/memory.js";
import { about, offersOf, readings, visible } from "../../static/js/contributions/offers.js";
import { aimedAt } from "../../static/js/contributions/place.js";
import { DEFAULTS } from "../../static/js/contributions/state.js";
import { logp, sentence, tail } from "../../static/js/contributions/summary.js";

const token = (id, text) => ({ id, text, special: false });
const BOS = { id: 0, text: "<|endoftext|>", special: true };

test("white space is visible", () => {
  assert.equal(visible(" Paris"), "␣Paris");
  assert.equal(visible("\n\t\u0007"), "↵⇥␇");
  assert.equal(visible(""), "·");
});

test("a word that was typed may begin with a space, and first of all does", () => {
  assert.deepEqual(readings("Paris"), [" Paris", "Paris"]);
  assert.deepEqual(readings(" Paris"), [" Paris"]);
});

test("whole tokens are offered, each once; where there are none, the pieces", () => {
  assert.deepEqual(offersOf([[token(1, " Paris")], [token(2, "Paris")]]), {
    isWhole: true,
    tokens: [token(1, " Paris"), token(2, "Paris")],
  });
  assert.deepEqual(offersOf([[token(1, " P"), token(3, "a")], [token(2, "Pa")]]).tokens, [token(2, "Pa")]);
  const pieces = offersOf([[token(1, " k"), token(3, "a"), token(3, "a")], [token(2, "k"), token(4, "aa")]]);
  assert.deepEqual(pieces, { isWhole: false, tokens: [token(1, " k"), token(3, "a")] });
  assert.match(about("kaa", { isWhole: false, tokens: [token(1, " k"), token(3, "a"), token(3, "a")] }), /“kaa” is 3 tokens/);
});

const VIEW = {
  predictions: Array.from({ length: 8 }, (_, i) => ({ id: i, text: ` ${i}`, p: 0.5 ** (i + 1) })),
  target: { id: 0, text: " 0", logprob: Math.log(0.5) },
  other: null,
  following: null,
};

test("the chosen token and the text's next are among those to choose from, once", () => {
  assert.deepEqual(targets(VIEW).map(({ id, isChosen }) => [id, isChosen]), [[0, true], ...[1, 2, 3, 4, 5, 6, 7].map((id) => [id, false])]);
  const far = { ...VIEW, target: { id: 99, text: "x", logprob: -5 }, following: { id: 3, text: " 3", logprob: -2 } };
  const chips = targets(far);
  assert.equal(chips.length, 9);
  assert.deepEqual(chips.at(-1), { id: 99, text: "x", p: Math.exp(-5), isChosen: true });
});

test("a token is not compared with itself", () => {
  assert.deepEqual(others(VIEW).map(({ id }) => id), [1, 2, 3, 4, 5]);
  const chosen = others({ ...VIEW, other: { id: 42, text: "y", logprob: -1 } });
  assert.deepEqual(chosen.filter(({ isChosen }) => isChosen).map(({ id }) => id), [42]);
});

test("the likeliest target needs no word, and what was compared with changes places", () => {
  assert.deepEqual(aimedAt(VIEW, 0), { target: null });
  assert.deepEqual(aimedAt(VIEW, 3), { target: 3 });
  assert.deepEqual(aimedAt({ ...VIEW, other: { id: 3, text: " 3", logprob: -1 } }, 3), { target: 3, other: 0 });
});

const TOKENS = [BOS, token(1, "The"), token(2, " capital"), token(3, " of"), token(4, " the"), token(5, " old"), token(6, " kingdom"), token(7, " is")];

test("the end of what was read is quoted in whole tokens", () => {
  assert.equal(tail(TOKENS, 3), "The capital of");
  assert.equal(tail(TOKENS, 7), "…of the old kingdom is");
  assert.equal(tail(TOKENS, 0), "the start of the text");
});

test("a log-probability near nothing keeps its first digit", () => {
  assert.equal(logp(-0.00042), "−0.0004");
  assert.equal(logp(-0.07), "−0.070");
  assert.equal(logp(0), "0");
});

test("the sentence adds up what attention and the FFN layers did", () => {
  const reply = { start_logprob: -8, end_logprob: Math.log(0.5), layers: [{ layer: 0, attn: 1, ffn: 2 }, { layer: 1, attn: -0.5, ffn: 4 }] };
  const ask = { tokens: TOKENS, position: 3, target: { id: 1, text: " Paris", logprob: Math.log(0.5) }, state: { ...DEFAULTS, model: "demo" } };
  const said = sentence(ask, reply);
  assert.match(said, /After “The capital of” the model gives “ Paris” 50 %/);
  assert.match(said, /0\.03 %/);
  assert.match(said, /attention moved log\u00a0p by \+0\.500 nats in all, the FFN layers by \+6\.00/);
  assert.match(said, /Layer 1’s FFN raised it most, by \+4\.00/);
  assert.doesNotMatch(said, /bias/);
  assert.match(sentence({ ...ask, state: { ...ask.state, bias: "omit" } }, reply), /Without the final norm’s bias/);
});

test("a request names the text as the address does", () => {
  const view = { ...VIEW, words: "a b", tokens: TOKENS, position: 3, others: [], model: {} };
  const state = { ...DEFAULTS, model: "demo", ln: "exact", bos: false };
  const { signal } = new AbortController();
  const { body } = askOf(state, view, signal, () => {});
  assert.deepEqual(body, { text: "a b", position: 3, target: { id: 0 }, ln: "exact", ln_bias: "include", prepend_bos: false });
  assert.deepEqual(Object.keys(untargeted(body)), ["text", "position", "ln", "ln_bias", "prepend_bos"]);
  assert.equal(askOf({ ...state, prompt: 7 }, view, signal, () => {}).body.prompt_id, 7);
  assert.equal(askOf(state, { ...view, target: null }, signal, () => {}), null);
});

test("a question asked twice is put once, and its answer kept", async () => {
  const memory = new Memory(8);
  let asked = 0;
  const ask = async () => ++asked;
  assert.deepEqual(await Promise.all([memory.get("a", ask), memory.get("a", ask)]), [1, 1]);
  assert.equal(await memory.get("a", ask), 1);
});

test("a question is withdrawn when nobody waits for it any more, and not before", async () => {
  const memory = new Memory(8);
  let withdrawn = false;
  const never = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => {
    withdrawn = true;
    reject(signal.reason);
  }));
  const [one, two] = [new AbortController(), new AbortController()];
  const first = memory.get("a", never, one.signal);
  const second = memory.get("a", never, two.signal);
  one.abort();
  await assert.rejects(first);
  assert.equal(withdrawn, false);
  two.abort();
  await assert.rejects(second);
  assert.equal(withdrawn, true);
  assert.equal(await memory.get("a", async () => "asked again"), "asked again");
});

test("what failed is asked again, and what was not used for longest gives way", async () => {
  const memory = new Memory(2);
  await assert.rejects(memory.get("a", async () => {
    throw new Error("down");
  }));
  assert.equal(await memory.get("a", async () => 1), 1);
  await memory.get("b", async () => 2);
  await memory.get("a", async () => 9);
  await memory.get("c", async () => 3);
  assert.equal(await memory.get("a", async () => 9), 1);
  assert.equal(await memory.get("b", async () => 9), 9);
});
