"""Bundles over HTTP: downloaded, uploaded, and what a visitor may bring in."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.main import create_app
from app.model.loading import LoadedModel
from app.web.api import bundles
from tests.db.bundle_world import contents, members, repacked
from tests.web.conftest import SITE, TEXT, Running, settings_for
from tests.web.saving import ok, person, refused

ZIP = "application/zip"
PATH = "/api/v1/bundles"


@contextmanager
def _running(folder: Path, model: LoadedModel, **given: object) -> Iterator[Running]:
    app = create_app(settings_for(folder, **given), load=lambda _: model)
    with TestClient(app, raise_server_exceptions=False) as client:
        site = Running(client, app, model.name)
        site.services.hub.wait()
        yield site


@pytest.fixture
def other(tmp_path: Path, tiny_model: LoadedModel) -> Iterator[Running]:
    """Another instance with the same model, and nothing saved in it."""
    with _running(tmp_path / "other", tiny_model) as site:
        yield site


def _export(web: Running, username: str | None = None) -> bytes:
    response = web.client.get(PATH, params={} if username is None else {"username": username})
    assert response.status_code == 200, response.text
    return response.content


def _import(web: Running, bundle: bytes, username: str = "Ada", **headers: str) -> Response:
    sent = {"Content-Type": ZIP, **headers}
    return web.client.post(PATH, params={"username": username}, content=bundle, headers=sent)


def _kinds(report: dict[str, Any], what: str) -> dict[str, int]:
    return {kind: each[what] for kind, each in report.items() if isinstance(each, dict)}


def test_a_users_things_are_downloaded_as_a_zip(web: Running) -> None:
    ada = person(web, "Ada")
    ada.save("mine", explanation="what it is")
    response = web.client.get(PATH, params={"username": ada.username})
    assert response.status_code == 200
    assert response.headers["content-type"] == ZIP
    assert int(response.headers["content-length"]) == len(response.content)
    assert "content-encoding" not in response.headers
    name = ada.username.replace(" ", "-")
    assert (
        f'attachment; filename="residual-streams-{name}-'
        in (response.headers["content-disposition"])
    )
    found = contents(response.content)
    assert [row["name"] for row in found["directions.jsonl"]] == ["mine"]
    assert [row["text"] for row in found["explanations.jsonl"]] == ["what it is"]


def test_a_bundles_file_name_keeps_its_accents(web: Running) -> None:
    zoe = person(web, "Zoë")
    zoe.save("hers")
    told = web.client.get(PATH, params={"username": zoe.username}).headers["content-disposition"]
    assert 'filename="residual-streams-Zoe' in told
    assert "filename*=UTF-8''residual-streams-Zo%C3%AB" in told and told.endswith(".zip")


def test_everything_public_is_downloaded_without_a_name(web: Running) -> None:
    ada, bob = person(web, "Ada"), person(web, "Bob")
    for each in (ada, bob):
        each.save("theirs")
    hidden = ada.save("not for everybody", visibility="unlisted")
    bob.explain(hidden["id"], "nor this")
    found = contents(_export(web))
    assert "not for everybody" not in str(found["directions.jsonl"])
    assert "nor this" not in str(found["explanations.jsonl"])
    assert "not for everybody" in str(contents(_export(web, ada.username))["directions.jsonl"])
    assert {ada.username, bob.username} <= {row["username"] for row in found["directions.jsonl"]}
    assert found["manifest.json"]["of"] is None


@pytest.mark.parametrize("name", ["nobody at all", "\u202e", "x" * 81])
def test_a_bundle_of_nobody_is_404(web: Running, name: str) -> None:
    refused(web.client.get(PATH, params={"username": name}), 404)


def test_every_way_of_making_a_direction_survives_the_journey(web: Running, other: Running) -> None:
    ada, bob = person(web, "Ada"), person(web, "Bob")
    first = ada.save("of a vector", explanation="numbers", side="plus")
    ada.save("of a component", component=2)
    parts = [{"component": 0, "weight": 1.5}, {"id": first["id"], "weight": -1}]
    mixed = ada.save("a combination", combination=parts)
    prompt = ok(ada.send("POST", "prompts", text=TEXT, model=web.model), 201)
    ada.save("of a token", token={"text": TEXT, "position": 3})
    places = {"plus": {"prompt_id": prompt["id"], "position": 1}, "minus": {"text": "Rome"}}
    ada.save("a difference", difference=places)
    ada.save("unlisted", visibility="unlisted")
    ok(ada.send("POST", f"directions/{mixed['id']}/copies"), 201)
    component = ok(web.get(f"/sites/{SITE}/components/1"))
    said = bob.explain(component["id"], "a component")
    ada.vote(said["id"])
    upload = web.client.post(
        "/api/v1/directions",
        data={"username": ada.username, "name": "a file", "model": web.model, "site": SITE},
        files={"file": ("direction.json", json.dumps([1.0] * 48), "application/json")},
    )
    assert upload.status_code == 201, upload.text
    sent = _export(web, ada.username)
    report = ok(_import(other, sent, ada.username))
    # A component is nobody's: another fit's is not taken from a page.
    assert report["directions"] == {"added": 8, "known": 0, "skipped": 1}
    assert any("PCA basis" in reason for reason in report["skipped"])
    again = ok(_import(other, sent, ada.username))
    assert set(_kinds(again, "added").values()) == {0}
    assert again["directions"]["known"] == 8
    there = person(other)
    listed = ok(there.get("directions", username=ada.username, limit=100))["items"]
    here = ok(ada.get("directions", username=ada.username, limit=100))["items"]
    assert [row["name"] for row in listed] == [row["name"] for row in here]
    for row, original in zip(listed, here, strict=True):
        numbers = ok(there.get(f"directions/{row['id']}/vector"))
        assert numbers == ok(ada.get(f"directions/{original['id']}/vector"))
        assert other.client.get(f"/directions/{row['id']}").status_code == 200, row["provenance"]


def test_components_come_back_to_the_instance_they_are_of(web: Running) -> None:
    bob = person(web, "Bob")
    component = ok(web.get(f"/sites/{SITE}/components/4"))
    bob.explain(component["id"], "the fourth")
    assert ok(_import(web, _export(web, bob.username), bob.username))["skipped"] == []


def test_somebody_elses_claimed_name_is_left_alone(web: Running, other: Running) -> None:
    ada, bob = person(web, "Ada"), person(web, "Bob")
    direction = ada.save("hers")
    ada.vote(bob.explain(direction["id"], "what Bob thinks")["id"])
    sent = _export(web)
    claim = f"/api/v1/users/{bob.username}/claim"
    person(other, "x").save()
    ok(other.client.post("/api/v1/directions", json={
        "username": bob.username, "name": "his", "model": "tiny", "site": SITE,
        "vector": [1.0] * 48,
    }), 201)  # fmt: skip
    ok(other.client.post(claim, json={"passphrase": "correct horse"}), 201)
    other.client.cookies.clear()
    report = ok(_import(other, sent, ada.username))
    assert report["explanations"]["skipped"] >= 1
    assert any(f"{bob.username} is claimed" in reason for reason in report["skipped"])
    assert not ok(person(other).get("directions", username=bob.username, q="hers"))["items"]
    refused(_import(other, sent, bob.username), 403, field="username", says="claimed")


def test_a_name_that_cannot_be_used_is_refused(other: Running) -> None:
    refused(_import(other, _export(other), "\u202e"), 422, field="username")
    response = other.client.post(PATH, content=b"", headers={"Content-Type": ZIP})
    refused(response, 422, field="username")


@pytest.mark.parametrize(
    ("body", "says"), [(b"", "not a zip"), (b"PK", "not a zip"), (repacked({}), "manifest.json")]
)
def test_what_is_no_bundle_is_refused(web: Running, body: bytes, says: str) -> None:
    refused(_import(web, body, person(web).username), 422, field="file", says=says)


def test_a_refused_bundle_makes_no_name(other: Running) -> None:
    refused(_import(other, b"PK", "Nobody yet"), 422)
    assert other.client.get("/api/v1/users/Nobody yet").status_code == 404


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_another_content_type_is_refused(web: Running, kind: str) -> None:
    headers = {"Content-Type": kind}
    refused(_import(web, _export(web, person_with_something(web)), "Ada", **headers), 415)


def person_with_something(web: Running) -> str:
    """The name of somebody who has saved a direction."""
    ada = person(web, "Ada")
    ada.save()
    return ada.username


def test_a_bundle_of_another_width_is_refused_with_both_numbers(
    web: Running, other: Running
) -> None:
    files = members(_export(web, person_with_something(web)))
    manifest = json.loads(files["manifest.json"])
    manifest["models"]["tiny"]["sites"][SITE] = 768
    sent = repacked({**files, "manifest.json": json.dumps(manifest).encode()})
    problem = refused(_import(other, sent), 422, field="file")
    for word in ("tiny", "768", "48"):
        assert word in problem["detail"]


def test_bundles_have_a_limit_of_their_own(tmp_path: Path, tiny_model: LoadedModel) -> None:
    limits = {"max_body_bytes": 2000, "max_bundle_bytes": 20_000}
    with _running(tmp_path, tiny_model, **limits) as site:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as file:
            file.writestr("a", b"a" * 10_000)
        refused(_import(site, made.getvalue()), 422, field="file", says="manifest.json")
        refused(_import(site, b"a" * 20_001), 413, says="20,000")
        body = {"text": "a" * 3000}
        refused(site.client.post(f"{site.api}/tokens", json=body), 413, says="2,000")
        bomb = repacked({**members(_export(site)), "users.jsonl": b"\n" * 100_000})
        assert len(bomb) < 20_000
        refused(_import(site, bomb), 422, field="file", says="are read at most")


def test_another_sites_page_cannot_upload(web: Running) -> None:
    refused(_import(web, b"", "Ada", **{"Sec-Fetch-Site": "cross-site"}), 403)


def test_one_bundle_is_imported_at_a_time(web: Running) -> None:
    sent = _export(web, person_with_something(web))
    with web.app.state.bundles.imports.take():
        problem = refused(_import(web, sent), 503, says="being imported")
    assert problem["title"] == "Not available right now"
    assert _import(web, sent).status_code == 200


def test_two_bundles_are_made_at_a_time(web: Running) -> None:
    exports = web.app.state.bundles.exports
    with exports.take(), exports.take():
        refused(web.client.get(PATH), 503, says="being made")
    _export(web)


def test_a_name_that_is_not_yours_is_refused_before_the_body_is_read(other: Running) -> None:
    person(other, "x").save()
    ok(other.client.post("/api/v1/prompts", json={
        "username": "Zoe", "text": TEXT, "model": "tiny",
    }), 201)  # fmt: skip
    claim = "/api/v1/users/Zoe/claim"
    ok(other.client.post(claim, json={"passphrase": "correct horse"}), 201)
    other.client.cookies.clear()
    refused(_import(other, b"PK", "Zoe"), 403, field="username", says="claimed")
    refused(_import(other, b"PK", "Nobody yet"), 422, field="file")


def test_a_page_brings_in_fewer_records_than_the_command_line(
    web: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = _export(web, person_with_something(web))
    assert bundles.MAX_LINES == 100_000
    monkeypatch.setattr(bundles, "MAX_LINES", 1)
    refused(_import(web, sent), 422, field="file", says="1 are read at most")
