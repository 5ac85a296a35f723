"""How tokens are coloured and labelled: the rules that the page's script shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.palette import LEVELS
from app.web.rendering import (
    Painting,
    Shades,
    colour_range,
    has_direction,
    keeps_spaces,
    level_of,
    mixed,
    normalised,
    paint,
    percent,
    shown,
    signed,
    spoken,
)
from app.web.views import (
    BasisView,
    OtherDirectionView,
    PromptView,
    SiteView,
    StateView,
    TokenView,
    ViewerView,
)
from app.web.wording import NO_DIRECTION, UNFITTED, explains, heading, legend_note

finite = st.floats(-1e4, 1e4, allow_nan=False, width=32)

BASIS = BasisView(
    n_tokens=1000,
    n_components=48,
    corpus="c",
    ratios=(0.4, 0.2, 0.1),
    means=(1.0, -2.0, 0.5),
    stds=(4.0, 2.0, 1.0),
)
STATE = StateView(
    model="tiny", site="hook_embed", head=None, mix=((0, 1.0),), token=None, neuron=None,
    direction=None, unit="dot", range=None, seed=1, n=2, texts=(), prompts=(), set=None,
    open=None, pin=None, heat=None,
    across="direction", tab="texts", marks=False, boxes=False, bos=False, face="serif",
)  # fmt: skip


def token(text: str, *, special: bool = False) -> TokenView:
    return TokenView(id=1, text=text, special=special)


def view_of(basis: BasisView | None = BASIS, **state: object) -> ViewerView:
    """A view of two texts, of three and two tokens."""
    first = (token("<|endoftext|>", special=True), token("Rome"), token(" is"))
    prompts = (
        PromptView(
            key="p1", prompt_id=1, source="facts", given="sample", text="Rome is", tokens=first
        ),
        PromptView(
            key="p2", prompt_id=2, source="facts", given="sample", text="a\n", tokens=first[1:]
        ),
    )
    return ViewerView(
        models=(),
        model_label="tiny",
        notice=None,
        state=STATE.model_copy(update=state),
        site=SiteView(
            name="hook_embed", label="Token embedding", layer=None, head=None, n_heads=None,
            width=48, in_model_space=True, basic=True, blocks=3,
        ),
        grid=(),
        basis=basis,
        other_direction=None,
        prompts=prompts,
        set=None,
        n_columns=4,
        scales=(1.0,) * 4,
        matrix="AAAA",
    )  # fmt: skip


MATRIX = np.array(
    [
        [90.0, 1.0, 1.0, 100.0],
        [4.0, 3.0, 1.0, 10.0],
        [-2.0, 1.0, 0.5, 5.0],
        [1.0, 0.0, 0.0, 2.0],
        [0.0, 0.0, 0.0, 0.0],
    ]
)


@given(st.lists(st.tuples(st.integers(0, 30), finite), max_size=8, unique_by=lambda p: p[0]))
def test_normalised_weights_have_length_one_or_are_all_zero(mix: list[tuple[int, float]]) -> None:
    length = math.hypot(*(weight for _, weight in normalised(mix, None)))
    assert length == pytest.approx(1) if any(weight for _, weight in mix) else length == 0


@given(finite, finite)
def test_scores_of_a_mix_are_the_mix_of_scores(a: float, b: float) -> None:
    mix = ((0, a), (2, b))
    length = math.hypot(a, b) or 1.0
    expected = (a * MATRIX[:, 0] + b * MATRIX[:, 2]) / length
    assert mixed(MATRIX, view_of(mix=mix)) == pytest.approx(expected, abs=1e-9)


def test_units_are_what_they_say() -> None:
    mix = ((0, 0.6), (1, 0.8))
    dot = mixed(MATRIX, view_of(mix=mix))
    mean, std = 0.6 * 1.0 + 0.8 * -2.0, math.hypot(0.6 * 4.0, 0.8 * 2.0)
    assert mixed(MATRIX, view_of(mix=mix, unit="centred")) == pytest.approx(dot - mean)
    assert mixed(MATRIX, view_of(mix=mix, unit="z")) == pytest.approx((dot - mean) / std)
    cosine = mixed(MATRIX, view_of(mix=mix, unit="cosine"))
    assert cosine[:4] == pytest.approx(dot[:4] / MATRIX[:4, 3])
    assert cosine[4] == 0


@pytest.mark.parametrize("kind", ["token", "saved"])
def test_a_direction_that_is_no_mix_is_the_column_before_the_norm(kind: str) -> None:
    direction = OtherDirectionView.model_validate(
        {"kind": kind, "text": "Rome", "mean": 0.5, "std": 2.0}
    )
    view = view_of(unit="z").model_copy(update={"other_direction": direction})
    assert mixed(MATRIX, view) == pytest.approx((MATRIX[:, 2] - 0.5) / 2)


@pytest.mark.parametrize("unit", ["centred", "z"])
def test_without_a_basis_no_score_is_made_up_in_a_unit_that_needs_one(unit: str) -> None:
    direction = OtherDirectionView(kind="token", text="Rome", mean=None, std=None)
    unknown = {"other_direction": direction, "basis": None}
    with pytest.raises(ValueError, match=unit):
        mixed(MATRIX, view_of(unit=unit).model_copy(update=unknown))
    assert mixed(MATRIX, view_of().model_copy(update=unknown)) == pytest.approx(MATRIX[:, 2])


def test_along_a_direction_without_spread_every_z_is_zero() -> None:
    direction = OtherDirectionView(kind="token", text="Rome", mean=0.5, std=0.0)
    view = view_of(unit="z").model_copy(update={"other_direction": direction})
    assert mixed(MATRIX, view) == pytest.approx(0)


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        (OtherDirectionView(kind="token", text="a\n", mean=0, std=1), "residual of “a↵”"),
        (
            OtherDirectionView(kind="saved", text="months", mean=0, std=1, by="ada"),
            "“months” by ada",
        ),
        (OtherDirectionView(kind="saved", text="component 4", mean=0, std=1), "“component 4”"),
    ],
)
def test_a_direction_is_called_by_its_token_or_its_name(
    direction: OtherDirectionView, words: str
) -> None:
    view = view_of().model_copy(update={"other_direction": direction})
    assert heading(view) == f"Token embedding · {words}"


def test_where_components_are_not_orthogonal_their_angles_count() -> None:
    gram = ((1.0, 0.5, 0.0), (0.5, 1.0, 0.0), (0.0, 0.0, 1.0))
    (_, a), (_, b) = normalised(((0, 1.0), (1, 1.0)), gram)
    assert a * a + b * b + 2 * a * b * 0.5 == pytest.approx(1)


@given(st.lists(finite, min_size=1, max_size=300))
def test_the_range_is_above_zero_and_one_percent_lie_beyond(values: list[float]) -> None:
    scores = np.array(values)
    limit = colour_range(scores)
    assert limit > 0
    assert (np.abs(scores) > limit).sum() <= len(values) / 100


@given(finite, st.floats(1e-3, 1e4))
def test_levels_are_odd_bounded_and_saturate(value: float, limit: float) -> None:
    level = level_of(value, limit)
    assert abs(level) <= LEVELS
    assert level_of(-value, limit) == -level
    if abs(value) >= limit:
        assert abs(level) == LEVELS


def test_bos_is_not_coloured_and_does_not_set_the_range() -> None:
    painting = paint(view_of(), MATRIX)
    assert painting.range == 4
    assert painting.texts[0][0].classes == "t bos"
    assert painting.texts[0][0].text == "BOS"
    coloured = paint(view_of(bos=True), MATRIX)
    assert coloured.range == 4
    assert coloured.texts[0][0].classes == "t bos p64"


def test_a_pinned_range_saturates_and_counts_what_lies_beyond() -> None:
    painting: Painting = paint(view_of(range=1.5), MATRIX)
    assert (painting.range, painting.beyond, painting.counted) == (1.5, 2, 4)
    assert [each.classes for each in painting.texts[0]] == ["t bos", "t p64", "t n64"]


def test_only_what_is_on_screen_sets_the_range() -> None:
    assert paint(view_of(open="p2"), MATRIX).range == 1


def test_labels_hold_the_value_and_its_sign() -> None:
    labels = [each.label for each in paint(view_of(), MATRIX).texts[0]]
    assert labels == ["<|endoftext|> +90.0", "Rome +4.00", "is −2.00"]


def test_one_token_of_each_text_is_a_tab_stop() -> None:
    for text in paint(view_of(), MATRIX).texts:
        assert sorted(each.tabindex for each in text)[-1] == 0
        assert [each.tabindex for each in text].count(0) == 1


def test_white_space_and_control_characters_can_be_seen() -> None:
    assert shown(token(" Rome\n"), boxes=False) == " Rome\n"
    assert shown(token(" Rome\n"), boxes=True) == "␣Rome↵\n"
    assert shown(token("\x00\x1b\x7f"), boxes=False) == "␀␛␡"
    assert shown(token(""), boxes=True) == "·\u200b"
    assert [spoken(text) for text in ("\n", "\t", " ", "", " a")] == [
        "new line", "tab", "space", "part of a character", "a",
    ]  # fmt: skip


def test_white_space_is_kept_where_it_has_a_meaning() -> None:
    texts = ("a b", "a\nb", "def f():\n    return", "a\tb", " a", "a  b")
    assert [keeps_spaces(text) for text in texts] == [False, False, True, True, True, True]


def test_numbers_are_written_for_people() -> None:
    assert [signed(v) for v in (4.2061, -0.12345, 31.26, -1234.5, 0.0, 1e-5)] == [
        "+4.21", "−0.123", "+31.3", "−1,234", "0", "0",
    ]  # fmt: skip
    assert [percent(v) for v in (0.2412, 0.0241, 0.00241, 1e-5, 0.0, 0.9968, 0.9999, 1.0)] == [
        "24 %", "2.4 %", "0.24 %", "< 0.01 %", "0.00 %", "99.7 %", "> 99.9 %", "100 %",
    ]  # fmt: skip


def test_shades_rise_with_the_share_and_use_the_whole_scale() -> None:
    shades = Shades([0.5 / (k + 1) for k in range(200)])
    steps = [shades.of(0.5 / (k + 1)) for k in range(200)]
    assert steps == sorted(steps, reverse=True)
    assert (steps[0], steps[-1], shades.of(0.0)) == (16, 0, 0)


def test_with_every_weight_at_zero_nothing_is_coloured_or_numbered() -> None:
    view = view_of(mix=((2, 0.0),))
    assert not has_direction(view)
    rome = paint(view, MATRIX).texts[0][1]
    assert (rome.classes, rome.label) == ("t", "Rome")
    assert (explains(view), legend_note(view, paint(view, MATRIX))) == ("", NO_DIRECTION)
    assert legend_note(view_of(None), paint(view, MATRIX)) == UNFITTED


@given(values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300))
def test_the_range_holds_nearly_all_scores_and_no_sign(values: list[float]) -> None:
    scores = np.array(values)
    reach = colour_range(scores)
    assert (np.abs(scores) <= reach).mean() >= 0.98
    assert colour_range(-scores) == reach
