"""Kurtosis of the stream's own coordinates and of rotated ones, at once and batch by batch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kurtosis

from app.analysis.kurtosis import BasisSums, PowerSums, random_rotation
from app.errors import BadInput
from tests.analysis.at_once import basis_kurtosis
from tests.analysis.laws import QUICK


@QUICK
@given(seed=st.integers(0, 2**31), scale=st.floats(0.1, 100))
def test_a_heavy_coordinate_shows_until_it_is_rotated(seed: int, scale: float) -> None:
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(3000, 40, generator=g) + 5
    x[::100, 7] += 60
    rotation, shift = random_rotation(40, seed), torch.full((40,), 5.0).double()
    found = BasisSums.of(x, shift, rotation)
    own, rotated = found.own.kurtosis, found.rotated.kurtosis
    assert int(own.argmax()) == 7
    assert float(own[7]) > 50
    assert float(own.median()) == pytest.approx(3, abs=0.5)
    assert float(rotated.max()) < float(own[7])
    again = BasisSums.of(scale * x - 3, scale * shift - 3, rotation)
    assert torch.allclose(again.own.kurtosis, own, rtol=1e-2)  # neither scale nor mean matters


def test_the_kurtosis_of_two_values_is_1() -> None:
    x = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 2.0], [-1.0, 2.0]])
    assert PowerSums.of(x, torch.zeros(2).double()).kurtosis.tolist() == [1, 1]


@QUICK
@given(
    seed=st.integers(0, 2**31),
    cuts=st.lists(st.integers(0, 200), max_size=6).map(sorted),
    offset=st.floats(-1000, 1000),
)
def test_sums_over_any_batches_give_the_kurtosis_of_all(
    seed: int, cuts: list[int], offset: float
) -> None:
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(200, 9, generator=g) ** 3 + offset
    shift = x[:50].double().mean(dim=0)  # a pilot's mean, not the mean
    rotation = random_rotation(9, seed % 1000)
    edges = [0, *cuts, 200]
    parts = [
        BasisSums.of(x[start:stop], shift, rotation)
        for start, stop in zip(edges, edges[1:], strict=False)
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.merge(part)
    assert whole.own.n == 200
    direct = basis_kurtosis(x, seed=seed % 1000)
    torch.testing.assert_close(whole.own.kurtosis, direct.own, rtol=1e-6, atol=0)
    torch.testing.assert_close(whole.rotated.kurtosis, direct.rotated, rtol=1e-4, atol=0)
    expected = kurtosis(x.double().numpy(), axis=0, fisher=False)
    np.testing.assert_allclose(whole.own.kurtosis.numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(whole.own.mean.numpy(), x.double().mean(dim=0).numpy(), rtol=1e-9)
    np.testing.assert_allclose(whole.own.std.numpy(), x.double().numpy().std(axis=0), rtol=1e-6)


def test_a_constant_coordinate_has_no_kurtosis() -> None:
    x = torch.randn(30, 3, generator=torch.Generator().manual_seed(0))
    x[:, 1] = 0.1
    sums = PowerSums.of(x, x[:9].double().mean(dim=0))
    assert torch.isnan(sums.kurtosis).tolist() == [False, True, False]
    assert float(sums.std[1]) == pytest.approx(0, abs=1e-8)


def test_sums_refuse_what_has_no_meaning() -> None:
    x = torch.randn(3, 2)
    sums = PowerSums.of(x, torch.zeros(2).double())
    with pytest.raises(BadInput, match="different shifts"):
        sums.merge(PowerSums.of(x, torch.ones(2).double()))
    with pytest.raises(BadInput, match="at least 4 tokens; there are 3"):
        _ = sums.kurtosis


def test_the_rotation_keeps_lengths_and_is_the_same_every_time() -> None:
    rotation = random_rotation(17)
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(17).double())
    assert torch.equal(rotation, random_rotation(17))
    assert not torch.equal(rotation, random_rotation(17, 1))
