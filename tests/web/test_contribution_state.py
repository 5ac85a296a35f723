"""The address of the contributions page, parsed at the edge."""

from dataclasses import replace

import pytest
from starlette.datastructures import QueryParams

from app.web.contribution_address import serialise
from app.web.contribution_shown import StateView
from app.web.contribution_state import (
    MAX_CURVES,
    AttentionNeuron,
    Case,
    ContributionState,
    Head,
    Neuron,
    parse,
)


def test_an_empty_address_leaves_everything_open() -> None:
    assert parse(QueryParams("")) == ContributionState()
    assert parse(QueryParams("text=&position=&level=&case=")) == ContributionState()


def test_every_word_is_read() -> None:
    query = (
        "model=demo&text=a+b&bos=0&position=2&target=5&other=6&tokens=7,8,7&curve=rank"
        "&level=attn_head&order=unhelpful&top=100&layers=5-7,3&ln=exact&bias=omit&head=9.8"
        "&value=9.2342&keys=paper&method=iterative&case=4.2.values.all.frozen"
    )
    assert parse(QueryParams(query)) == ContributionState(
        model="demo",
        text="a b",
        bos=False,
        position=2,
        target=5,
        other=6,
        tokens=(7, 8),
        curve="rank",
        level="attn_head",
        order="unhelpful",
        top=100,
        layers=(3, 5, 6, 7),
        ln="exact",
        bias="omit",
        head=Head(9, 8),
        value=Neuron(9, 2342),
        keys="paper",
        method="iterative",
        case=Case(4, 2, "values", "all", "frozen"),
    )


def test_a_number_of_a_heads_value_is_told_from_a_neuron() -> None:
    assert parse(QueryParams("value=9.8.17.3")).value == AttentionNeuron(9, 8, 17, 3)
    assert parse(QueryParams("case=4.2")).case == Case(4, 2)


def test_a_text_goes_before_a_prompt() -> None:
    state = parse(QueryParams("text=a&prompt=3"))
    assert (state.text, state.prompt) == ("a", None)
    assert "prompt=3" in state.problems[0]


@pytest.mark.parametrize(
    "query",
    [
        "prompt=0",
        "bos=yes",
        "position=-1",
        "position=1.5",
        "target=x",
        "other=99999999999",
        "tokens=1,b",
        "tokens=" + ",".join(map(str, range(MAX_CURVES + 1))),
        "curve=volts",
        "level=neuron",
        "order=best",
        "top=0",
        "top=101",
        "layers=a",
        "layers=7-5",
        "layers=3,",
        "ln=warm",
        "bias=some",
        "head=9",
        "head=9.8.7",
        "value=9",
        "value=9.8.7",
        "value=9.x",
        "keys=house",
        "method=guess",
        "case=4",
        "case=4.2.some",
        "case=4.2.values.none",
        "case=4.2.values.all.frozen.more",
    ],
)
def test_what_cannot_be_read_is_said_and_left_at_its_default(query: str) -> None:
    state = parse(QueryParams(query))
    name = query.partition("=")[0]
    assert len(state.problems) == 1
    assert state.problems[0].startswith(f"{name}=")
    assert getattr(state, name) == getattr(ContributionState(), name)


def shown(state: ContributionState) -> StateView:
    return StateView(**{name: getattr(state, name) for name in StateView.model_fields})


EVERYTHING = ContributionState(
    model="demo",
    text="a b",
    bos=False,
    position=3,
    target=1,
    other=2,
    tokens=(7, 3),
    curve="rank",
    layers=(0, 2, 3, 4),
    head=Head(9, 8),
    value=AttentionNeuron(9, 4, 9, 2),
    case=Case(4, 4, "values", "all", "frozen"),
)


def test_an_address_is_written_as_the_script_writes_it() -> None:
    """`tests/js/contributionstate.test.mjs` holds the script to the same."""
    assert serialise(shown(EVERYTHING)) == (
        "model=demo&text=a+b&bos=0&position=3&target=1&other=2&tokens=7,3&curve=rank"
        "&layers=0,2-4&head=9.8&value=9.4.9.2&case=4.4.values.all.frozen"
    )


def test_an_address_reads_back_as_the_state_it_was_written_from() -> None:
    open_ = ContributionState(model="demo")
    for state in (
        open_,
        EVERYTHING,
        replace(open_, prompt=12, level="attn_head", order="unhelpful", top=100),
        replace(open_, text="ü & = # + %\n\t 🙂", ln="exact", bias="omit", value=Neuron(9, 2342)),
        replace(open_, keys="paper", method="iterative", layers=(0, 1, 5)),
    ):
        assert parse(QueryParams(serialise(shown(state)))) == state
