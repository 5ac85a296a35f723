"""Addresses of the viewer, parsed at the edge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from app.web.viewstate import FIRST_SEED, Mix, Neuron, Pin, Saved, TextKey, ViewState, parse


def read(query: str) -> ViewState:
    return parse(QueryParams(query))


def test_an_empty_address_leaves_everything_open() -> None:
    assert read("") == ViewState(seed=FIRST_SEED)


def test_every_parameter_is_read() -> None:
    state = read(
        "model=demo&site=blocks.0.attn.hook_z&head=2&mix=0:0.82,3:-0.31&unit=z&range=12.5&seed=7"
        "&n=3&text=a&text=b&prompt=5&prompt=2&prompt=5&set=3&open=p4&pin=t0:5&heat=t1&across=component&tab=corpus&marks=1&boxes=1&bos=1&face=sans"
    )
    assert state == ViewState(
        model="demo", site="blocks.0.attn.hook_z", head=2,
        direction=Mix(((0, 0.82), (3, -0.31))), unit="z", range=12.5, seed=7, n=3,
        texts=("a", "b"), prompts=(5, 2), set=3, open=TextKey("p", 4), pin=Pin(TextKey("t", 0), 5),
        heat=TextKey("t", 1), across="component", tab="corpus", marks=True, boxes=True, bos=True,
        face="sans",
    )  # fmt: skip


def test_a_component_is_a_mix_of_one_and_a_token_goes_before_it() -> None:
    assert read("component=4").direction == Mix(((4, 1.0),))
    assert read("component=4&token=p12:5").direction == Pin(TextKey("p", 12), 5)


def test_a_neuron_is_an_ffns_or_a_heads_and_goes_before_a_token() -> None:
    assert read("neuron=9.2342").direction == Neuron(9, 2342)
    assert read("mix=0:1&token=p12:5&neuron=9.4.17").direction == Neuron(9, 17, head=4)
    for address in ("9.2342", "0.0", "9.4.17"):
        assert str(read(f"neuron={address}").direction) == address


def test_a_saved_direction_goes_before_any_other() -> None:
    assert read("direction=12").direction == Saved(12)
    assert read(
        "component=4&mix=0:1&token=p12:5&neuron=1.2&direction=12&site=elsewhere"
    ).direction == Saved(12)


def test_at_most_sixteen_prompts_are_shown_and_more_are_said() -> None:
    state = read("&".join(f"prompt={id_}" for id_ in range(1, 18)))
    assert state.prompts == tuple(range(1, 17))
    assert "the first 16" in state.problems[0]


def test_keys_are_written_as_they_are_read() -> None:
    assert str(read("pin=t0:5").pin) == "t0:5"
    assert str(read("open=p12").open) == "p12"


@pytest.mark.parametrize(
    "query",
    [
        "component=-1", "component=x", "component=٣", "mix=1", "mix=1:nan", "mix=1:inf", "mix=a:1",
        "mix=" + ",".join(f"{k}:1" for k in range(65)), "unit=volts", "range=0", "range=-1",
        "range=nan", "seed=-1", "seed=1.5", "n=0", "n=65", "open=q1", "pin=p1", "pin=:3",
        "heat=t", "across=x", "tab=x", "marks=yes", "face=comic", "head=-1",
        "seed=99999999999999999999", "direction=0", "direction=x", "direction=99999999999",
        "neuron=9", "neuron=9.", "neuron=9.1.2.3", "neuron=-1.2", "neuron=9.x", "neuron=1.٣",
        "neuron=1.9999999", "prompt=0", "prompt=x", "set=0", "set=p3",
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_named_and_left_out(query: str) -> None:
    state = read(query)
    assert len(state.problems) == 1
    assert state.problems[0].startswith(query.partition("=")[0])
    assert ViewState(seed=FIRST_SEED, problems=state.problems) == state


@given(st.text(), st.text())
def test_no_address_raises(name: str, value: str) -> None:
    for each in (
        "mix",
        "token",
        "neuron",
        "pin",
        "range",
        "seed",
        "component",
        "direction",
        "prompt",
        "set",
        name,
    ):
        parse(QueryParams([(each, value)]))
