import assert from "node:assert/strict";
import { test } from "node:test";

import { askOf, untargeted } from "../../static/js/contributions/asking.js";
import { likely, others, small, targets } from "../../static/js/contributions/chips.js";
import { Memory } from "../../static/js/contributions/memory.js";
import { about, named, offersOf, readings, visible } from "../../static/js/contributions/offers.js";
import { aimedAt, question } from "../../static/js/contributions/place.js";
import { earlier } from "../../static/js/contributions/running.js";
import { DEFAULTS } from "../../static/js/contributions/state.js";
import { logp, sentence, tail } from "../../static/js/contributions/summary.js";

const token = (id, text) => ({ id, text, special: false });
const cut = (id, text, alone = text) => ({ id, text, special: false, alone });
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
  const both = offersOf("Paris", [[cut(1, " Paris")], [cut(2, "Paris")]]);
  assert.deepEqual([both.isWhole, both.tokens], [true, [cut(1, " Paris"), cut(2, "Paris")]]);
  assert.match(about(both), /or without/);
  assert.deepEqual(offersOf("Pa", [[cut(1, " P"), cut(3, "a")], [cut(2, "Pa")]]).tokens, [cut(2, "Pa")]);
  const pieces = offersOf("kaa", [[cut(1, " k"), cut(3, "a"), cut(3, "a")], [cut(2, "k"), cut(4, "aa")]]);
  assert.deepEqual([pieces.isWhole, pieces.tokens], [false, [cut(1, " k"), cut(3, "a")]]);
  assert.match(about(pieces), /“kaa” is 3 tokens/);
});

test("only what was typed is taken without asking", () => {
  const spaced = offersOf("Paris", [[cut(1, " Paris")], [cut(2, "Par"), cut(3, "is")]]);
  assert.equal(spaced.isExact, false);
  assert.match(about(spaced), /only with the space/);
  assert.equal(offersOf(" Paris", [[cut(1, " Paris")]]).isExact, true);
  assert.equal(offersOf("Paris", [[cut(1, " Paris")], [cut(2, "Paris")]]).isExact, false);
  assert.equal(offersOf("ing", [[cut(1, " in"), cut(2, "g")], [cut(3, "ing")]]).isExact, true);
});

test("a token in running words has no white space around it, and is never invisible", () => {
  for (const [text, said] of [[" Paris", "Paris"], ["\n ", "↵␣"], ["", "·"], ["\\xB3", "\\xB3"], [" a b\n", "a␣b"]]) {
    assert.equal(named(text), said);
  }
});

// `tests/web/test_contribution_page.py` holds the server to the same.
const CHANCES = [
  [Math.log(0.5), "50 %", null],
  [Math.log(0.0002), "0.02 %", null],
  [-11.2, "log\u00a0p\u00a0−11.2", "p = 1.4 × 10⁻⁵"],
  [Math.log(9.96e-6), "log\u00a0p\u00a0−11.5", "p = 1.0 × 10⁻⁵"],
  [-800, "log\u00a0p\u00a0−800.0", "p = 3.7 × 10⁻³⁴⁸"],
];

test("small probabilities can be told apart", () => {
  for (const [logprob, said, number] of CHANCES) {
    assert.equal(likely(logprob), said);
    assert.equal(small(logprob), number);
  }
});

test("only the likeliest token is what the model says", () => {
  assert.equal(question({ ...VIEW, target: { id: 0, text: " Paris", logprob: -1 } }), "What made it say “Paris”?");
  assert.equal(question({ ...VIEW, target: { id: 9, text: "%", logprob: -9 } }), "What raised or lowered “%”?");
  assert.equal(question({ ...VIEW, target: null }), "What made it say that?");
});

test("what could not be brought up to date is named as the earlier answer", () => {
  const old = { target: { id: 1, text: " Paris", logprob: -1 }, tokens: TOKENS, position: 3 };
  assert.equal(earlier(undefined, old), "");
  assert.match(earlier(old, { ...old, target: { id: 2, text: "x", logprob: -1 } }), /earlier answer, for “Paris” after “The capital of”/);
  assert.match(earlier(old, old), /earlier answer\. $/);
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
  assert.deepEqual(chips.at(-1), { id: 99, text: "x", logprob: -5, isChosen: true });
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
  const sentences = ["A sentence that is long", ".", " The capital of Italy"].map((text, id) => ({ id, text, special: false }));
  assert.equal(tail(sentences, 2), "…The capital of Italy");
  assert.equal(tail(TOKENS, 0), "");
  assert.equal(tail([BOS, token(1, "  "), token(2, "\n")], 2), "␣␣↵");
  assert.equal(tail([BOS, token(1, " To"), token(2, " ")], 2), "To␣");
  assert.equal(tail([BOS, token(1, "a".repeat(30)), token(2, " b "), token(3, " ")], 3), "…b␣␣");
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
  assert.match(said, /After “The capital of” the model gives “Paris” 50 %/);
  assert.match(sentence({ ...ask, position: 0 }, reply), /^At the start of the text the model/);
  assert.match(sentence({ ...ask, target: { ...ask.target, text: "\n " } }, reply), /gives “↵␣”/);
  assert.match(said, /0\.03 %/);
  assert.match(said, /attention moved log\u00a0p by \+0\.500 nats in all, the FFN layers by \+6\.00/);
  assert.match(said, /Layer 1’s FFN raised it most, by 4\.00\.$/);
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
