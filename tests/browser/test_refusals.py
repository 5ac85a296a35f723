"""What is refused, or cannot be sent: said where it was typed, once, and with a way on."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SITE, Reader, Visit, numbers, saved

pytestmark = pytest.mark.browser

PASSPHRASE = "open sesame, says the test"


@pytest.fixture
def claimed(api: httpx.Client) -> str:
    """A name of which somebody keeps the passphrase."""
    name = f"Holder {next(numbers)}"
    assert api.post(f"users/{name}/claim", json={"passphrase": PASSPHRASE}).status_code == 201
    return name


def forgive(reader: Reader, status: int) -> None:
    """A refusal that a test is about is no complaint."""
    reader.complaints[:] = [words for words in reader.complaints if str(status) not in words]


def give_passphrase(page: Page) -> None:
    dialog = page.get_by_role("dialog").filter(has_text="Log in as")
    dialog.get_by_label("Passphrase").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Log in").click()
    expect(dialog).to_have_count(0)


def test_a_remembered_name_that_is_claimed_has_no_tools_until_its_passphrase_is_given(
    api: httpx.Client, visit: Visit, claimed: str
) -> None:
    made = saved(api, claimed, explanation="mine")
    reader = visit(claimed)
    page = reader.open(f"/directions/{made['id']}")
    expect(page.locator("#explanations button.vote.up")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#owner-acts")).to_be_hidden()
    expect(page.get_by_role("button", name="edit", exact=True)).to_have_count(0)
    page.locator("button.vote.up").click()
    give_passphrase(page)
    expect(page.locator("button.vote.up .n")).to_have_text("1")
    expect(page.locator("#owner-acts")).to_be_visible()
    expect(page.get_by_role("button", name="edit", exact=True)).to_be_visible()
    expect(page.locator(".vote-error:not(:empty)")).to_have_count(0)
    rows = reader.open(f"/people/{claimed}").locator("#rows")
    expect(rows.get_by_role("button", name="delete")).to_be_visible()
    forgive(reader, 403)


def test_what_is_typed_under_a_claimed_name_is_saved_once_its_passphrase_is_given(
    api: httpx.Client, visit: Visit, claimed: str
) -> None:
    made = saved(api, "ada")
    reader = visit(claimed)
    page = reader.open(f"/directions/{made['id']}")
    page.get_by_role("button", name="Add to a collection").click()
    page.get_by_label("Its name").fill("a claimed one")
    page.get_by_role("button", name="Add", exact=True).click()
    give_passphrase(page)
    expect(page.locator(".toast")).to_contain_text("Added to the collection")
    reader.context.clear_cookies()
    page.get_by_role("button", name="Duplicate into mine").click()
    give_passphrase(page)
    page.wait_for_url(lambda url: not url.endswith(f"/{made['id']}"))
    page.wait_for_selector("html[data-ready]")
    reader.context.clear_cookies()
    page.get_by_role("button", name="delete", exact=True).click()
    give_passphrase(page)
    expect(page.locator("#gone")).to_be_visible()
    forgive(reader, 403)


def test_an_upload_under_a_claimed_name_asks_for_its_passphrase(visit: Visit, claimed: str) -> None:
    reader = visit(claimed)
    page = reader.open(f"/directions?site={SITE}")
    fill_upload(page)
    page.locator("#upload-save").click()
    give_passphrase(page)
    page.wait_for_url("**/directions/*")
    forgive(reader, 403)


def fill_upload(page: Page) -> None:
    page.get_by_role("button", name="Upload a direction").click()
    expect(page.locator("#upload-width")).not_to_be_empty()
    width = int(page.locator("#upload-width").inner_text().split()[0])
    page.locator("#upload-name").fill(f"uploaded {next(numbers)}")
    page.locator("#upload-vector").fill(str([1.0] * width))


def out_of_reach(route: Route) -> None:
    if route.request.method in ("GET", "HEAD"):
        route.continue_()
    else:
        route.abort()


def test_a_server_out_of_reach_is_said_in_every_form(
    api: httpx.Client, visit: Visit, tmp_path: Path
) -> None:
    made = saved(api, "ada")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(b"PK")
    reader = visit("someone")
    reader.context.route("**/api/v1/**", out_of_reach)
    page = reader.open(f"/directions?site={SITE}")
    fill_upload(page)
    page.locator("#upload-save").click()
    expect(page.locator("#upload-error")).to_contain_text("cannot be reached")
    expect(page.locator("#upload-vector")).not_to_be_empty()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Import / export").click()
    page.locator("#bundle-file").set_input_files(bundle)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#bundle-error")).to_contain_text("cannot be reached")

    page = reader.open(f"/directions/{made['id']}")
    page.get_by_role("button", name="Add to a collection").click()
    page.get_by_label("Its name").fill("kept as typed")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#collect-error")).to_contain_text("cannot be reached")
    expect(page.get_by_label("Its name")).to_have_value("kept as typed")
    reader.complaints.clear()


def test_a_collections_form_says_what_it_could_not_send(api: httpx.Client, visit: Visit) -> None:
    made = api.post("lists", json={"username": "ada", "name": f"list {next(numbers)}"}).json()
    reader = visit("ada")
    reader.context.route("**/api/v1/**", out_of_reach)
    page = reader.open(f"/lists/{made['id']}")
    page.get_by_role("button", name="edit name and note").click()
    page.get_by_label("Name", exact=True).fill("another")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#edit-error")).to_contain_text("cannot be reached")
    reader.complaints.clear()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    visit: Visit, tmp_path: Path
) -> None:
    large = tmp_path / "large.npy"
    large.write_bytes(b"\0" * 5 * 2**20)
    page = visit("someone").open(f"/directions?site={SITE}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Upload a direction").click()
    page.locator("#upload-file").set_input_files(large)
    page.locator("#upload-save").click()
    expect(page.locator("#upload-vector-error")).to_contain_text(
        "large.npy has 5 MB; files of at most 4 MB are taken."
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Import / export").click()
    page.locator("#bundle-form").evaluate("(form) => { form.dataset.maxBytes = '1024'; }")
    page.locator("#bundle-file").set_input_files(large)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#bundle-error")).to_contain_text("at most 1 kB")
    assert "POST" not in sent


def test_a_too_long_explanation_is_refused_and_not_cut(api: httpx.Client, visit: Visit) -> None:
    made = saved(api, "ada", explanation="a first thought")
    typed = "long " * 900
    reader = visit("ada")
    page = reader.open(f"/directions/{made['id']}")
    page.get_by_role("button", name="edit", exact=True).click()
    page.get_by_label("Your explanation").fill(typed)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".explanation form .error")).to_contain_text("4,000")
    expect(page.get_by_label("Your explanation")).to_have_value(typed)
    page.locator("#explain-open").click()
    page.locator("#explain-text").fill(typed)
    page.locator("#explain").get_by_label("+ end").check()
    page.get_by_role("button", name="Save explanation").click()
    expect(page.locator("#explain-error")).to_contain_text("4,000")
    expect(page.locator("#explain-text")).to_have_value(typed)
    page = reader.open(f"/directions?site={SITE}")
    fill_upload(page)
    page.locator("#upload-explanation").fill(typed)
    page.locator("#upload-save").click()
    expect(page.locator("#upload-explanation-error")).to_contain_text("4,000")
    expect(page.locator("#upload-explanation")).to_have_value(typed)
    forgive(reader, 422)


def test_what_is_refused_twice_is_said_once(api: httpx.Client, visit: Visit) -> None:
    owner = f"Patient {next(numbers)}"
    saved(api, owner)
    reader = visit(owner)
    reader.context.route("**/api/v1/directions/*", out_of_reach)
    page = reader.open(f"/people/{owner}")
    for _ in range(2):
        page.get_by_role("button", name="delete").click()
        expect(page.locator(".refusal")).to_have_text(
            "The server cannot be reached. Is it still running?"
        )
    expect(page.locator(".refusal")).to_have_count(1)
    reader.complaints.clear()
