"""GET components/{k}: PCA components as directions that can be talked about."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.web.conftest import FITTED, SITE, Running
from tests.web.saving import Person, ok, person, refused, walk


def test_a_component_is_a_direction_of_nobody(web: Running) -> None:
    found = ok(web.get(f"/sites/{SITE}/components/4"))
    assert (found["name"], found["origin"]) == ("Layer 1 · component 4", "pca")
    assert (found["username"], found["component"], found["head"]) == (None, 4, None)
    assert (found["model"], found["site"], found["site_label"]) == (web.model, SITE, "Layer 1")
    assert found["provenance"]["kind"] == "component"
    assert found["provenance"]["component"] == 4
    provenance = web.get(f"/sites/{SITE}/basis").json()["provenance"]
    assert found["provenance"]["basis"] == provenance["fingerprint"]
    assert found["revision"] == provenance["revision"]


def test_its_vector_is_the_row_of_the_basis(web: Running) -> None:
    found = ok(web.get(f"/sites/{SITE}/components/4"))
    vector = web.client.get(f"/api/v1/directions/{found['id']}/vector").json()
    rows = web.get(f"/sites/{SITE}/basis", components=5).json()["components"]
    np.testing.assert_allclose(vector, rows[4], atol=1e-6)


def test_asked_for_at_once_it_is_one_row(web: Running) -> None:
    def ask(_: int) -> int:
        return int(ok(web.get(f"/sites/{SITE}/components/40"))["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(24)))) == 1


def test_it_is_listed_once_somebody_explained_it(web: Running) -> None:
    found = ok(web.get(f"/sites/{SITE}/components/41"))
    ada = person(web, "ada")
    assert found["id"] not in _listed(ada)
    ada.explain(found["id"], "component forty-one")
    assert found["id"] in _listed(ada)
    shown = ok(web.get(f"/sites/{SITE}/components/41", me=ada.username))
    assert shown["my_explanation"]["text"] == "component forty-one"


def _listed(who: Person) -> list[int]:
    return [row["id"] for row in walk(who.get, "directions", origin="pca", site=SITE)]


def test_each_head_has_its_own_components(web: Running) -> None:
    site = FITTED[2]
    rows = [ok(web.get(f"/sites/{site}/components/0", head=head)) for head in (0, 3)]
    assert rows[0]["id"] != rows[1]["id"]
    assert rows[1]["name"] == "Layer 0 mixed values · head 3 · component 0"
    assert (rows[1]["head"], rows[1]["width"]) == (3, 12)


def test_a_component_is_copied_into_ones_own(web: Running) -> None:
    found = ok(web.get(f"/sites/{SITE}/components/2"))
    copied = ok(person(web).send("POST", f"directions/{found['id']}/copies"), 201)
    assert (copied["origin"], copied["component"]) == ("user", None)
    assert copied["provenance"]["made"] == found["provenance"]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        (f"{SITE}/components/48", 404, "0 to 47"),
        (f"{SITE}/components/-1", 422, ""),
        (f"{SITE}/components/x", 422, ""),
        (f"{SITE}/components/{2**31}", 422, ""),
        (f"{SITE}/components/0?head=1", 422, "no heads"),
        (f"{FITTED[2]}/components/0", 422, "head"),
        (f"{FITTED[2]}/components/0?head=9", 404, "heads 0 to 3"),
        ("nowhere/components/0", 404, "nowhere"),
        ("blocks.2.hook_mlp_out/components/0", 404, "Fit"),
    ],
)
def test_a_component_that_is_not_there_is_refused(
    web: Running, path: str, status: int, says: str
) -> None:
    refused(web.client.get(f"{web.api}/sites/{path}"), status, says=says)
