"""Saving, naming, explaining and sharing from the viewer, in a real browser."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, INJECTION, PHONE, Reader, colours, settle
from tests.browser.test_accessibility import Scheme, violations

pytestmark = pytest.mark.browser

SITE = "blocks.1.hook_resid_pre"
MIX = f"/?site={SITE}&mix=1:0.8,3:-0.5"
PASSPHRASE = "correct horse battery"


def named(reader: Reader, name: str) -> Reader:
    """The same reader, who has typed a name before."""
    # Only where there is none: a page that is reloaded keeps the name chosen on it.
    reader.context.add_init_script(
        f"localStorage.getItem('username') ?? localStorage.setItem('username', {name!r})"
    )
    return reader


def save(page: Page, name: str, **more: str) -> None:
    """Save what is chosen under a name, by the dialog and the Enter key."""
    page.locator("#save-direction").click()
    fill_in(page, name, **more)


def fill_in(page: Page, name: str, **more: str) -> None:
    """Fill in the open dialog and send it with Enter."""
    dialog = page.get_by_role("dialog", name="Save as direction")
    if "explanation" in more:
        dialog.get_by_label("What it means, if you know").fill(more["explanation"])
    if "end" in more:
        dialog.get_by_label(more["end"]).check()
    if "sees" in more:
        dialog.get_by_label(more["sees"]).check()
    dialog.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def levels(page: Page) -> list[int]:
    """The colour of every token on screen, as its level."""
    return levels_of(colours(page))


def levels_of(classes: list[str]) -> list[int]:
    """The level of each colour."""
    found = [re.search(r"\b([pn])(\d+)$", each) for each in classes]
    return [int(each[2]) * (1 if each[1] == "p" else -1) if each else 0 for each in found]


def close(one: list[int], other: list[int]) -> bool:
    """Scores are sent with two bytes each, so that a mix may differ by a shade."""
    return all(abs(a - b) <= 1 for a, b in zip(one, other, strict=True))


def toast(page: Page, words: str) -> Locator:
    """The toast that says this."""
    return page.locator(".toast", has_text=words)


def mine(page: Page, name: str) -> Locator:
    """The row of a direction in the side bar."""
    return page.locator("#mine li", has_text=name)


@pytest.fixture
def api(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site}/api/v1", timeout=30) as client:
        yield client


def saved_by(api: httpx.Client, username: str, **body: object) -> int:
    """A direction that somebody else has saved."""
    if not {"vector", "combination"} & body.keys():
        body["combination"] = [{"component": 2, "weight": 1.0}]
    given = {"username": username, "model": "tiny", "site": SITE}
    answer = api.post("directions", json=given | body)
    assert answer.status_code in (200, 201), answer.text
    number: int = answer.json()["id"]
    return number


def test_a_first_visitor_saves_a_mix_and_is_asked_for_a_name(reader: Reader) -> None:
    page = reader.open(MIX)
    expect(page.locator("#mine")).to_contain_text("choose Save as direction")
    page.locator("#save-direction").click()
    dialog = page.get_by_role("dialog", name="Save as direction")
    expect(dialog).to_contain_text("0.85 c1 − 0.53 c3")
    dialog.get_by_label("Name", exact=True).fill("months")
    page.keyboard.press("Enter")
    expect(dialog.locator(".error:visible")).to_contain_text("Type a name first")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("months")
    dialog.get_by_label("Your name", exact=True).fill("First Visitor")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#name-shown")).to_have_text("First Visitor")
    expect(mine(page, "months")).to_be_visible()
    href = toast(page, "is saved").get_by_role("link", name="Open its page").get_attribute("href")
    assert re.fullmatch(r"/directions/\d+", str(href))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#name-shown")).to_have_text("First Visitor")
    expect(mine(page, "months")).to_be_visible()


def test_a_saved_mix_keeps_what_it_is_until_a_slider_moves(reader: Reader) -> None:
    page = named(reader, "slider").open(MIX)
    before = colours(page)
    save(page, "back to sliders", explanation="Aligned with something", end="+ end")
    title = "Layer 1 · “back to sliders” by slider"
    expect(page.locator("#direction-title")).to_have_text(title)
    expect(page.locator("#meaning")).to_contain_text("“Aligned with something”")
    expect(page.locator("#formula")).to_have_text("0.85 c1 − 0.53 c3")
    assert re.search(r"/\?direction=\d+$", page.url)
    assert colours(page) == before
    page.go_back()
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · mix of 2 components")
    page.go_forward()
    expect(page.locator("#direction-title")).to_have_text(title)
    page.locator('#grid tr[data-site="blocks.0.hook_resid_pre"] td').nth(2).click()
    settle(page)
    mine(page, "back to sliders").locator(".mine-open").click()
    expect(page.locator("#formula")).to_have_text("0.85 c1 − 0.53 c3")
    page.wait_for_url("**/?direction=*")
    settle(page)
    expect(page.locator("#direction-title")).to_have_text(title)
    expect(page.locator("#meaning .votes")).to_be_visible()
    expect(page.locator("#save-direction")).to_be_hidden()
    assert close(levels(page), levels_of(before))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#formula")).to_have_text("0.85 c1 − 0.53 c3")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.locator('#sliders li[data-component="3"] input[type=range]')
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · mix of 2 components")
    page.wait_for_url("**mix=1:0.8,3:-0.48**")
    assert slider.evaluate("it => it === document.activeElement")
    assert not [url for url in asked if "scores" in url or "/view" in url]
    expect(page.locator("#save-direction")).to_be_visible()
    page.go_back()
    expect(page.locator("#direction-title")).to_have_text(title)
    expect(page.locator("#formula")).to_have_text("0.85 c1 − 0.53 c3")


def test_an_undone_save_leaves_nothing(reader: Reader, api: httpx.Client) -> None:
    page = named(reader, "regretful").open(MIX)
    save(page, "a mistake")
    toast(page, "is saved").get_by_role("button", name="Undo").click()
    expect(mine(page, "a mistake")).to_have_count(0)
    expect(page.locator("#mine")).to_contain_text("choose Save as direction")
    assert api.get("directions", params={"username": "regretful"}).json()["items"] == []


def test_a_name_that_is_taken_is_said_by_its_field_and_what_was_typed_stays(
    chromium: Browser, site: str, api: httpx.Client
) -> None:
    saved_by(api, "twice", name="once")
    context = chromium.new_context()
    context.add_init_script("localStorage.setItem('username', 'twice')")
    page = context.new_page()
    page.goto(site + MIX)
    page.wait_for_selector("html[data-ready]")
    page.locator("#save-direction").click()
    dialog = page.get_by_role("dialog", name="Save as direction")
    dialog.get_by_label("What it means, if you know").fill("kept words")
    dialog.get_by_label("Name", exact=True).fill("Once")
    page.keyboard.press("Enter")
    expect(dialog.locator(".form-field .error:visible")).to_contain_text("“Once”")
    expect(dialog.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("What it means, if you know")).to_have_value("kept words")
    context.close()


def test_a_tokens_residual_is_saved_from_its_card(reader: Reader, api: httpx.Client) -> None:
    page = named(reader, "tokens").open(f"/?site={SITE}&text=Anna%20went%20to%20Rome.")
    page.locator('.text[data-key="t0"] .t').nth(3).click()
    page.get_by_role("button", name="Save this residual as a direction").click()
    fill_in(page, "one residual")
    mine(page, "one residual").locator(".mine-open").click()
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · “one residual” by tokens")
    assert re.search(r"\?direction=\d+&text=", page.url)
    [found] = api.get("directions", params={"username": "tokens"}).json()["items"]
    assert (found["provenance"]["kind"], found["provenance"]["position"]) == ("token", 3)


def test_a_difference_of_two_pinned_tokens_is_saved(reader: Reader, api: httpx.Client) -> None:
    page = named(reader, "pins").open(f"/?site={SITE}&text=Anna%20went%20to%20Rome.")
    tokens = page.locator('.text[data-key="t0"] .t')
    tokens.nth(2).click()
    expect(page.get_by_role("button", name="Save the difference")).to_have_count(0)
    tokens.nth(4).click()
    page.get_by_role("button", name="Save the difference").click()
    fill_in(page, "two tokens")
    [found] = api.get("directions", params={"username": "pins"}).json()["items"]
    made = found["provenance"]
    assert made["kind"] == "difference"
    assert (made["plus"]["position"], made["minus"]["position"]) == (4, 2)


def test_a_difference_of_two_texts_is_saved(reader: Reader, api: httpx.Client) -> None:
    page = named(reader, "texts").open(f"/?site={SITE}&text=Rome%20is%20old.&text=Anna%20is%20not.")
    page.get_by_role("button", name="from two texts").click()
    dialog = page.get_by_role("dialog", name="Save as direction")
    expect(dialog.get_by_label("The text at the + end")).to_contain_text("Rome is old.")
    fill_in(page, "old against not", sees="Unlisted")
    expect(mine(page, "old against not")).to_contain_text("unlisted")
    [found] = api.get("directions", params={"username": "texts"}).json()["items"]
    assert found["visibility"] == "unlisted"
    assert found["provenance"]["plus"]["text"] == "Rome is old."
    assert "position" not in found["provenance"]["minus"]


def test_one_renames_and_deletes_and_takes_that_back(reader: Reader, api: httpx.Client) -> None:
    page = named(reader, "renamer").open(MIX)
    save(page, "old name")
    row = mine(page, "old name")
    row.get_by_role("button", name="More for old name").click()
    row.get_by_role("button", name="Rename").click()
    page.locator(".mine-rename input").fill("new name")
    page.keyboard.press("Enter")
    row = mine(page, "new name")
    expect(row).to_be_visible()
    row.get_by_role("button", name="More for new name").click()
    row.get_by_role("button", name="Delete").click()
    expect(mine(page, "new name")).to_have_count(0)
    toast(page, "is deleted").get_by_role("button", name="Undo").click()
    expect(mine(page, "new name")).to_be_visible()
    names = [
        d["name"] for d in api.get("directions", params={"username": "renamer"}).json()["items"]
    ]
    assert names == ["new name"]


def test_a_direction_has_an_address_of_its_own_which_back_and_reload_keep(
    reader: Reader, api: httpx.Client
) -> None:
    vector = [float(i % 7) - 3 for i in range(48)]
    number = saved_by(api, "linked", name="by link", vector=vector)
    page = reader.open(f"/?direction={number}")
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · “by link” by linked")
    expect(page).to_have_title(re.compile("by link"))
    before = colours(page)
    assert [each for each in before if re.search(r"\b[pn]\d+\b", each)]
    page.locator('#grid tr[data-site="blocks.2.hook_resid_pre"] td').nth(1).click()
    settle(page)
    assert colours(page) != before
    page.go_back()
    settle(page)
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · “by link” by linked")
    assert colours(page) == before
    page.reload()
    page.wait_for_selector("html[data-ready]")
    settle(page)
    assert colours(page) == before
    for unit in ("centred", "z", "cosine"):
        page.locator(f'#units input[value="{unit}"]').check(force=True)
        settle(page)
    page.wait_for_timeout(600)  # the unit's own offer takes the place of the one before
    page.get_by_role("button", name="Score the corpus").click()
    expect(page.locator("#histogram svg")).to_be_visible()
    page.locator("#tab-corpus").click()
    expect(page.locator("#panel-corpus ol").first.locator("li")).to_have_count(10)
    page.locator("#tab-texts").click()
    page.locator("#texts .text").first.hover()
    page.locator("[data-act=heat]").first.click()
    expect(page.locator("#heat tbody tr").first).to_be_visible()


def test_the_script_paints_a_saved_direction_as_the_server_does(
    chromium: Browser, site: str, reader: Reader, api: httpx.Client
) -> None:
    parts = [{"component": 0, "weight": 0.3}, {"component": 5, "weight": -0.9}]
    number = saved_by(api, "painter", name="both ways", combination=parts)
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{site}/?direction={number}&unit=z")
    page = reader.open(f"/?direction={number}&unit=z")
    settle(page)
    assert colours(page) == colours(plain)
    title = plain.locator("#direction-title").inner_text()
    assert page.locator("#direction-title").inner_text() == title
    expect(page.locator("#formula")).to_have_text("0.32 c0 − 0.95 c5")
    context.close()


def test_anothers_direction_is_duplicated_into_mine(reader: Reader, api: httpx.Client) -> None:
    number = saved_by(api, "owner", name="worth having")
    page = named(reader, "collector").open(f"/?direction={number}")
    page.get_by_role("button", name="Duplicate into mine").click()
    expect(mine(page, "worth having")).to_be_visible()
    mine(page, "worth having").locator(".mine-open").click()
    expect(page.locator("#formula")).to_have_text("1.00 c2")


@pytest.mark.parametrize("number", ["999999", "0", "x"])
def test_a_direction_that_is_not_there_is_said_on_a_page_that_works(
    chromium: Browser, site: str, number: str
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{site}/?direction={number}")
    expect(page.locator("#problems")).to_contain_text(f"direction={number}")
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#texts .t").count() > 50
    context.close()


def test_a_component_is_explained_and_voted_on_in_the_panel(
    chromium: Browser, reader: Reader
) -> None:
    page = named(reader, "explainer").open(f"/?site={SITE}&component=9")
    meaning = page.locator("#meaning")
    expect(meaning).to_contain_text("Nobody has said yet")
    before = page.locator("#units").bounding_box()
    meaning.get_by_role("button", name="Explain it").click()
    meaning.get_by_label("What it means").fill("Aligned with capitals")
    meaning.get_by_label("Which end").select_option("plus")
    meaning.get_by_label("What it means").press("Enter")
    expect(meaning).to_contain_text("“Aligned with capitals”")
    expect(meaning).to_contain_text("+ end")
    assert page.locator("#units").bounding_box() == before
    other = chromium.new_context()
    other.add_init_script("localStorage.setItem('username', 'voter')")
    theirs = other.new_page()
    theirs.goto(page.url)
    agree = theirs.locator("#meaning").get_by_role("button", name="Agree", exact=False).first
    agree.click()
    expect(agree).to_have_attribute("aria-pressed", "true")
    expect(agree).to_contain_text("1")
    theirs.reload()
    expect(agree).to_have_attribute("aria-pressed", "true")
    agree.click()
    expect(agree).to_contain_text("0")
    other.close()
    meaning.get_by_role("button", name="Edit yours").click()
    meaning.get_by_label("What it means").fill("Aligned with capital cities")
    meaning.get_by_label("What it means").press("Enter")
    expect(meaning).to_contain_text("capital cities")
    toast(page, "is changed").get_by_role("button", name="Undo").click()
    expect(meaning).to_contain_text("“Aligned with capitals”")


def test_what_a_direction_means_is_not_asked_for_while_a_slider_moves(reader: Reader) -> None:
    page = reader.open(f"/?site={SITE}&component=1")
    expect(page.locator("#meaning")).to_contain_text("Nobody")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#add-component").click()
    slider = page.locator("#sliders input[type=range]").nth(1)
    for step in range(8):
        slider.evaluate(
            "(it, value) => { it.value = value; it.dispatchEvent(new Event('input')); }",
            step / 10,
        )
        page.wait_for_timeout(40)
    assert not [url for url in asked if "/api/" in url or "/view" in url]
    expect(page.locator("#meaning")).to_contain_text("Save it as a direction")


def test_a_name_is_claimed_and_a_second_browser_is_refused(chromium: Browser, site: str) -> None:
    first, second = chromium.new_context(), chromium.new_context()
    page = first.new_page()
    page.goto(site + MIX)
    page.wait_for_selector("html[data-ready]")
    page.locator("#name").click()
    panel = page.locator("#name-panel")
    panel.get_by_label("Your name").fill("holder")
    page.keyboard.press("Enter")
    expect(page.locator("#name-shown")).to_have_text("holder")
    panel.get_by_label("Claim it with a passphrase").fill("short")
    page.keyboard.press("Enter")
    expect(panel.locator(".error:visible")).to_contain_text("8")
    panel.get_by_label("Claim it with a passphrase").fill(PASSPHRASE)
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("You are logged in")
    page.keyboard.press("Escape")
    save(page, "the holder’s own")

    other = second.new_page()
    other.goto(site + MIX)
    other.evaluate("localStorage.setItem('username', 'holder')")
    other.reload()
    other.wait_for_selector("html[data-ready]")
    expect(mine(other, "the holder’s own")).to_be_visible()
    other.locator("#save-direction").click()
    dialog = other.get_by_role("dialog", name="Save as direction")
    dialog.get_by_label("Name", exact=True).fill("a stranger’s")
    other.keyboard.press("Enter")
    login = other.get_by_role("dialog", name="Log in as holder")
    expect(login).to_contain_text("claimed")
    login.get_by_label("Passphrase").fill("not the passphrase")
    other.keyboard.press("Enter")
    expect(login.locator(".error:visible")).to_contain_text(re.compile("passphrase", re.IGNORECASE))
    login.get_by_role("button", name="Close").click()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("a stranger’s")
    dialog.get_by_role("button", name="Close").click()

    other.locator("#name").click()
    other.locator("#name-panel").get_by_label("Passphrase").fill(PASSPHRASE)
    other.keyboard.press("Enter")
    expect(other.locator("#name-panel")).to_contain_text("You are logged in")
    other.locator("#name-panel summary").click()
    other.get_by_label("The one until now").fill(PASSPHRASE)
    other.get_by_label("The new one").fill("another passphrase")
    other.keyboard.press("Enter")
    expect(toast(other, "is changed")).to_be_visible()
    page.locator("#name").click()
    expect(panel).to_contain_text("log in to write")
    other.get_by_role("button", name="Log out").click()
    expect(other.locator("#name-panel")).to_contain_text("log in to write")
    first.close()
    second.close()


def test_a_text_is_kept_put_into_a_set_and_shared(
    chromium: Browser, reader: Reader, api: httpx.Client
) -> None:
    page = named(reader, "keeper").open(f"/?site={SITE}&component=2&n=3&text=Rome%20is%20far.")
    before = colours(page)
    page.locator('.text[data-key="t0"]').hover()
    page.locator("[data-act=keep]").click()
    page.wait_for_url("**prompt=*")
    assert "text=" not in page.url
    settle(page)
    assert colours(page) == before
    top = page.locator("#texts .text").first
    expect(top.locator(".source")).to_have_text("keeper’s prompt")
    shared = page.url

    page.locator("#tab-prompts").click()
    row = page.locator(".prompt-list li", has_text="Rome is far.")
    row.get_by_label("Put into a set").select_option("new")
    page.get_by_label("Name of the set").fill("places")
    page.keyboard.press("Enter")
    one = page.locator(".set-list li", has_text="places")
    expect(one).to_contain_text("1 prompt")
    one.locator("summary").click()
    expect(one.locator("ol li")).to_have_count(1)
    row.get_by_role("button", name="Take off the page").click()
    one = page.locator(".set-list li", has_text="places")
    if not one.locator("details").evaluate("details => details.open"):
        one.locator("summary").click()
    one.get_by_role("button", name="Put on the page").click()
    expect(page.locator("#shown-set")).to_contain_text("“places” by keeper")
    expect(page.locator("#texts .text").first).to_contain_text("Rome is far.")
    assert re.search(r"set=\d+", page.url)

    fresh = chromium.new_context()
    other = fresh.new_page()
    for address in (shared, page.url):
        other.goto(address)
        other.wait_for_selector("html[data-ready]")
        settle(other)
        assert colours(other) == before
    fresh.close()

    page.locator("#tab-prompts").click()
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    toast(page, "is deleted").get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)
    assert len(api.get("prompts", params={"username": "keeper"}).json()["items"]) == 1


def test_a_prompt_and_a_direction_make_one_link(reader: Reader, api: httpx.Client) -> None:
    number = saved_by(api, "sharer", name="for a link")
    kept = api.post(
        "prompts", json={"username": "sharer", "text": "Warsaw is here.", "model": "tiny"}
    ).json()["id"]
    page = reader.open(f"/?direction={number}&prompt={kept}&prompt=999999&n=2", viewer=False)
    page.wait_for_selector("html[data-ready]")
    reader.complaints.clear()  # the page of an address with a mistake is answered 422
    expect(page.locator("#problems")).to_contain_text("prompt=999999")
    expect(page.locator("#texts .text").first.locator(".source")).to_have_text("sharer’s prompt")
    page.locator("#texts .text").first.hover()
    page.locator("#texts .text").first.locator("[data-act=remove]").click()
    expect(page.locator("#texts .text").first.locator(".source")).not_to_have_text(
        "sharer’s prompt"
    )
    page.go_back()
    expect(page.locator("#texts .text").first.locator(".source")).to_have_text("sharer’s prompt")


def test_script_in_names_shows_as_text(reader: Reader, api: httpx.Client) -> None:
    name = INJECTION[:80]
    number = saved_by(api, "scripted", name=name, explanation=INJECTION)
    page = named(reader, "scripted").open(f"/?direction={number}")
    expect(page.locator("#direction-title")).to_contain_text("<b id=")
    expect(page.locator("#mine")).to_contain_text("<b id=")
    expect(page.locator("#meaning")).to_contain_text("<b id=")
    page.get_by_role("button", name="More for").click()
    page.locator("#mine").get_by_role("button", name="Delete").click()
    expect(toast(page, "is deleted")).to_contain_text("<b id=")
    assert page.locator("#hurt").count() == 0
    assert page.title() != "hurt"
    toast(page, "is deleted").get_by_role("button", name="Undo").click()
    expect(mine(page, "<b id=")).to_be_visible()


def test_on_a_phone_my_directions_are_a_sheet(chromium: Browser, site: str) -> None:
    context = chromium.new_context(viewport=PHONE)
    context.add_init_script("localStorage.setItem('username', 'pocket')")
    page = context.new_page()
    page.goto(site + MIX)
    page.wait_for_selector("html[data-ready]")
    page.locator('[data-sheet="mix"]').click()
    save(page, "on the move")
    page.locator('[data-sheet="mine"]').click()
    expect(mine(page, "on the move")).to_be_visible()
    mine(page, "on the move").locator(".mine-open").click()
    expect(page.locator("#formula")).to_have_text("0.85 c1 − 0.53 c3")
    page.locator("#mine .sheet-close").click()
    expect(page.locator("#mine")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_the_empty_side_bar_shows_an_example_mix(reader: Reader) -> None:
    page = reader.open()
    page.get_by_role("button", name="Show me a mix").click()
    expect(page.locator("#direction-title")).to_contain_text("mix of 2 components")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_what_opens_to_save_passes_axe_and_fits_its_screen(
    chromium: Browser, site: str, api: httpx.Client, size: ViewportSize, scheme: Scheme
) -> None:
    number = saved_by(api, "axe", name="to be looked at", explanation="Aligned with nothing")
    kept = api.post("prompts", json={"username": "axe", "text": "Rome.", "model": "tiny"}).json()
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    context.add_init_script("localStorage.setItem('username', 'axe')")
    page = context.new_page()
    page.goto(f"{site}/?direction={number}&prompt={kept['id']}&text=Anna.")
    page.wait_for_selector("html[data-ready]")

    def check() -> None:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def sheet(name: str) -> None:
        if size is PHONE:
            page.locator(f'[data-sheet="{name}"]').click()

    sheet("direction")
    expect(page.locator("#meaning .votes")).to_be_visible()
    check()
    page.locator("#meaning").get_by_role("button", name="Edit yours").click()
    check()
    sheet("mine")
    page.get_by_role("button", name="More for to be looked at").click()
    check()
    page.locator("#mine").get_by_role("button", name="Rename").click()
    check()
    page.keyboard.press("Escape")
    page.locator('#grid tr[data-site="blocks.0.hook_resid_pre"] td').nth(2).dispatch_event("click")
    sheet("mix")
    page.locator("#save-direction").click()
    check()
    page.keyboard.press("Escape")
    page.locator("#save-difference").click()
    check()
    page.keyboard.press("Escape")
    sheet("mix")
    page.locator("#tab-prompts").click()
    expect(page.locator(".prompt-list li")).to_have_count(1)
    check()
    row = page.locator(".prompt-list li")
    row.get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_be_visible()
    check()
    page.goto(f"{site}/guide")
    page.locator("#name").click()
    expect(page.locator("#name-panel")).to_contain_text("Claim it")
    check()
    context.close()


def test_a_name_that_nobody_can_have_is_refused_when_it_is_typed(
    reader: Reader, api: httpx.Client
) -> None:
    saved_by(api, "ecco", name="an original")
    page = reader.open(MIX)
    page.locator("#name").click()
    panel = page.locator("#name-panel")
    box = panel.get_by_label("Your name")
    for typed, fault in (("аdа", "mixes"), ("ada\u202eb", "U+202E"), ("ессо", "looks like")):
        box.fill(typed)
        page.keyboard.press("Enter")
        expect(panel.locator(".error:visible")).to_contain_text(fault)
        expect(box).to_have_value(typed)
    expect(page.locator("#name-shown")).to_have_text("your name")
    box.fill("  Fresh   Name ")
    page.keyboard.press("Enter")
    expect(page.locator("#name-shown")).to_have_text("Fresh Name")
    # Nobody has saved under it: there is no page of it to go to, and no complaint in the console.
    expect(panel).to_contain_text("Nothing is saved under this name yet")
    expect(panel.get_by_role("link")).to_have_count(0)


def test_what_is_too_long_is_refused_by_its_field_and_stays(reader: Reader) -> None:
    page = named(reader, "verbose").open(MIX)
    page.locator("#save-direction").click()
    dialog = page.get_by_role("dialog", name="Save as direction")
    words = dialog.get_by_label("What it means, if you know")
    words.fill("x" * 4001)
    dialog.get_by_label("Name", exact=True).fill("n" * 81)
    page.keyboard.press("Enter")
    expect(dialog.locator(".error:visible")).to_contain_text("4,000 are allowed")
    assert len(words.input_value()) == 4001
    words.fill("short")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.locator(".error:visible")).to_contain_text("80 are allowed")
    assert len(dialog.get_by_label("Name", exact=True).input_value()) == 81
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert len(reader.complaints) == 4
    reader.complaints.clear()  # two refusals, each said twice


def test_an_undo_that_is_not_allowed_undoes_nothing(
    chromium: Browser, site: str, api: httpx.Client
) -> None:
    context = chromium.new_context(viewport=DESKTOP)
    context.add_init_script("localStorage.setItem('username', 'taken over')")
    page = context.new_page()
    page.goto(site + MIX)
    page.wait_for_selector("html[data-ready]")
    save(page, "stays saved", explanation="At first")
    api.post("users/taken over/claim", json={"passphrase": PASSPHRASE}).raise_for_status()
    undo = toast(page, "is saved").get_by_role("button", name="Undo")
    undo.click()
    login = page.get_by_role("dialog", name="Log in as taken over")
    login.get_by_role("button", name="Cancel").click()
    expect(login).to_have_count(0)
    expect(mine(page, "stays saved")).to_be_visible()
    expect(page.locator("#direction-title")).to_contain_text("stays saved")
    expect(undo).to_be_enabled()
    undo.click()
    login.get_by_label("Passphrase").fill(PASSPHRASE)
    page.keyboard.press("Enter")
    expect(mine(page, "stays saved")).to_have_count(0)
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · mix of 2 components")
    context.close()


def test_each_end_is_described_by_itself(reader: Reader, api: httpx.Client) -> None:
    page = named(reader, "two-ended").open(f"/?site={SITE}&component=11")
    meaning = page.locator("#meaning")
    for press, end, words in (
        ("Explain it", "plus", "Aligned with cities"),
        ("Describe the − end", None, "Aligned with names"),
    ):
        meaning.get_by_role("button", name=press).click()
        if end:
            meaning.get_by_label("Which end").select_option(end)
        meaning.get_by_label("What it means").fill(words)
        meaning.get_by_label("What it means").press("Enter")
        expect(meaning.get_by_role("button", name="Edit yours")).to_be_visible()
    expect(meaning).to_contain_text("1 more")
    component = api.get(f"models/tiny/sites/{SITE}/components/11").json()["id"]
    found = api.get(f"directions/{component}/explanations").json()["items"]
    assert {(each["side"], each["text"]) for each in found} == {
        ("plus", "Aligned with cities"),
        ("minus", "Aligned with names"),
    }


def test_the_same_direction_saved_again_is_opened_and_said(reader: Reader) -> None:
    page = named(reader, "again").open(MIX)
    for _ in range(2):
        save(page, "one and the same")
        expect(page.locator("#direction-title")).to_contain_text("one and the same")
        page.go_back()
        expect(page.locator("#direction-title")).to_contain_text("mix of 2")
    expect(toast(page, "saved this already")).to_be_visible()
    expect(mine(page, "one and the same")).to_have_count(1)


def test_at_most_two_toasts_stand_at_once(reader: Reader) -> None:
    page = named(reader, "busy").open(MIX)
    for name in ("first", "second", "third"):
        save(page, name)
        expect(toast(page, f"“{name}”")).to_be_visible()
        page.go_back()
        expect(page.locator("#save-direction")).to_be_visible()
        page.locator("#mix-reset").click()
        page.locator('#grid tr[data-site="blocks.0.hook_resid_pre"] td').nth(len(name)).click()
        settle(page)
    expect(page.locator(".toast")).to_have_count(2)
    expect(toast(page, "“first”")).to_have_count(0)


def test_my_directions_lead_to_an_upload(reader: Reader) -> None:
    page = named(reader, "uploader").open(MIX)
    save(page, "not the only one")
    page.locator("#mine").get_by_role("link", name="Upload one").click()
    expect(page.get_by_role("dialog", name="Upload a direction")).to_be_visible()


@pytest.mark.parametrize("width", [390, 360])
def test_a_phones_header_shows_whose_name_and_which_model(
    chromium: Browser, site: str, width: int
) -> None:
    context = chromium.new_context(viewport=ViewportSize(width=width, height=780))
    context.add_init_script("localStorage.setItem('username', 'A rather long name')")
    page = context.new_page()
    page.goto(site)
    page.wait_for_selector("html[data-ready]")
    shown = page.locator("#name-shown").bounding_box()
    assert shown is not None and shown["width"] > 40
    for part in ("#model", "#name", "#theme"):
        box = page.locator(part).bounding_box()
        assert box is not None and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
