"""Neurons as directions: scored, saved and shown along what they write to the residual stream."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from transformers import GPT2LMHeadModel

from app.db import directions
from app.main import create_app
from app.model.loading import LoadedModel, load_named
from app.web.neurons import neuron_name, neuron_phrase
from tests.analysis.brute import Brute
from tests.model.test_loading import llama
from tests.models import byte_level_tokenizer, save
from tests.web.conftest import FITTED, SITE, TEXT, Running, settings_for
from tests.web.saving import Json, Person, ok, person, refused
from tests.web.test_bundles import _export as exported
from tests.web.test_bundles import _import as imported
from tests.web.test_pages import data_in, opened

Array = np.ndarray[Any, Any]
HEADS = FITTED[2]
FFN: Json = {"layer": 0, "index": 7}
ATTENTION: Json = {"layer": 1, "head": 2, "dim": 5}


@pytest.fixture(scope="module")
def brute(tiny_gpt2_dir: Path, tiny_model: LoadedModel) -> Brute:
    """The model run on TEXT by `transformers`, in float64."""
    ids = list(tiny_model.tokenizer.encode(TEXT))
    return Brute(GPT2LMHeadModel.from_pretrained(tiny_gpt2_dir, attn_implementation="eager"), ids)


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


def written(brute: Brute, neuron: Json) -> Array:
    """What a module's projection makes of one neuron alone, at length 1."""
    block = brute.blocks[neuron["layer"]]
    module = block.mlp if "index" in neuron else block.attn
    at = neuron.get("index")
    if at is None:
        at = neuron["head"] * (block.attn.embed_dim // brute.heads) + neuron["dim"]
    on = torch.zeros(1, module.c_proj.weight.shape[0], dtype=torch.float64)
    on[0, at] = 1.0
    row = module.c_proj(on) - module.c_proj(torch.zeros_like(on))
    unit: Array = (row / row.norm())[0].numpy()
    return unit


def scored(web: Running, site: str, *directions: Json) -> Array:
    answer = web.post("/scores", {"site": site, "texts": [TEXT], "directions": directions})
    assert answer.status_code == 200, answer.text
    return np.array(answer.json()["prompts"][0]["scores"])


def close(got: object, expected: Array) -> None:
    np.testing.assert_allclose(
        np.asarray(got), expected, atol=1e-4 * max(1.0, np.abs(expected).max())
    )


@pytest.mark.parametrize("neuron", [FFN, ATTENTION, {"layer": 2, "index": 191}])
@pytest.mark.parametrize(
    ("site", "seen"),
    [
        ("blocks.1.hook_resid_pre", "pre1"),
        ("blocks.2.hook_resid_mid", "mid2"),
        ("blocks.2.hook_resid_post", "final"),
        ("blocks.0.hook_mlp_out", "mlp0"),
        ("blocks.1.hook_attn_out", "attn1"),
    ],
)
def test_a_token_scores_its_dot_product_with_what_the_neuron_writes(
    web: Running, brute: Brute, neuron: Json, site: str, seen: str
) -> None:
    expected = brute.seen[seen].numpy() @ written(brute, neuron)
    close(scored(web, site, {"neuron": neuron})[0], expected)


def test_neurons_and_other_directions_are_scored_side_by_side(web: Running, brute: Brute) -> None:
    together = scored(web, SITE, {"component": 0}, {"neuron": FFN}, {"neuron": ATTENTION})
    vectors = np.stack([written(brute, FFN), written(brute, ATTENTION)])
    close(together[1:], vectors @ brute.seen["pre1"].numpy().T)


def test_a_neuron_has_a_histogram_top_tokens_and_a_heatmap(web: Running, brute: Brute) -> None:
    body = {"site": SITE, "direction": {"neuron": FFN}}
    for path in ("/histogram", "/top-tokens"):
        answer = web.post(path, body)
        if answer.status_code == 202:
            assert web.finished(answer.json()["task"])["state"] == "done"
            answer = web.post(path, body)
        assert answer.status_code == 200, answer.text
    table = ok(web.post("/heatmap", {**body, "text": TEXT, "across": "direction"}))
    for layer in range(3):
        close(table["scores"][layer], brute.seen[f"pre{layer}"].numpy() @ written(brute, FFN))


@pytest.mark.parametrize(
    ("neuron", "field", "says"),
    [
        ({"layer": 3, "index": 0}, "neuron.layer", "no layer 3 here; they go from 0 to 2"),
        ({"layer": 0, "index": 192}, "neuron.index", "no neuron 192 here; they go from 0 to 191"),
        ({"layer": 3, "head": 0, "dim": 0}, "neuron.layer", "0 to 2"),
        ({"layer": 0, "head": 4, "dim": 0}, "neuron.head", "no head 4 here; they go from 0 to 3"),
        ({"layer": 0, "head": 0, "dim": 12}, "neuron.dim", "they go from 0 to 11"),
        ({"layer": -1, "index": 0}, "neuron.layer", "greater than or equal to 0"),
        ({"index": 0}, "neuron.layer", "required"),
        ({"layer": 0}, "neuron", "`layer` and `index` (FFN)"),
        ({"layer": 0, "head": 1}, "neuron", "`layer`, `head` and `dim` (attention)"),
        ({"layer": 0, "dim": 1}, "neuron", "attention"),
        ({"layer": 0, "index": 1, "head": 1, "dim": 1}, "neuron", "attention"),
        ({"layer": 0, "index": 1, "more": 1}, "neuron.more", "xtra"),
        ({"layer": "0", "index": 1}, "neuron.layer", "integer"),
    ],
)
def test_a_neuron_that_is_not_there_is_refused_by_its_number(
    web: Running, ada: Person, neuron: Json, field: str, says: str
) -> None:
    body = {"site": SITE, "texts": [TEXT], "directions": [{"component": 0}, {"neuron": neuron}]}
    fault = web.post("/scores", body).json()["errors"][0]
    assert fault["field"] == f"directions.1.{field}"
    assert says in fault["message"]
    assert refused(ada.try_save(neuron=neuron), 422)["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("site", "head"),
    [(HEADS, 1), ("blocks.0.attn.hook_q", 0), ("blocks.1.mlp.hook_post", None)],
)
def test_where_the_stream_is_not_a_neuron_is_refused(
    ada: Person, site: str, head: int | None
) -> None:
    given = {"site": site} if head is None else {"site": site, "head": head}
    answer = ada.try_save(neuron=FFN, **given)
    refused(answer, 422, field="neuron", says="has coordinates of its own")


@pytest.mark.parametrize("name", ["blocks.1.ln2.hook_normalized", "ln_final.hook_normalized"])
def test_what_a_layer_norm_makes_of_the_stream_has_its_coordinates(
    web: Running, brute: Brute, name: str
) -> None:
    """A LayerNorm's output, before its scale and shift, is the stream centred and scaled."""
    stream = brute.seen["mid1" if "ln2" in name else "final"].numpy()
    centred = stream - stream.mean(axis=1, keepdims=True)
    read = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    close(scored(web, name, {"neuron": FFN})[0], read @ written(brute, FFN))


def test_a_model_of_another_architecture_is_refused_with_the_reason(llama_web: Running) -> None:
    body = {"site": SITE, "texts": ["a"], "directions": [{"neuron": {"layer": 0, "index": 1}}]}
    problem = refused(llama_web.post("/scores", body), 422, says="GPT-2's architecture")
    assert problem["errors"][0]["field"] == "directions.0.neuron"
    page = opened(llama_web, "/?neuron=0.1", 422)
    assert "gated" in page and data_in(page)["state"]["neuron"] is None


@pytest.fixture(scope="module")
def llama_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("models") / "neuron-llama"
    model = load_named(str(save(llama(), byte_level_tokenizer(), folder)), device="cpu")
    app = create_app(settings_for(tmp_path_factory.mktemp("data")), load=lambda _: model)
    with TestClient(app, raise_server_exceptions=False) as client:
        site = Running(client, app, model.name)
        site.services.hub.wait()
        yield site


@pytest.mark.parametrize(
    ("neuron", "address", "words"),
    [
        (FFN, "0.7", "neuron 7 of layer 0’s FFN"),
        (ATTENTION, "1.2.5", "neuron 5 of layer 1’s head 2"),
    ],
)
def test_a_saved_neuron_keeps_where_it_comes_from(
    web: Running, brute: Brute, ada: Person, neuron: Json, address: str, words: str
) -> None:
    saved = ada.save(neuron=neuron)
    assert saved["provenance"] == {"kind": "neuron", "model": web.model, **neuron}
    vector = ok(ada.get(f"directions/{saved['id']}/vector"))
    close(vector, written(brute, neuron))
    page = opened(web, f"/directions/{saved['id']}")
    link = re.search(rf'<a href="([^"]+)"[^>]*>{words}</a>', page)
    assert link is not None
    reopened = data_in(opened(web, link[1].replace("&amp;", "&")))
    assert reopened["state"]["neuron"] == address
    copied = ok(person(web).send("POST", f"directions/{saved['id']}/copies"), 201)
    assert copied["provenance"]["made"] == saved["provenance"]
    assert words in opened(web, f"/directions/{copied['id']}")


def test_a_neuron_is_in_a_bundle_with_its_numbers(web: Running, ada: Person) -> None:
    kept = [ada.save(neuron=neuron) for neuron in (FFN, ATTENTION)]
    bundle = exported(web, ada.username)
    for row in kept:
        assert ada.delete(f"directions/{row['id']}").status_code == 204
    ok(imported(web, bundle, ada.username))
    back = ok(ada.get("directions", username=ada.username))["items"]
    assert [row["provenance"] for row in back] == [row["provenance"] for row in kept[::-1]]


@pytest.mark.parametrize(
    ("address", "site", "heading"),
    [
        ("0.7", "blocks.1.hook_resid_pre", "Layer 0 · neuron 7"),
        ("2.191", "blocks.2.hook_resid_post", "Layer 2 · neuron 191"),
        ("1.2.5", "blocks.1.hook_resid_mid", "Layer 1 · head 2 · neuron 5"),
    ],
)
def test_the_viewer_opens_where_the_neuron_has_just_written(
    web: Running, address: str, site: str, heading: str
) -> None:
    page = opened(web, f"/?neuron={address}&text={TEXT}")
    view = data_in(page)
    assert web.client.get(f"/view.json?neuron={address}&text={TEXT}").json() == view
    assert (view["state"]["site"], view["state"]["neuron"]) == (site, address)
    assert view["other_direction"]["kind"] == "neuron"
    assert f'id="direction-title">{heading}</h3>' in page
    share = " · explains" if view["basis"] else "</p>"
    assert f">at {view['site']['label']}{share}" in page
    assert re.search(r'class="t [pn]\d+"', page)
    elsewhere = data_in(opened(web, f"/?neuron={address}&site={SITE}"))
    assert elsewhere["state"]["site"] == SITE
    assert elsewhere["state"]["neuron"] == address


@pytest.mark.parametrize("neuron", [FFN, ATTENTION])
def test_a_neuron_says_the_tokens_that_it_raises_and_lowers_most(
    web: Running, brute: Brute, neuron: Json
) -> None:
    """By W_U (γ ⊙ (v − mean v)), here from the modules themselves, token by token."""
    vector = torch.from_numpy(written(brute, neuron))
    final, embedding = brute.model.transformer.ln_f, brute.model.transformer.wte.weight
    read = final.weight * (vector - vector.mean())
    bs = [float(row @ read) for row in embedding]
    order = sorted(range(len(bs)), key=bs.__getitem__)
    text_of = web.services.hub.get(web.model).tokenizer.text_of
    address = ".".join(map(str, neuron.values()))
    says = web.client.get(f"/view.json?neuron={address}").json()["other_direction"]["says"]
    assert says["raises"] == [text_of(id_) for id_ in order[:-9:-1]]
    assert says["lowers"] == [text_of(id_) for id_ in order[:8]]


@pytest.mark.parametrize("neuron", [FFN, ATTENTION])
def test_a_saved_neuron_and_a_copy_of_it_still_say_their_tokens(
    web: Running, ada: Person, neuron: Json
) -> None:
    address = ".".join(map(str, neuron.values()))
    says = data_in(opened(web, f"/?neuron={address}"))["other_direction"]["says"]
    kept = ada.save(neuron=neuron)
    copied = ok(person(web).send("POST", f"directions/{kept['id']}/copies"), 201)
    for row in (kept, copied):
        page = opened(web, f"/?direction={row['id']}")
        assert data_in(page)["other_direction"]["says"] == says
        assert page.count('class="meaning-says"') == 1
    plain = ada.save()
    assert data_in(opened(web, f"/?direction={plain['id']}"))["other_direction"]["says"] is None


def test_a_recipe_that_names_a_neuron_where_there_can_be_none_is_shown_without_words(
    web: Running, llama_web: Running
) -> None:
    """Recipes come in bundles, from anywhere: of another architecture, or another space."""
    recipe = {"kind": "neuron", "layer": 0, "index": 1}
    for server, site in ((llama_web, SITE), (web, "blocks.1.mlp.hook_post")):
        width = server.services.hub.get(server.model).sites[site].width
        row = person(server).save(site=site, vector=[1.0, *[0.0] * (width - 1)])
        with server.services.writers.begin() as session:
            directions.by_id(session, row["id"]).recipe = recipe
        other = data_in(opened(server, f"/?direction={row['id']}"))["other_direction"]
        assert (other["kind"], other["says"]) == ("saved", None)


def test_the_first_colours_are_of_what_the_neuron_writes(web: Running, brute: Brute) -> None:
    page = opened(web, f"/?neuron=1.2.5&text={TEXT}&n=1")
    labels = re.findall(r'<span class="t[^"]*"[^>]*aria-label="[^"]* ([+−]?[\d.,]+)"', page)
    scores = brute.seen["mid1"].numpy() @ written(brute, ATTENTION)
    shown = [float(label.replace("−", "-").replace(",", "")) for label in labels[: len(scores)]]
    np.testing.assert_allclose(shown, scores, rtol=0.01, atol=0.001)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("neuron=7.1", "neuron=7.1: There is no layer 7 here"),
        ("neuron=0.999", "no neuron 999 here; they go from 0 to 191"),
        ("neuron=0.9.0", "no head 9 here"),
        ("neuron=0", "layer.neuron"),
        ("neuron=0.1&site=blocks.1.mlp.hook_post", "writes to the residual stream"),
    ],
)
def test_what_an_address_gets_wrong_about_a_neuron_is_said_on_a_page_that_works(
    web: Running, query: str, words: str
) -> None:
    page = opened(web, f"/?{query}", 422)
    assert words in page.partition('id="problems"')[2].partition("</div>")[0]
    view = data_in(page)
    assert view["state"]["neuron"] is None and view["prompts"]
    assert web.client.get(f"/view/place.json?{query}").status_code == 422


def test_neurons_are_named_by_where_they_are() -> None:
    assert neuron_name(9, 2342, None) == "Layer 9 · neuron 2342"
    assert neuron_name(9, 17, 4) == "Layer 9 · head 4 · neuron 17"
    assert neuron_phrase(9, 2342, None) == "neuron 2342 of layer 9’s FFN"
    assert neuron_phrase(9, 17, 4) == "neuron 17 of layer 9’s head 4"
