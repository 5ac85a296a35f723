"""Units of the viewer's scores: no value stands on the page in a unit that the API would refuse."""

import re

import numpy as np
import pytest

from app.web.wording import NEEDS_BASIS
from tests.web.conftest import SITE, TEXT, Running
from tests.web.saving import Json, ok, person
from tests.web.test_pages import data_in, opened

UNFITTED = "blocks.1.hook_resid_mid"
UNITS = ("dot", "centred", "cosine", "z")
KINDS = ("component", "mix", "token", "neuron", "saved")


def asked(web: Running, kind: str, site: str) -> tuple[str, Json]:
    """A direction at a site: as the page's address has it, and as the API takes it."""
    match kind:
        case "component":
            return f"site={site}&component=3", {"component": 3}
        case "mix":
            parts = [{"component": 0, "weight": 0.5}, {"component": 2, "weight": -1.0}]
            return f"site={site}&mix=0:0.5,2:-1", {"combination": parts}
        case "token":
            return f"site={site}&token=t0:3", {"token": {"text": TEXT, "position": 3}}
        case "neuron":
            neuron = {"layer": 1, "head": 2, "dim": 5}
            return f"site={site}&neuron=1.2.5", {"neuron": neuron}
    id_ = person(web).save(site=site)["id"]
    return f"direction={id_}", {"id": id_}


def numbers(page: str, count: int) -> list[float]:
    """The scores that a page's first tokens are labelled with."""
    labels = re.findall(r'<span class="t[^"]*"[^>]*aria-label="[^"]* ([+−]?[\d.,]+)"', page)
    return [float(label.replace("−", "-").replace(",", "")) for label in labels[:count]]


@pytest.mark.parametrize("site", [SITE, UNFITTED])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_value_on_the_page_is_the_apis_in_the_unit_that_it_has(
    web: Running, kind: str, unit: str, site: str
) -> None:
    address, direction = asked(web, kind, site)
    unknown = site == UNFITTED and unit in ("centred", "z")
    page = opened(web, f"/?{address}&unit={unit}&text={TEXT}&n=1", 422 if unknown else 200)
    view = data_in(page)
    shown = numbers(page, len(view["prompts"][0]["tokens"]))
    body = {"site": site, "texts": [TEXT], "directions": [direction]}
    answer = web.post("/scores", {**body, "unit": view["state"]["unit"]})
    if answer.status_code == 404:
        assert shown == []
    else:
        expected = np.array(ok(answer)["prompts"][0]["scores"][0])
        tolerance = 2e-3 * np.abs(expected).max()
        np.testing.assert_allclose(shown, expected, rtol=0.01, atol=tolerance)
    if view["state"]["unit"] != unit:
        assert web.post("/scores", {**body, "unit": unit}).status_code == 404


@pytest.mark.parametrize("unit", ["centred", "z"])
def test_a_unit_that_is_not_known_there_is_told_and_its_button_says_what_to_do(
    web: Running, unit: str
) -> None:
    page = opened(web, f"/?site={UNFITTED}&neuron=1.2.5&unit={unit}&range=2&text={TEXT}", 422)
    view = data_in(page)
    assert (view["state"]["unit"], view["state"]["range"]) == ("dot", None)
    assert view["problems"] == [
        f"unit={unit}: No basis has been fitted at Layer 1 after attention, so the corpus’s mean "
        "and standard deviation are not known there. Scores are dot products; fit this site to "
        "have others. The range 2 was in that unit."
    ]
    other = view["other_direction"]
    assert (other["mean"], other["std"]) == (None, None)
    assert 'id="legend-unit">dot product<' in page
    for key in UNITS:
        (button,) = re.findall(rf'<input type="radio" name="unit" value="{key}"[^>]*>', page)
        assert ("disabled" in button) == (key in ("centred", "z"))
        assert (NEEDS_BASIS.split("“")[0] in button) == (key in ("centred", "z"))


def test_where_a_basis_is_fitted_every_unit_can_be_chosen(web: Running) -> None:
    page = opened(web, f"/?site={SITE}&neuron=1.2.5&unit=z&range=2")
    assert data_in(page)["state"]["range"] == 2
    assert not re.search(r'name="unit"[^>]*disabled', page)
