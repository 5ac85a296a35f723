"""Directions saved, read, listed, changed, deleted and copied by different people."""

import json
from typing import Any

import pytest

from tests.web.conftest import FITTED, SITE, TEXT, Running
from tests.web.saving import PROBLEM, Person, new_vector, ok, person, refused, walk

HEADS = FITTED[2]


@pytest.fixture
def ada(web: Running) -> Person:
    return person(web, "ada")


@pytest.fixture
def grace(web: Running) -> Person:
    return person(web, "grace")


def test_a_saved_direction_has_what_was_given_and_where_it_comes_from(
    web: Running, ada: Person
) -> None:
    saved = ada.save("capitals", explanation="capital cities", side="plus")
    info = web.services.hub.get(web.model).info
    assert saved["name"] == "capitals"
    assert saved["username"] == ada.username
    assert (saved["model"], saved["revision"]) == (info.name, info.revision)
    assert (saved["site"], saved["site_label"], saved["head"]) == (SITE, "Layer 1", None)
    assert (saved["width"], saved["origin"], saved["component"]) == (48, "user", None)
    assert saved["visibility"] == "public"
    assert saved["provenance"] == {"kind": "vector"}
    assert saved["n_explanations"] == 1
    assert saved["best_explanation"] == saved["my_explanation"]
    assert saved["my_explanation"]["text"] == "capital cities"
    assert saved["my_explanation"]["side"] == "plus"
    assert saved["created_at"].endswith(("Z", "+00:00"))


def test_what_is_read_is_what_saving_answered(ada: Person, grace: Person) -> None:
    saved = ada.save("the same", explanation="as it was")
    assert ok(ada.get(f"directions/{saved['id']}")) == saved
    others = ok(grace.get(f"directions/{saved['id']}"))
    assert others == {**saved, "my_explanation": None}


def test_the_same_saved_again_is_answered_with_what_is_there(ada: Person) -> None:
    vector = new_vector()
    first = ada.save("once", vector=vector, explanation="said")
    again = ok(ada.try_save("once", vector=vector, explanation="said"), 200)
    assert again == first
    assert ok(ada.try_save("ONCE", vector=vector), 200)["id"] == first["id"]


def test_another_direction_under_the_same_name_is_refused(ada: Person) -> None:
    ada.save("taken")
    refused(ada.try_save("  Taken "), 409, field="name", says="aken")
    assert person(ada.web).save("taken")["name"] == "taken"  # unique among one's own only


def test_a_refused_explanation_saves_nothing(ada: Person) -> None:
    refused(ada.try_save("half", explanation="x" * 4001), 422, field="explanation", says="4,000")
    assert walk(ada.get, "directions", username=ada.username) == []


def test_names_are_renamed_and_hidden_by_their_owner_only(ada: Person, grace: Person) -> None:
    saved = ada.save("before")
    path = f"directions/{saved['id']}"
    changed = ok(ada.send("PATCH", path, name="after", visibility="unlisted"))
    assert (changed["name"], changed["visibility"]) == ("after", "unlisted")
    assert changed["updated_at"] > saved["updated_at"]
    refused(grace.send("PATCH", path, name="mine"), 403, field="username")
    assert ok(grace.get(path))["name"] == "after"


def test_an_unlisted_direction_is_found_by_its_owner_and_its_address(
    ada: Person, grace: Person
) -> None:
    saved = ada.save("hidden", visibility="unlisted")
    found = [row["id"] for row in walk(grace.get, "directions")]
    assert saved["id"] not in found
    assert ok(grace.get(f"directions/{saved['id']}"))["name"] == "hidden"
    own = walk(ada.get, "directions", username=ada.username)
    assert [row["id"] for row in own] == [saved["id"]]


def test_deleting_hides_and_restoring_brings_everything_back(ada: Person, grace: Person) -> None:
    saved = ada.save("gone and back")
    explained = grace.explain(saved["id"], "a thought")
    ada.vote(explained["id"])
    path = f"directions/{saved['id']}"
    before = ok(ada.get(path))
    assert ada.delete(path).status_code == 204
    for asked in ("", "/vector", "/explanations", "/similar"):
        refused(grace.get(path + asked), 404, says="deleted")
    vote = grace.send("PUT", f"explanations/{explained['id']}/vote", value=1)
    refused(vote, 404, says="deleted")
    refused(grace.send("POST", f"{path}/explanations", text="late"), 404)
    refused(ada.send("PATCH", path, name="x"), 404)
    assert ada.get("directions", username=ada.username).json()["items"] == []
    refused(grace.send("POST", f"{path}/restore"), 403, field="username")
    assert ok(ada.send("POST", f"{path}/restore")) == before
    assert ok(ada.send("POST", f"{path}/restore")) == before
    assert ok(ada.get(path)) == before


