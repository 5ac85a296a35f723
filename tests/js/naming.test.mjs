import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, isAtSite, otherBody, placeKey, placeQuery } from "../../static/js/viewer/naming.js";

const AT = { model: "demo", site: "blocks.0.attn.hook_z", head: 1, token: null, direction: null, texts: ["a"] };

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

test("a saved direction is asked for by its number alone, and is a place of its own", () => {
  const saved = { ...AT, direction: 12 };
  assert.deepEqual(otherBody(saved), { id: 12 });
  assert.equal(placeQuery(saved), "direction=12");
  assert.notEqual(placeKey(saved), placeKey(AT));
});

test("a component and a saved direction have an address, a mix and a token have none", () => {
  const mix = [[4, 1]];
  assert.match(addressOf({ ...AT, mix }), /demo\/sites\/blocks.0.attn.hook_z\/components\/4\?head=1$/);
  assert.equal(addressOf({ ...AT, mix, direction: 12 }), "/api/v1/directions/12");
  assert.equal(addressOf({ ...AT, mix: [[4, 1], [5, 1]] }), null);
  assert.equal(addressOf({ ...AT, mix, token: "p3:1" }), null);
});
