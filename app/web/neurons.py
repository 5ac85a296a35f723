"""Neurons as directions: the row of weights that one adds to the residual stream, and its words."""

from torch import Tensor

from app.analysis.directions import unit
from app.errors import BadDirection, BadInput, MethodRefused, no_such
from app.web.schemas import NeuronPlace
from app.worker.hub import ServedModel
from app.worker.jobs import SaysJob, Site, WeightRowJob

WORDS = 8
"""Tokens that are said at each end of a neuron."""

Words = tuple[str, ...]


async def neuron_vector(model: ServedModel, site: Site, neuron: NeuronPlace) -> Tensor:
    """The unit vector (d,) along what the neuron writes: W_out[index], or a head's W_O[dim].

    Raises BadInput for a neuron that the model does not have, BadDirection at a site whose
    coordinates are not the residual stream's, and MethodRefused for another architecture.
    """
    check_neuron(model, neuron)
    if not site.in_model_space:
        raise BadDirection(
            f"A neuron writes to the residual stream; {site.label} has coordinates of its own. "
            "Choose the stream, what a layer adds to it, or a LayerNorm’s output.",
            field="neuron",
        )
    try:
        row = await model.batcher.ask(WeightRowJob(neuron.layer, neuron.number, neuron.head))
    except MethodRefused as refusal:
        raise MethodRefused(refusal.detail, field="neuron") from None
    return unit(row, field="neuron")


def check_neuron(model: ServedModel, neuron: NeuronPlace) -> None:
    """Raises BadInput, naming the number that the model does not have, and those there are."""
    shape = model.info.shape
    if neuron.head is None:
        last = ("index", neuron.number, shape.d_mlp, "neuron")
        bounds = [("layer", neuron.layer, shape.n_layers, "layer"), last]
    else:
        bounds = [
            ("layer", neuron.layer, shape.n_layers, "layer"),
            ("head", neuron.head, shape.n_heads, "head"),
            ("dim", neuron.number, shape.d_head, "neuron in a head"),
        ]
    for field, number, count, what in bounds:
        if number >= count:
            raise BadInput(no_such(what, number, count), field=f"neuron.{field}")


async def words_of(model: ServedModel, vector: Tensor) -> tuple[Words, Words]:
    """The tokens whose bs-values a vector of the stream raises most, and those it lowers most."""
    said = await model.batcher.ask(SaysJob(vector, WORDS))
    text_of = model.tokenizer.text_of
    raised, lowered = (tuple(text_of(id_) for id_, _ in end) for end in (said.top, said.bottom))
    return raised, lowered


def neuron_name(layer: int, number: int, head: int | None) -> str:
    """The heading of a neuron's view: Layer 9 · neuron 2342, Layer 9 · head 4 · neuron 17."""
    where = "" if head is None else f" · head {head}"
    return f"Layer {layer}{where} · neuron {number}"


def neuron_phrase(layer: int, number: int, head: int | None) -> str:
    """A neuron within a sentence."""
    return f"neuron {number} of layer {layer}’s " + ("FFN" if head is None else f"head {head}")