def test_a_name_used_again_stands_in_the_way_of_a_restore(ada: Person) -> None:
    first = ada.save("twice")
    ada.delete(f"directions/{first['id']}")
    ada.save("twice")
    refused(ada.send("POST", f"directions/{first['id']}/restore"), 409, field="name")


def test_nobody_deletes_anothers_direction(web: Running, ada: Person, grace: Person) -> None:
    saved = ada.save("not yours")
    refused(grace.delete(f"directions/{saved['id']}"), 403, field="username")
    component = ok(web.get(f"/sites/{SITE}/components/6"))
    refused(grace.delete(f"directions/{component['id']}"), 403)
    refused(grace.send("PATCH", f"directions/{component['id']}", name="x"), 403)


def test_a_copy_is_ones_own_and_says_what_it_was_made_of(ada: Person, grace: Person) -> None:
    original = ada.save("worth keeping", component=5)
    path = f"directions/{original['id']}/copies"
    copied = ok(grace.send("POST", path), 201)
    assert (copied["name"], copied["username"]) == ("worth keeping", grace.username)
    assert copied["provenance"]["kind"] == "copy"
    assert copied["provenance"]["of"] == original["id"]
    assert copied["provenance"]["made"] == original["provenance"]
    vectors = [ada.get(f"directions/{row['id']}/vector").json() for row in (copied, original)]
    assert vectors[0] == vectors[1]
    assert ok(grace.send("POST", path), 200)["id"] == copied["id"]
    assert ok(ada.send("POST", path), 201)["name"] == "worth keeping (2)"
    assert ok(grace.send("POST", path, name="other"), 201)["name"] == "other"


def test_lists_are_filtered_sorted_and_walked_by_pages(ada: Person, grace: Person) -> None:
    ids = [ada.save(f"zebra {i}")["id"] for i in range(5)]
    liked = grace.explain(ids[1])
    for voter in (ada, grace):
        voter.vote(liked["id"])
    mine = walk(ada.get, "directions", username=ada.username, limit=2)
    assert [row["id"] for row in mine] == ids[::-1]
    top = walk(ada.get, "directions", username=ada.username, limit=2, sort="top")
    assert top[0]["id"] == ids[1] and top[0]["score"] > 0
    assert {row["id"] for row in top} == set(ids)
    assert {row["id"] for row in walk(ada.get, "directions", q="zebra")} >= set(ids)
    place = {"username": ada.username, "model": ada.web.model, "site": SITE, "origin": "user"}
    assert len(walk(ada.get, "directions", **place)) == 5
    assert walk(ada.get, "directions", **{**place, "site": "ln_final.hook_normalized"}) == []
    assert walk(ada.get, "directions", username="nobody at all") == []


