"""Models load behind the server's back, and it always knows what it has."""

import dataclasses
import threading
from collections.abc import Callable

import pytest

from app.errors import ModelFailed, ModelLoading, ModelRefused, UnknownModel, WorkerStopped
from app.model.loading import LoadedModel
from app.worker.hub import ModelHub
from app.worker.jobs import PredictJob

Load = Callable[[str], LoadedModel]


@pytest.fixture
def load(tiny_model: LoadedModel) -> Load:
    """Loads anything at once; `auto` turns out to be the demo model."""

    def named(given: str) -> LoadedModel:
        if given == "broken":
            raise ModelRefused("It is broken; mend it.")
        if given == "odd":
            raise ZeroDivisionError("odd")
        if given == "auto":
            return dataclasses.replace(
                tiny_model, name="demo", revision="demo", notice="This is the demo."
            )
        return dataclasses.replace(tiny_model, name=given.split("/")[-1], revision=given)

    return named


def started(names: list[str], load: Load) -> ModelHub:
    hub = ModelHub(names, load)
    hub.start()
    hub.wait(10)
    return hub


def test_a_loaded_model_is_ready_and_answers(load: Load) -> None:
    hub = started(["demo"], load)
    served = hub.get("demo")
    assert hub.status() == {"demo": "ready"}
    assert served.info.shape.n_layers == 3 and served.info.dtype == "float32"
    assert served.batcher.submit(PredictJob((1, 2, 3))).result(10).ids.shape == (3, 5)
    hub.close()


def test_until_then_it_says_loading(load: Load) -> None:
    gate = threading.Event()

    def slowly(given: str) -> LoadedModel:
        assert gate.wait(10)
        return load(given)

    hub = ModelHub(["auto", "other"], slowly)
    hub.start()
    assert hub.status() == {"auto": "loading", "other": "loading"}
    assert (hub.default, hub.names, hub.notice, hub.ready()) == (None, ["other"], None, [])
    for name in ("other", "demo", "gpt2"):  # either of the last two may be what auto becomes
        with pytest.raises(ModelLoading):
            hub.get(name)
    gate.set()
    hub.wait(10)
    assert hub.status() == {"demo": "ready", "other": "ready"}
    assert (hub.default, hub.names, hub.notice) == ("demo", ["demo", "other"], "This is the demo.")
    hub.close()


def test_a_model_that_fails_says_why_and_the_others_work(load: Load) -> None:
    hub = started(["broken", "odd", "demo"], load)
    assert hub.status() == {
        "broken": "failed: It is broken; mend it.",
        "odd": "failed: Loading failed: ZeroDivisionError: odd",
        "demo": "ready",
    }
    with pytest.raises(ModelFailed, match="mend it"):
        hub.get("broken")
    assert isinstance(hub.failures["broken"], ModelRefused)
    assert hub.get("demo").info.name == "demo"
    hub.close()


def test_an_unknown_model_is_said_to_be_unknown(load: Load) -> None:
    hub = started(["demo"], load)
    with pytest.raises(UnknownModel, match="'gpt5'.*only: demo"):
        hub.get("gpt5")
    hub.close()


def test_two_models_of_one_name_are_refused(load: Load) -> None:
    hub = started(["a/same", "b/same"], load)
    assert hub.get("same").info.name == "same"
    assert hub.status()["same"] == "ready"
    assert "Two models are called 'same'" in hub.status()["b/same"]
    with pytest.raises(UnknownModel):
        hub.get("gpt2")
    hub.close()


def test_auto_that_turns_out_to_be_a_model_named_as_well_is_served_once(load: Load) -> None:
    hub = started(["auto", "demo"], load)
    assert hub.status() == {"demo": "ready"}
    assert hub.notice == "This is the demo."
    hub.close()


def test_a_name_given_twice_is_served_once(load: Load) -> None:
    hub = started(["demo", "demo"], load)
    assert hub.names == ["demo"]
    hub.close()


def test_no_model_at_all_is_refused(load: Load) -> None:
    with pytest.raises(ModelRefused, match="No model is named"):
        ModelHub([], load)


def test_closing_stops_every_worker(load: Load) -> None:
    hub = started(["demo", "other"], load)
    hub.close()
    for served in hub.ready():
        with pytest.raises(WorkerStopped):
            served.batcher.submit(PredictJob((1,)))


def test_closing_while_a_model_loads_serves_it_no_more(load: Load) -> None:
    gate = threading.Event()

    def slowly(given: str) -> LoadedModel:
        assert gate.wait(10)
        return load(given)

    hub = ModelHub(["demo", "other"], slowly)
    hub.start()
    hub.close()
    gate.set()
    hub.wait(10)
    assert hub.ready() == []
