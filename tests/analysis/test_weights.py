"""Virtual weights beside the full matrices, and the other numbers that weights alone give."""

import math

import pytest
import torch
from torch import Tensor

from app.analysis.parts import FfnWeights, Norm
from app.analysis.weights import (
    READS,
    Reads,
    bottlenecks,
    input_output_cosines,
    reading_rows,
)
from tests.analysis.at_once import composition
from tests.analysis.brute import Brute, Shape, random_brute

SHAPE = Shape(3, 12, 3, 20, 31, 5)


def plain(brute: Brute, layer: int) -> dict[str, Tensor]:
    """One layer's matrices in full, from the modules: q, k, v (d, d) per head, w_in, w_out."""
    block, d, h = brute.blocks[layer], SHAPE.width, SHAPE.heads
    centring = torch.eye(d).double() - 1 / d
    w = centring @ torch.diag(block.ln_1.weight) @ block.attn.c_attn.weight
    q, k, v = (part.reshape(d, h, d // h).permute(1, 0, 2) for part in w.split(d, dim=1))
    o = block.attn.c_proj.weight.reshape(h, d // h, d)
    return {
        "q": q @ k.mT,
        "k": k @ q.mT,
        "v": v @ o,
        "in": centring @ torch.diag(block.ln_2.weight) @ block.mlp.c_fc.weight,
        "out": block.mlp.c_proj.weight,
    }


def score(write: Tensor, read: Tensor) -> float:
    return float((write @ read).norm() / (write.norm() * read.norm()))


@pytest.mark.parametrize("reads", READS)
def test_composition_scores_are_those_of_the_full_matrices(reads: Reads) -> None:
    brute = random_brute(SHAPE)
    found = composition(brute.weights())
    full = [plain(brute, layer) for layer in range(3)]
    for a in range(3):
        for b in range(3):
            for i in range(3):
                for j in range(3):
                    expected = score(full[a]["v"][i], full[b][reads][j]) if a < b else 0
                    assert float(found.heads[reads][a, i, b, j]) == pytest.approx(expected)
                expected = score(full[a]["out"], full[b][reads][i]) if a < b else 0
                assert float(found.ffn_to_heads[reads][a, b, i]) == pytest.approx(expected)
                expected = score(full[a]["v"][i], full[b]["in"]) if a <= b else 0
                assert float(found.heads_to_ffn[a, i, b]) == pytest.approx(expected)
            expected = score(full[a]["out"], full[b]["in"]) if a < b else 0
            assert float(found.ffn[a, b]) == pytest.approx(expected)


def test_a_neuron_that_writes_minus_what_it_reads_is_an_eraser() -> None:
    g = torch.Generator().manual_seed(0)
    w_in, gain = torch.randn(9, 4, generator=g), torch.rand(9, generator=g) + 0.5
    reads = gain[:, None] * w_in
    reads = reads - reads.mean(dim=0)
    w_out = torch.randn(4, 9, generator=g)
    w_out[1], w_out[2] = -3 * reads[:, 1], 0.1 * reads[:, 2]
    norm = Norm(gain, torch.zeros(9), 1e-5)
    ffn = FfnWeights(w_in, torch.zeros(4), w_out, torch.zeros(9), norm)
    found = input_output_cosines(ffn)
    assert found[1:3].tolist() == pytest.approx([-1, 1], abs=1e-6)
    expected = reads[:, 0] @ w_out[0] / (reads[:, 0].norm() * w_out[0].norm())
    assert float(found[0]) == pytest.approx(float(expected), abs=1e-6)
    rows = reading_rows(ffn, torch.tensor([3, 0]))
    torch.testing.assert_close(rows, reads[:, [3, 0]].T.double())


def test_the_bottleneck_counts_neurons_on_both_sides() -> None:
    found = bottlenecks(12, 3072, 768)
    assert [at.layer for at in found] == list(range(13))
    assert (found[0].before, found[0].after) == (0, 48)
    assert (found[6].before, found[6].after) == (24, 24)
    assert all(math.isclose(at.before + at.after, 48) for at in found)
