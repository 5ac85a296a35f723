"""GET models, models/{m}, models/{m}/sites, /grid, POST /tokens: what there is to look at."""

from tests.web.conftest import FITTED, TEXT, Running


def test_the_served_models_are_listed_with_their_sizes(web: Running) -> None:
    body = web.client.get("/api/v1/models").json()
    assert body["next"] is None
    (model,) = body["items"]
    assert model["name"] == "tiny"
    assert model["default"] is True
    assert model["status"] == "ready"
    sizes = ("n_layers", "d_model", "n_heads", "d_head", "d_mlp", "n_ctx")
    assert [model[size] for size in sizes] == [3, 48, 4, 12, 192, 64]
    assert model["d_vocab"] == len(
        web.services.hub.get("tiny").tokenizer.raw.get_vocab(with_added_tokens=True)
    )
    assert model["revision"] and model["source"]


def test_one_model_is_as_in_the_list(web: Running) -> None:
    assert web.get("").json() == web.client.get("/api/v1/models").json()["items"][0]


def test_every_site_of_the_model_is_listed_in_the_order_of_the_forward_pass(web: Running) -> None:
    items = web.get("/sites").json()["items"]
    model = web.services.hub.get("tiny")
    assert [item["name"] for item in items] == list(model.sites)
    assert {item["name"] for item in items if item["fitted"]} == set(FITTED)
    basic = [item["label"] for item in items if item["basic"]]
    expected = ["Token embedding", "Positional embedding", "Layer 0", "Layer 1", "Layer 2"]
    assert basic == [*expected, "Output"]
    heads = {item["name"]: item["n_heads"] for item in items}
    assert heads["blocks.0.attn.hook_z"] == 4
    assert heads["blocks.0.hook_resid_pre"] is None


def test_the_grid_has_a_row_for_each_basic_site(web: Running) -> None:
    grid = web.get("/grid", components=5).json()
    assert grid["components"] == 5
    assert len(grid["sites"]) == 6
    for row in grid["sites"]:
        assert row["fitted"] == (row["name"] in FITTED)
        ratios = row["explained_variance_ratio"]
        assert len(ratios) == (5 if row["fitted"] else 0)
        assert ratios == sorted(ratios, reverse=True)


def test_tokens_joined_are_the_text(web: Running) -> None:
    tokens = web.post("/tokens", {"text": TEXT}).json()["tokens"]
    assert [token["special"] for token in tokens] == [True] + [False] * (len(tokens) - 1)
    assert "".join(token["text"] for token in tokens[1:]) == TEXT


def test_tokens_of_a_stored_prompt_are_those_of_its_text(
    web: Running, prompt_ids: list[int]
) -> None:
    text = web.client.get(f"/api/v1/prompts/{prompt_ids[0]}").json()["text"]
    stored = web.post("/tokens", {"prompt_id": prompt_ids[0], "prepend_bos": False}).json()
    assert stored == web.post("/tokens", {"text": text, "prepend_bos": False}).json()
    assert not any(token["special"] for token in stored["tokens"])
