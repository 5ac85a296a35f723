import assert from "node:assert/strict";
import { test } from "node:test";

import { isAtSite, placeKey } from "../../static/js/viewer/naming.js";

const AT = { model: "demo", site: "blocks.0.attn.hook_z", head: 1, token: null, texts: ["a"] };

test("a site has every head's and every token's place", () => {
  for (const head of [0, 1, 7]) {
    for (const token of [null, "p3:1", "t0:2"]) {
      assert.ok(isAtSite(placeKey({ ...AT, head, token }), AT));
    }
  }
});

test("no place of another site or model is a site's", () => {
  assert.ok(!isAtSite(placeKey({ ...AT, site: "blocks.0.attn.hook_q" }), AT));
  assert.ok(!isAtSite(placeKey({ ...AT, model: "gpt2" }), AT));
});
