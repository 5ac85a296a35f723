"""Neurons as directions in the viewer, in a real browser: colours, layers, saving, the card."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Reader, Visit, colours, settle
from tests.browser.test_accessibility import violations
from tests.browser.test_saving import close, levels, levels_of, save, toast

pytestmark = pytest.mark.browser

FFN = "/?neuron=0.7&text=Rome%20is%20far."
ATTENTION = "/?neuron=1.2.5"


def test_a_neurons_address_opens_with_its_colours_and_its_name(reader: Reader) -> None:
    page = reader.open(FFN)
    settle(page)
    painted = colours(page)
    rendered = reader.context.request.get(reader.address + FFN).text()
    first = re.findall(r'<span class="(t[^"]*)"[^>]*role="button"', rendered)
    assert painted == first
    assert len({each for each in levels_of(painted) if each}) > 10
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · neuron 7")
    expect(page.locator("#explains")).to_have_text(re.compile(r"^at Layer 1 · explains [\d.]+ %$"))
    expect(page.locator("#formula")).to_contain_text("what one neuron writes")
    expect(page.locator("#sliders")).to_be_hidden()
    quoted = re.findall(r'<span dir="auto">(“[^<]*”)</span>', rendered)
    assert len(quoted) == 16
    expect(page.locator("#meaning span")).to_have_text([unescape(each) for each in quoted])
    expect(page.locator("#meaning")).to_contain_text("not saved yet")
    expect(page).to_have_title("Layer 0 · neuron 7 · Residual Stream Viewer")


def test_the_layer_changes_and_the_neuron_stays_until_a_component_is_chosen(
    reader: Reader,
) -> None:
    page = reader.open(FFN)
    first = colours(page)
    page.locator("#texts .t").nth(2).focus()
    page.keyboard.press("]")
    expect(page.locator("#explains")).to_contain_text("at Layer 2")
    settle(page)
    assert "site=blocks.2.hook_resid_pre&neuron=0.7" in page.url
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · neuron 7")
    above = colours(page)
    assert above != first
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert close(levels(page), levels_of(above))
    page.go_back()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#explains")).to_contain_text("at Layer 1")
    settle(page)
    assert close(levels(page), levels_of(first))
    page.locator('#grid tr[data-site="blocks.1.hook_resid_pre"] td').nth(3).click()
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · component 3")
    settle(page)
    assert "neuron" not in page.url
    page.go_back()
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · neuron 7")
    assert "neuron=0.7" in page.url


def test_across_layers_a_neuron_is_one_vector_and_a_cell_leads_to_its_layer(
    reader: Reader,
) -> None:
    page = reader.open(FFN)
    page.locator("#texts .text").first.locator("[data-act=heat]").click()
    expect(page.locator("#heat")).to_contain_text("at every layer: Layer 0 · neuron 7.")
    page.locator("#heat tbody tr").nth(2).locator("button").nth(2).click()
    expect(page.locator("#explains")).to_contain_text("at Layer 2")
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · neuron 7")


def test_a_neuron_is_saved_found_again_and_named_where_it_was_made(visit: Visit) -> None:
    page = visit("neuron ada").open(ATTENTION)
    before = colours(page)
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · head 2 · neuron 5")
    # Nothing is fitted there: the neuron is coloured by and saved all the same.
    expect(page.locator("#explains")).to_have_text("at Layer 1 after attention")
    page.locator("#save-direction").click()
    dialog = page.get_by_role("dialog", name="Save as direction")
    expect(dialog).to_contain_text(
        "Layer 1 after attention. What neuron 5 of layer 1’s head 2 writes."
    )
    dialog.get_by_role("button", name="Cancel").click()
    save(page, "a head's neuron")
    title = "Layer 1 after attention · “a head's neuron” by neuron ada"
    expect(page.locator("#direction-title")).to_have_text(title)
    page.wait_for_url("**/?direction=*")
    settle(page)
    assert colours(page) == before
    toast(page, "is saved").get_by_role("link", name="Open its page").click()
    link = page.locator(".made").get_by_role("link", name="neuron 5 of layer 1’s head 2")
    expect(link).to_be_visible()
    link.click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · head 2 · neuron 5")
    assert close(levels(page), levels_of(before))
    page.go_back()
    page.get_by_role("link", name="Open in the viewer").click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#direction-title")).to_have_text(title)


def test_a_saved_neuron_still_says_its_tokens_and_can_be_explained(visit: Visit) -> None:
    page = visit("neuron eve").open(ATTENTION)
    words = page.locator("#meaning .meaning-says span")
    expect(words).to_have_count(16)

    def read() -> list[str]:
        # In a document a carriage return is read as a new line; in a script it stays what it is.
        return [each.replace("\r", "\n") for each in words.all_inner_texts()]

    said = read()
    save(page, "words stay")
    expect(page.locator("#meaning")).to_contain_text("Nobody has said yet")
    assert read() == said
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Explain it").click()
    page.get_by_role("textbox", name="What it means").fill("what a head writes")
    page.keyboard.press("Enter")
    expect(page.locator("#meaning")).to_contain_text("“what a head writes”")
    assert read() == said
    page.locator('#grid tr[data-site="blocks.1.hook_resid_pre"] td').nth(2).click()
    expect(page.locator("#direction-title")).to_have_text("Layer 1 · component 2")
    expect(words).to_have_count(0)


def test_saving_taken_back_shows_the_neuron_again(visit: Visit) -> None:
    page = visit("neuron bob").open(FFN)
    save(page, "taken back")
    expect(page.locator("#direction-title")).to_contain_text("“taken back”")
    toast(page, "is saved").get_by_role("button", name="Undo").click()
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · neuron 7")
    assert "neuron=0.7" in page.url


def test_a_tokens_residual_takes_the_neurons_place_and_back_undoes_it(reader: Reader) -> None:
    page = reader.open(FFN)
    page.locator("#texts .t").nth(2).click()
    page.get_by_role("button", name="Colour by this token’s own residual").click()
    expect(page.locator("#direction-title")).to_contain_text("residual of")
    assert "token=t0:2" in page.url and "neuron" not in page.url
    page.go_back()
    expect(page.locator("#direction-title")).to_have_text("Layer 0 · neuron 7")


def test_the_card_leads_to_the_contributions_at_a_token(reader: Reader) -> None:
    page = reader.open(FFN)

    def asked() -> str:
        return str(page.get_by_role("link", name="Contributions here").get_attribute("href"))

    page.locator('#texts .text[data-key="t0"] .t').nth(3).click()
    mine = urlsplit(asked())
    assert mine.path == "/contributions"
    assert parse_qs(mine.query) == {"model": ["tiny"], "text": ["Rome is far."], "position": ["3"]}
    stored = page.locator('#texts .text[data-key^="p"]').first
    number = str(stored.get_attribute("data-key"))[1:]
    stored.locator(".t").nth(2).click()
    expect(page.locator("#card")).to_contain_text("position 2")
    theirs = parse_qs(urlsplit(asked()).query)
    assert theirs == {"model": ["tiny"], "prompt": [number], "position": ["2"]}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("address", [FFN, ATTENTION])
def test_a_neurons_view_passes_axe(
    chromium: Browser, site: str, address: str, size: ViewportSize
) -> None:
    context = chromium.new_context(viewport=size)
    context.add_init_script("localStorage.setItem('dismissed-hint', '1')")
    page = Reader(context, site).open(address)
    page.locator("#texts .t").nth(3).click()
    expect(page.locator("#card")).to_be_visible()
    assert violations(page) == []
    context.close()


def test_a_unit_that_needs_a_basis_is_refused_in_an_address_and_cannot_be_chosen(
    chromium: Browser, site: str
) -> None:
    context = chromium.new_context(viewport=DESKTOP)
    page = Reader(context, site).open(f"{ATTENTION}&unit=z&range=2")
    problems = page.locator("#problems")
    expect(problems).to_contain_text("unit=z: No basis has been fitted at Layer 1 after attention")
    settle(page)
    expect(page.locator("#legend-unit")).to_have_text("dot product")
    expect(page.locator('#units input[value="dot"]')).to_be_checked()
    for unit in ("centred", "z"):
        button = page.locator(f'#units input[value="{unit}"]')
        expect(button).to_be_disabled()
        expect(button).to_have_attribute("title", re.compile("press “Fit this site”"))
    expect(page.locator("#fit")).to_contain_text("scores are not centred")
    # Nor by the keyboard: the arrows pass them over.
    page.locator('#units input[value="dot"]').focus()
    for unit in ("cosine", "dot"):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f'#units input[value="{unit}"]')).to_be_checked()
    page.locator("#texts .t").nth(3).click()
    expect(page.locator("#card .value")).to_contain_text("dot product")
    page.get_by_role("button", name="Colour by this token’s own residual").click()
    expect(page.locator("#direction-title")).to_contain_text("residual of")
    settle(page)
    expect(page.locator("#legend-unit")).to_have_text("dot product")
    assert "unit=" not in page.url
    context.close()


def test_moving_in_z_to_a_site_without_a_basis_falls_back_to_dot_and_says_so(
    reader: Reader,
) -> None:
    page = reader.open(f"{FFN}&unit=z")
    before = colours(page)
    page.locator("#all-sites summary").click()
    page.locator("#site-search").fill("layer 2 after attention")
    page.locator("#site-list button").first.click()
    expect(page.locator("#direction-title")).to_have_text("Layer 2 after attention")
    expect(page.get_by_text("No basis has been fitted at Layer 2 after attention")).to_be_visible()
    expect(page.locator('#units input[value="dot"]')).to_be_checked()
    expect(page.locator('#units input[value="z"]')).to_be_disabled()
    assert "unit=" not in page.url
    page.go_back()
    expect(page.locator('#units input[value="z"]')).to_be_checked()
    settle(page)
    assert colours(page) == before
    assert "unit=z" in page.url