def test_a_search_finds_words_of_explanations(ada: Person, grace: Person) -> None:
    saved = ada.save("plain")
    assert walk(ada.get, "directions", q="quokka") == []
    grace.explain(saved["id"], "Quokkas and wombats")
    assert [row["id"] for row in walk(ada.get, "directions", q="quokka")] == [saved["id"]]


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "   "}, 422, "name"),
        ({"name": "a\0b"}, 422, "name"),
        ({"name": "a\nb"}, 422, "name"),
        ({"name": "x" * 81}, 422, "name"),
        ({"name": 7}, 422, "name"),
        ({"username": ""}, 422, "username"),
        ({"username": "раypal"}, 422, "username"),
        ({"username": "x" * 5000}, 422, "username"),
        ({"username": None}, 422, "username"),
        ({"model": "nobody"}, 404, "model"),
        ({"site": "nowhere"}, 404, "site"),
        ({"head": 0}, 422, "head"),
        ({"site": HEADS}, 422, "head"),
        ({"site": HEADS, "head": 9}, 404, "head"),
        ({"visibility": "secret"}, 422, "visibility"),
        ({"explanation": ""}, 422, "explanation"),
        ({"explanation": "nul \0"}, 422, "explanation"),
        ({"side": "left"}, 422, "side"),
        ({"vector": [1.0] * 47}, 422, "vector"),
        ({"vector": [0.0] * 48}, 422, "vector"),
        ({"vector": []}, 422, "vector"),
        ({"vector": ["1"] * 48}, 422, "vector.0"),
        ({"component": 48}, 404, "component"),
        ({"component": -1}, 422, "component"),
        ({"combination": []}, 422, "combination"),
        ({"combination": [{"weight": 1}]}, 422, "combination.0"),
        ({"combination": [{"component": 1, "id": 1, "weight": 1}]}, 422, "combination.0"),
        ({"combination": [{"id": 999_999, "weight": 1}]}, 404, "combination.0.id"),
        ({"combination": [{"component": 1, "weight": 0}]}, 422, "combination"),
        ({"token": {"text": TEXT, "position": 99}}, 422, "token.position"),
        ({"token": {"text": "", "position": 0}}, 422, "token.text"),
        ({"token": {"prompt_id": 999_999, "position": 0}}, 404, "token.prompt_id"),
        ({"token": {"text": TEXT}}, 422, "token.position"),
        (
            {"difference": {"plus": {"text": TEXT, "position": 99}, "minus": {"text": "x"}}},
            422,
            "difference.plus.position",
        ),
        ({"difference": {"plus": {"text": TEXT}, "minus": {"text": "x\0"}}}, 422,
         "difference.minus.text"),
        ({"difference": {"plus": {"text": TEXT}}}, 422, "difference.minus"),
        ({"vector": [1.0] * 48, "component": 1}, 422, "body"),
        ({"more": 1, "vector": [1.0] * 48}, 422, "more"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_refused_by_its_field(
    ada: Person, given: dict[str, Any], status: int, field: str
) -> None:
    response = ada.try_save(**{"name": "never", **given})
    problem = refused(response, status)
    assert problem["errors"][0]["field"] == field, problem
    assert walk(ada.get, "directions", username=ada.username) == []


def test_a_wrong_width_is_refused_with_both_numbers(ada: Person) -> None:
    problem = refused(ada.try_save(vector=[1.0] * 47), 422)
    assert "47" in problem["detail"] and "48" in problem["detail"]


def test_no_source_is_refused_with_those_there_are(ada: Person) -> None:
    body = {"name": "x", "model": ada.web.model, "site": SITE}
    refused(ada.send("POST", "directions", **body), 422, says="difference")


@pytest.mark.parametrize("path", ["", "/vector", "/similar", "/explanations"])
def test_a_direction_that_is_not_there_is_refused(ada: Person, path: str) -> None:
    refused(ada.get(f"directions/9999999{path}"), 404, says="9999999")
    assert ada.get(f"directions/0{path}").status_code == 422
    assert ada.get(f"directions/{2**31}{path}").status_code == 422


@pytest.mark.parametrize(
    "query",
    ["cursor=zzz", "cursor=n0", "cursor=t00-1", "limit=0", "limit=101", "sort=best", "origin=me",
     "q=%00", "q=" + "x" * 201, "sort=top&cursor=n5", "model=%00"],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(web: Running, query: str) -> None:
    response = web.client.get(f"/api/v1/directions?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "q", ['"', "a OR", "*", "NEAR(", "a:b", "ü'--", "(", "\\", "🙂", "and not"]
)
def test_any_search_is_answered(web: Running, q: str) -> None:
    for sort in ("new", "top"):
        ok(web.client.get("/api/v1/directions", params={"q": q, "sort": sort}))


def test_names_and_explanations_come_back_as_they_were_typed(ada: Person) -> None:
    script = "<script>alert(1)</script>"
    saved = ada.save(script, explanation=f"{script}\n\nsecond “line”")
    assert saved["name"] == script
    assert saved["my_explanation"]["text"] == f"{script}\n\nsecond “line”"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 422),
        ("", "application/json", 422),
        ("[]", "application/json", 422),
        ("[" * 100_000, "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        ('{"username": "x"}', "text/plain", 415),
        ('{"username": "x"}', "", 415),
        ("username=x", "application/x-www-form-urlencoded", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b"nothing", "multipart/form-data", 400),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 422),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    web: Running, content: str | bytes, kind: str, status: int
) -> None:
    body = content.encode() if isinstance(content, str) else content
    response = web.client.post("/api/v1/directions", content=body, headers={"Content-Type": kind})
    problem = refused(response, status)
    assert "parsing the body" not in problem["detail"]


def test_numbers_that_json_cannot_hold_are_refused(ada: Person) -> None:
    for number in ("NaN", "Infinity", "1e999"):
        vector = f"[{', '.join([number] * 48)}]"
        about = json.dumps({"username": "x", "name": "x", "model": ada.web.model, "site": SITE})
        response = ada.web.client.post(
            "/api/v1/directions",
            content=f'{about[:-1]}, "vector": {vector}}}',
            headers={"Content-Type": "application/json"},
        )
        refused(response, 422)
