"""The colour scale's promises, in both themes."""

import pytest

from app.web.palette import (
    CONTRAST,
    DARK,
    LEVELS,
    LIGHT,
    STYLESHEET,
    Theme,
    contrast,
    level_class,
    lightness,
    stylesheet,
    swatch,
)

both_themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
both_signs = pytest.mark.parametrize("sign", [1, -1], ids=["plus", "minus"])


@both_themes
def test_zero_is_the_page_itself(theme: Theme) -> None:
    assert swatch(theme, 0).background == theme.paper


@both_themes
@both_signs
def test_lightness_is_monotone_on_each_side(theme: Theme, sign: int) -> None:
    steps = [lightness(swatch(theme, sign * level).background) for level in range(LEVELS + 1)]
    falling = theme.paper == LIGHT.paper
    pairs = zip(steps, steps[1:], strict=False)
    assert all((before > after) is falling for before, after in pairs)


@both_themes
def test_the_same_magnitude_is_equally_strong_on_both_sides(theme: Theme) -> None:
    for level in range(LEVELS + 1):
        plus, minus = swatch(theme, level), swatch(theme, -level)
        assert abs(lightness(plus.background) - lightness(minus.background)) < 0.012


@both_themes
@both_signs
def test_text_can_be_read_on_every_level(theme: Theme, sign: int) -> None:
    for level in range(LEVELS + 1):
        colours = swatch(theme, sign * level)
        assert contrast(colours.background, colours.text) >= CONTRAST


@both_themes
@both_signs
def test_text_flips_once_from_the_pages_ink_to_its_opposite(theme: Theme, sign: int) -> None:
    texts = [swatch(theme, sign * level).text for level in range(LEVELS + 1)]
    bright = [contrast("#000000", text) > contrast("#ffffff", text) for text in texts]
    flips = sum(a != b for a, b in zip(bright, bright[1:], strict=False))
    assert flips == 1
    assert texts[0] == theme.ink


@both_themes
def test_blue_is_plus_and_red_is_minus(theme: Theme) -> None:
    plus, minus = swatch(theme, LEVELS).background, swatch(theme, -LEVELS).background
    assert int(plus[5:7], 16) > int(plus[1:3], 16) + 80
    assert int(minus[1:3], 16) > int(minus[5:7], 16) + 80


@both_themes
def test_words_for_the_signs_can_be_read_on_the_page(theme: Theme) -> None:
    assert all(contrast(theme.paper, word) >= CONTRAST for word in theme.words)


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_classes_are_named_by_sign_and_level() -> None:
    assert [level_class(level) for level in (-64, -1, 0, 1, 64)] == ["n64", "n1", "", "p1", "p64"]


def test_the_committed_stylesheet_is_the_one_that_is_generated() -> None:
    assert STYLESHEET.read_text("utf-8") == stylesheet(), "run `python -m app.web.palette`"
