"""Two people in real browsers: one saves and explains, the other finds, votes and duplicates."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import INJECTION, PHONE, SITE, Visit, saved

pytestmark = pytest.mark.browser


def explain(page: Page, text: str, side: str = "both ends") -> None:
    page.locator("#explain-open").click()
    page.locator("#explain-text").fill(text)
    page.locator("#explain").get_by_label(side, exact=True).check()
    page.get_by_role("button", name="Save explanation").click()
    expect(page.locator("#explanations .fresh")).to_contain_text(text)
    expect(page.locator(".toast").last).to_contain_text("Your explanation is saved.")


def test_one_saves_and_explains_the_other_finds_votes_and_duplicates(
    api: httpx.Client, visit: Visit
) -> None:
    made = saved(api, "Ada L", name="walruses, mostly")
    ada, bob = visit("Ada L"), visit("bob")
    hers = ada.open(f"/directions/{made['id']}")
    expect(hers.locator("#explanations-none")).to_be_visible()
    explain(hers, "High where a walrus is near.")
    explain(hers, "Low on carpenters.", "− end")
    expect(hers.locator("#explanations-count")).to_have_text("2")

    his = bob.open("/directions")
    his.locator("#q").fill("walrus near")
    his.get_by_role("button", name="Search").click()
    his.wait_for_selector("html[data-ready]")
    expect(his.locator("#rows > li")).to_have_count(1)
    up = his.locator("#rows button.vote.up")
    expect(up.locator(".n")).to_have_text("0")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(up.locator(".n")).to_have_text("1")
    his.get_by_role("link", name="walruses, mostly", exact=True).click()
    his.wait_for_selector("html[data-ready]")
    first = his.locator(".explanation", has_text="walrus is near")
    expect(first.locator("button.vote.up")).to_have_attribute("aria-pressed", "true")
    second = his.locator(".explanation", has_text="carpenters")
    expect(second.locator(".side")).to_have_text("− end")
    second.locator("button.vote.down").click()
    expect(second.locator("button.vote.down .n")).to_have_text("1")
    second.locator("button.vote.down").click()
    expect(second.locator("button.vote.down .n")).to_have_text("0")
    expect(his.get_by_role("button", name="delete")).to_have_count(0)

    stored = api.get(f"directions/{made['id']}/explanations", params={"me": "bob"}).json()["items"]
    shown = {row["text"]: (row["up"], row["down"], row["mine"]) for row in stored}
    assert shown == {"High where a walrus is near.": (1, 0, 1), "Low on carpenters.": (0, 0, 0)}

    his.get_by_role("button", name="Duplicate into mine").click()
    his.wait_for_url(lambda url: not url.endswith(f"/{made['id']}"))
    expect(his.locator(".made")).to_contain_text("copied from “walruses, mostly” by Ada L: 0.94 ×")
    his.goto(f"{bob.address}/people/bob")
    expect(his.locator("#rows")).to_contain_text("walruses, mostly")
    hers.reload()
    expect(hers.locator(".explanation", has_text="walrus is near").locator(".up .n")).to_have_text(
        "1"
    )


def test_a_visitor_without_a_name_is_asked_for_one_when_it_is_needed(
    api: httpx.Client, visit: Visit
) -> None:
    made = saved(api, "ada", explanation="something")
    page = visit(None).open(f"/directions/{made['id']}")
    page.locator("button.vote.up").click()
    page.get_by_label("Name", exact=True).fill("New Visitor")
    page.get_by_role("button", name="Use this name").click()
    expect(page.locator("button.vote.up .n")).to_have_text("1")
    expect(page.locator("button.vote.up")).to_have_attribute("aria-pressed", "true")
    rows = api.get(f"directions/{made['id']}/explanations", params={"me": "New Visitor"}).json()
    assert rows["items"][0]["mine"] == 1


def test_ones_own_explanation_is_edited_with_history_deleted_and_put_back(
    api: httpx.Client, visit: Visit
) -> None:
    made = saved(api, "ada", explanation="a first thought")
    page = visit("ada").open(f"/directions/{made['id']}")
    page.get_by_role("button", name="edit", exact=True).click()
    page.get_by_label("Your explanation").fill("a second thought")
    page.get_by_role("button", name="Save", exact=True).click()
    item = page.locator(".explanation")
    expect(item.locator(".words").first).to_have_text("a second thought")
    page.get_by_role("button", name="edited").click()
    expect(page.locator(".former")).to_contain_text("a first thought")
    item.get_by_role("button", name="delete").click()
    expect(item).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(item.locator(".words").first).to_have_text("a second thought")


def test_a_second_explanation_of_the_same_side_is_refused_where_it_was_typed(
    api: httpx.Client, chromium: Browser, site: str
) -> None:
    made = saved(api, "ada", explanation="taken")
    context = chromium.new_context()
    context.add_init_script("localStorage.setItem('username', 'ada')")
    page = context.new_page()
    page.goto(f"{site}/directions/{made['id']}")
    page.wait_for_selector("html[data-ready]")
    page.locator("#explain-open").click()
    page.locator("#explain-text").fill("another of mine")
    page.get_by_role("button", name="Save explanation").click()
    expect(page.locator("#explain-error")).to_contain_text("already")
    expect(page.locator("#explain-text")).to_have_value("another of mine")
    context.close()


def test_the_owner_renames_hides_deletes_and_undoes(api: httpx.Client, visit: Visit) -> None:
    made = saved(api, "Owner")
    page = visit("owner").open(f"/directions/{made['id']}")
    page.get_by_role("button", name="rename").click()
    page.get_by_label("Name", exact=True).fill("a better name")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("a better name")
    page.get_by_role("button", name="make unlisted").click()
    expect(page.locator("#listed")).to_have_text("unlisted")
    kept = api.get(f"directions/{made['id']}").json()
    assert (kept["name"], kept["visibility"]) == ("a better name", "unlisted")
    page.get_by_role("button", name="delete", exact=True).click()
    expect(page.locator("#gone")).to_be_visible()
    expect(page.locator("#gone button")).to_be_focused()
    assert api.get(f"directions/{made['id']}").status_code == 404
    expect(page.locator(".page-acts")).to_be_hidden()
    assert page.locator(".columns").evaluate("(part) => part.inert")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#gone")).to_be_hidden()
    expect(page.locator(".page-acts")).to_be_visible()
    assert not page.locator(".columns").evaluate("(part) => part.inert")
    assert api.get(f"directions/{made['id']}").status_code == 200


def test_both_ends_and_similar_directions_come_by_themselves(
    api: httpx.Client, visit: Visit
) -> None:
    # at a right angle to all that the other tests save
    parts = [{"component": 0, "weight": 0.35}, {"component": 2, "weight": 0.94}]
    made = saved(api, "ada", name="of two components", combination=parts)
    page = visit(None).open(f"/directions/{made['id']}")
    page.locator("#ends").scroll_into_view_if_needed()
    expect(page.locator("#ends .side.plus")).to_be_visible()
    assert page.locator("#ends li").count() == 12
    similar = page.locator("#similar li")
    expect(similar.filter(has_text="component 0").first).to_contain_text("+0.35")
    expect(similar.filter(has_text="component 2").first).to_contain_text("+0.94")
    page.get_by_role("button", name="signs").click()
    expect(page.locator("body")).to_have_class("saved-page viewer-page marks")


def test_what_is_similar_shows_where_the_model_is_not_served(
    api: httpx.Client, visit: Visit
) -> None:
    made = saved(api, "ada")
    reader = visit(None)

    def unserved(route: Route) -> None:
        answer = route.fetch()
        text = answer.text().replace('"unsampled":null', '"unsampled":"not served here"')
        route.fulfill(response=answer, body=text)

    reader.context.route(f"**/directions/{made['id']}", unserved)
    page = reader.open(f"/directions/{made['id']}")
    expect(page.locator("#similar li").first).to_be_visible()
    expect(page.locator("#ends li")).to_have_count(0)


def test_a_long_explanation_is_folded_and_opened(api: httpx.Client, visit: Visit) -> None:
    made = saved(api, "ada", explanation="\n".join(f"line {i}" for i in range(30)))
    short = api.post(
        f"directions/{made['id']}/explanations", json={"username": "bob", "text": "short"}
    ).json()
    page = visit(None).open(f"/directions/{made['id']}")
    long = page.locator(".explanation", has_text="line 29")
    expect(page.locator(f'[data-id="{short["id"]}"] .unfold')).to_be_hidden()
    folded = long.locator(".words").bounding_box()
    long.get_by_role("button", name="show all").click()
    opened = long.locator(".words").bounding_box()
    assert folded and opened and opened["height"] > 4 * folded["height"]
    long.get_by_role("button", name="show less").click()
    again = long.locator(".words").bounding_box()
    assert again and again["height"] == folded["height"]
    theirs = visit(None).open("/people/ada?tab=explanations")
    row = theirs.locator("#rows > li", has_text="line 29")
    expect(row.get_by_role("button", name="show all")).to_be_visible()


def test_similar_directions_are_shown_without_colours_too(api: httpx.Client, visit: Visit) -> None:
    made = saved(api, "ada")
    address = f"/directions/{made['id']}"
    visitor = visit(None)

    def unsampled(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace('"unsampled":null', '"unsampled":"not served"')
        route.fulfill(response=answer, body=body)

    visitor.context.route(f"**{address}", unsampled)
    page = visitor.open(address)
    expect(page.locator("#similar li").first).to_be_visible()
    expect(page.locator("#ends li")).to_have_count(0)


def test_the_snippet_and_the_link_are_copied(api: httpx.Client, visit: Visit) -> None:
    made = saved(api, "ada")
    page = visit(None).open(f"/directions/{made['id']}")
    page.locator("#copy-snippet").click()
    expect(page.locator("#copy-snippet")).to_have_text("Copied")
    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert f"directions/{made['id']}/vector?format=json" in copied
    page.locator("#copy-link").click()
    expect(page.locator("#copy-link")).to_have_text("Copied")
    link: str = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/directions/{made['id']}")


def test_a_direction_json_is_uploaded_as_it_is(
    api: httpx.Client, chromium: Browser, site: str, tmp_path: Path
) -> None:
    width = api.get("models/tiny").json()["d_model"]
    good, short = tmp_path / "direction.json", tmp_path / "short.json"
    good.write_text(json.dumps([0.25] * width))
    short.write_text(json.dumps([0.25] * 3))
    context = chromium.new_context()
    context.add_init_script("localStorage.setItem('username', 'uploader')")
    page = context.new_page()
    page.goto(f"{site}/directions?site={SITE}")
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Upload a direction").click()
    expect(page.locator("#upload-site")).to_have_value(SITE)
    page.locator("#upload-explanation").fill("from the first viewer")
    page.locator("#upload-file").set_input_files(short)
    expect(page.locator("#upload-name")).to_have_value("short")
    page.locator("#upload-save").click()
    expect(page.locator("#upload-vector-error")).to_contain_text(str(width))
    expect(page.locator("#upload-explanation")).to_have_value("from the first viewer")
    page.locator("#upload-name").fill("my old direction")
    page.locator("#upload-file").set_input_files(good)
    page.locator("#upload-save").click()
    page.wait_for_url("**/directions/*")
    expect(page.locator("h1")).to_have_text("my old direction")
    expect(page.locator(".made")).to_have_text("uploaded from direction.json")
    expect(page.locator("#explanations")).to_contain_text("from the first viewer")
    context.close()


def test_pasted_numbers_are_checked_before_they_are_sent(visit: Visit) -> None:
    page = visit("uploader").open("/directions")
    page.get_by_role("button", name="Upload a direction").click()
    page.locator("#upload-name").fill("pasted")
    for typed, words in (("", "Choose a file"), ("[1, 2", "not JSON"), ('[1, "2"]', "Entry 1")):
        page.locator("#upload-vector").fill(typed)
        page.locator("#upload-save").click()
        expect(page.locator("#upload-vector-error")).to_contain_text(words)
    page.locator("#upload-site").select_option("blocks.0.attn.hook_q")
    expect(page.locator("#upload-head")).to_be_enabled()
    page.locator("#upload-head").fill("2")
    width = int((page.locator("#upload-width").inner_text()).split()[0])
    page.locator("#upload-vector").fill(json.dumps([1.0] * width))
    page.locator("#upload-save").click()
    page.wait_for_url("**/directions/*")
    expect(page.locator(".facts")).to_contain_text("head 2")


def test_a_collection_is_begun_filled_edited_and_deleted(api: httpx.Client, visit: Visit) -> None:
    one, two = saved(api, "ada"), saved(api, "ada")
    collector = visit("collector")
    for made, note in ((one, "the first"), (two, "the second")):
        page = collector.open(f"/directions/{made['id']}")
        page.get_by_role("button", name="Add to a collection").click()
        if made is one:
            page.get_by_label("Its name").fill("a pair")
        else:
            expect(page.get_by_label("a pair")).to_be_checked()
        page.locator("#collect-note").fill(note)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".toast")).to_contain_text("Added to the collection")
    page.get_by_role("link", name="Open it").click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#rows > li")).to_have_count(2)
    expect(page.locator("#rows")).to_contain_text("the second")
    page.get_by_role("button", name="edit name and note").click()
    page.get_by_label("Name", exact=True).fill("a couple")
    page.get_by_label("Note", exact=True).fill("of directions")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("a couple")
    row = page.locator("#rows > li", has_text="the first")
    row.get_by_role("button", name="take out").click()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#rows")).to_contain_text("the first")
    expect(page.locator("#note")).to_have_text("of directions")
    page.get_by_role("button", name="delete", exact=True).click()
    expect(page.locator("#gone")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#gone")).to_be_hidden()
    plain = visit("somebody else").open(page.url.removeprefix(collector.address))
    expect(plain.locator("#rows > li")).to_have_count(2)
    expect(plain.get_by_role("button", name="take out")).to_have_count(0)


def test_what_is_ones_own_is_deleted_from_ones_page_and_put_back(
    api: httpx.Client, visit: Visit
) -> None:
    saved(api, "Tidy", name="to stay")
    saved(api, "Tidy", name="to go", explanation="soon gone")
    page = visit("tidy").open("/people/Tidy")
    row = page.locator("#rows > li", has_text="to go")
    row.get_by_role("button", name="delete").click()
    expect(row).to_be_hidden()
    assert len(api.get("directions", params={"username": "Tidy"}).json()["items"]) == 1
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    assert len(api.get("directions", params={"username": "Tidy"}).json()["items"]) == 2
    other = visit("somebody").open("/people/Tidy")
    expect(other.get_by_role("button", name="delete")).to_have_count(0)


def test_more_appends_and_works_without_a_script(
    api: httpx.Client, chromium: Browser, visit: Visit, site: str
) -> None:
    for _ in range(23):
        saved(api, "Many")
    page = visit("somebody").open("/directions?username=Many")
    expect(page.locator("#rows > li")).to_have_count(20)
    page.get_by_role("link", name="More").click()
    expect(page.locator("#rows > li")).to_have_count(23)
    expect(page.get_by_role("link", name="More")).to_have_count(0)
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{site}/directions?username=Many")
    plain.get_by_role("link", name="More").click()
    expect(plain.locator("#rows > li")).to_have_count(3)
    plain.locator("#rows > li a").first.click()
    assert plain.locator(".samples .t[class*=' p'], .samples .t[class*=' n']").count() > 20
    context.close()


def test_markup_in_what_people_write_is_text_on_every_page(api: httpx.Client, visit: Visit) -> None:
    made = saved(api, "Eve", name=INJECTION[:80], explanation=INJECTION)
    listed = api.post("lists", json={"username": "Eve", "name": INJECTION[:80], "note": INJECTION})
    number = listed.json()["id"]
    body = {"username": "Eve", "note": INJECTION}
    assert api.put(f"lists/{number}/items/{made['id']}", json=body).is_success
    eve = visit("Eve")
    for address in (
        "/directions",
        f"/directions/{made['id']}",
        "/people/Eve",
        "/people/Eve?tab=explanations",
        "/lists",
        f"/lists/{number}",
    ):
        page = eve.open(address)
        expect(page.locator("main")).to_contain_text('<b id="hurt">b</b>')
        assert page.locator("#hurt").count() == 0 and page.title() != "hurt"
    page = eve.open(f"/directions/{made['id']}")
    page.get_by_role("button", name="Add to a collection").click()
    expect(page.locator("#collect-choices")).to_contain_text('<b id="hurt">b</b>')
    assert page.locator("#hurt").count() == 0


def test_the_pages_fit_a_phone(api: httpx.Client, chromium: Browser, site: str) -> None:
    made = saved(api, "ada", name="W" * 80, explanation="x" * 300)
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    for address in ("/directions", f"/directions/{made['id']}", "/people/ada", "/lists"):
        page.goto(site + address)
        page.wait_for_selector("html[data-ready]")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    context.close()


def test_a_bundle_is_exported_and_imported_again_without_a_trace(
    api: httpx.Client, visit: Visit, tmp_path: Path
) -> None:
    saved(api, "Packer", name="packed", explanation="to travel")
    page = visit("Packer").open("/directions")
    page.get_by_role("button", name="Import / export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export mine").click()
    bundle = tmp_path / "mine.zip"
    download.value.save_as(bundle)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#bundle-error")).to_contain_text("Choose a bundle first")
    page.locator("#bundle-file").set_input_files(bundle)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#bundle-report")).to_contain_text("directions: 0 new, 1 already here")
    assert len(api.get("directions", params={"username": "Packer"}).json()["items"]) == 1
