import assert from "node:assert/strict";
import { test } from "node:test";

import { fitsTheStream, rangesOf } from "../../static/js/viewer/heat.js";

const SITES = ["blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre", "ln_final.hook_normalized"];

test("the output has a range of its own, and special tokens set none", () => {
  const sites = SITES.map((name) => ({ name, label: name }));
  const tokens = [true, false, false].map((special, id) => ({ id, text: "a", special }));
  const scores = [[900, 1, -2], [900, 40, 3], [900, 0.5, -0.25]];
  assert.deepEqual(rangesOf({ sites, tokens, scores }), [40, 40, 0.5]);
  assert.deepEqual(rangesOf({ sites, tokens, scores: [[9, 1, 2], null, null] }), [2, 2, 1]);
});

test("a direction of queries or neurons does not fit the stream; what the stream is written by does", () => {
  for (const name of ["attn.hook_q", "attn.hook_z", "mlp.hook_pre", "mlp.hook_post"]) {
    assert.equal(fitsTheStream(`blocks.3.${name}`), false);
  }
  for (const name of [...SITES, "blocks.0.hook_attn_out", "blocks.0.ln2.hook_normalized", "hook_embed"]) {
    assert.equal(fitsTheStream(name), true);
  }
});
