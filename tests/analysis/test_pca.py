"""Laws of streaming PCA."""

import math
import warnings

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from app.analysis.moments import RunningMoments
from app.analysis.pca import Basis
from app.errors import BadDirection, BadInput
from tests.vectors import moments_of

seeds = st.integers(0, 2**31)


def cloud(seed: int, n: int = 400, d: int = 12, offset: float = 0.0) -> Tensor:
    """Vectors with well-separated variances along randomly turned axes."""
    generator = torch.Generator().manual_seed(seed)
    axes = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64)).Q
    spread = 1.7 ** -torch.arange(d, dtype=torch.float64)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64) * spread @ axes.T
    vectors: Tensor = (x + offset).to(torch.float32)
    return vectors


def sklearn_pca(x: Tensor | npt.NDArray[np.float64]) -> PCA:
    return PCA(svd_solver="covariance_eigh").fit(np.asarray(x, dtype=np.float64))


def angle(a: Tensor | npt.NDArray[np.float64], b: Tensor | npt.NDArray[np.float64]) -> float:
    """The angle between two lines, in radians, exact for small ones."""
    u: npt.NDArray[np.float64] = np.asarray(a, dtype=np.float64)
    v = np.asarray(b, dtype=np.float64)
    v = v if float(u @ v) > 0 else -v
    return 2 * math.asin(min(1.0, float(np.linalg.norm(u - v)) / 2))


@settings(deadline=None, max_examples=15)
@given(seed=seeds, n=st.integers(60, 400), d=st.integers(1, 16))
def test_a_basis_is_scikit_learns(seed: int, n: int, d: int) -> None:
    x = cloud(seed, n, d)
    basis, theirs = moments_of(x).basis(), sklearn_pca(x)
    assert np.allclose(basis.mean, theirs.mean_, atol=1e-6)
    assert np.allclose(basis.eigenvalues, theirs.explained_variance_, rtol=1e-4, atol=1e-6)
    assert np.allclose(
        basis.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-4, atol=1e-6
    )
    gaps = np.abs(np.subtract.outer(theirs.explained_variance_, theirs.explained_variance_))
    gaps[np.diag_indices(d)] = np.inf
    for k in range(d):
        # Float32 resolves about 1e-7 of the largest eigenvalue: a gap of 1e-3 of it is wide.
        if gaps[k].min(initial=np.inf) > 1e-3 * theirs.explained_variance_[0]:
            assert angle(basis.components[k], theirs.components_[k]) < 1e-3


@settings(deadline=None, max_examples=15)
@given(seed=seeds, offset=st.sampled_from([1e3, -3e4, 1e6]))
def test_a_huge_mean_does_not_destroy_precision(seed: int, offset: float) -> None:
    """At 1e6 even scikit-learn's covariance loses digits; the reference is an SVD in float64."""
    x = cloud(seed, 300, 4, offset)  # what float32 keeps of it is what both are given
    centred = x.double() - x.double().mean(0)
    _, values, rows = np.linalg.svd(centred.numpy(), full_matrices=False)
    basis = moments_of(x).basis()
    assert np.allclose(basis.eigenvalues, values**2 / 299, rtol=1e-4)
    assert angle(basis.components[0], rows[0]) < 1e-3


@settings(deadline=None, max_examples=15)
@given(seed=seeds, cuts=st.lists(st.integers(0, 400), max_size=4), shifted=st.booleans())
def test_shards_merge_to_one_fit(seed: int, cuts: list[int], shifted: bool) -> None:
    x = cloud(seed, 400, 8, offset=5.0)
    shift = x[:3].mean(0)
    bounds = [0, *sorted(cuts), 400]
    parts = [
        moments_of(x[a:b], None if shifted else shift)  # each about its own mean, or all about one
        for a, b in zip(bounds, bounds[1:], strict=False)
    ]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    whole = moments_of(x, shift)
    assert merged.n == whole.n == 400
    assert torch.allclose(merged.mean, whole.mean, atol=1e-6)
    assert torch.allclose(merged.covariance, whole.covariance, rtol=1e-4, atol=1e-6)


@settings(deadline=None, max_examples=15)
@given(seed=seeds)
def test_merging_does_not_mind_the_order(seed: int) -> None:
    a, b = moments_of(cloud(seed, 50, 5)), moments_of(cloud(seed + 1, 70, 5, offset=2.0))
    assert torch.allclose(a.merge(b).covariance, b.merge(a).covariance, atol=1e-9)
    assert torch.allclose(a.merge(b).mean, b.merge(a).mean, atol=1e-12)


@settings(deadline=None, max_examples=15)
@given(seed=seeds, offset=st.floats(-100, 100))
def test_the_shift_changes_nothing(seed: int, offset: float) -> None:
    moments = moments_of(cloud(seed, 100, 6))
    moved = moments.about(moments.shift + offset)
    assert torch.allclose(moved.mean, moments.mean, atol=1e-9)
    assert torch.allclose(moved.covariance, moments.covariance, atol=1e-9)


def test_parts_that_are_not_added_do_not_count() -> None:
    running = RunningMoments(torch.zeros(12))
    running.part(cloud(1))
    running.add(running.part(cloud(0)))
    assert running.moments().second.equal(moments_of(cloud(0), torch.zeros(12)).second)
    with pytest.raises(BadInput, match="no tokens"):
        RunningMoments().moments()


def test_nothing_adds_nothing() -> None:
    moments = moments_of(cloud(0))
    nothing = moments_of(torch.zeros(0, 12), moments.shift)
    assert nothing.merge(moments).second.equal(moments.second)
    assert moments_of(torch.zeros(0, 12)).n == 0


@settings(deadline=None, max_examples=15)
@given(seed=seeds, standardise=st.booleans())
def test_the_largest_loading_is_positive(seed: int, standardise: bool) -> None:
    for rows in moments_of(cloud(seed)).basis(standardise=standardise).components:
        assert rows[rows.abs().argmax()] > 0
        assert math.isclose(float(rows.norm()), 1, abs_tol=1e-6)


@settings(deadline=None, max_examples=15)
@given(seed=seeds)
def test_refitting_turned_over_data_does_not_flip_a_sign(seed: int) -> None:
    x = cloud(seed)
    assert torch.allclose(
        moments_of(x).basis().components[:4], moments_of(-x).basis().components[:4], atol=1e-4
    )


@settings(deadline=None, max_examples=15)
@given(seed=seeds)
def test_standardised_components_are_scikit_learns_mapped_back(seed: int) -> None:
    x = cloud(seed) * torch.logspace(-1, 2, 12)
    scaler = StandardScaler().fit(x.double().numpy())
    theirs = sklearn_pca(scaler.transform(x.double().numpy()))
    basis = moments_of(x).basis(standardise=True)
    assert basis.standardised
    assert np.allclose(
        basis.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-3, atol=1e-6
    )
    values = theirs.explained_variance_
    for k in range(3):
        if np.abs(values[k] - np.delete(values, k)).min() > 0.05 * values[k]:
            raw = theirs.components_[k] / scaler.scale_
            assert angle(basis.components[k], raw / np.linalg.norm(raw)) < 1e-3
            scores = (x.double() - x.double().mean(0)) @ basis.components[k].double()
            reference = theirs.transform(scaler.transform(x.double().numpy()))[:, k]
            assert abs(np.corrcoef(scores, reference)[0, 1]) > 1 - 1e-6


@settings(deadline=None, max_examples=15)
@given(seed=seeds, standardise=st.booleans())
def test_the_spread_along_any_direction_is_known(seed: int, standardise: bool) -> None:
    x = cloud(seed, offset=3.0)
    basis = moments_of(x).basis(standardise=standardise)
    generator = torch.Generator().manual_seed(seed)
    for v in [torch.randn(12, generator=generator), basis.components[1]]:
        scores = x.double() @ v.double()
        assert math.isclose(basis.std_along(v), scores.std().item(), rel_tol=1e-4)
        assert math.isclose(basis.mean_score(v), scores.mean().item(), rel_tol=1e-4, abs_tol=1e-4)
    for k, std in enumerate(basis.std.tolist()):
        assert math.isclose(std, basis.std_along(basis.components[k]), rel_tol=1e-3, abs_tol=1e-6)


@settings(deadline=None, max_examples=15)
@given(seed=seeds, standardise=st.booleans())
def test_z_scores_have_mean_0_and_std_1_over_what_was_fitted(seed: int, standardise: bool) -> None:
    x = cloud(seed, offset=-2.0)
    basis = moments_of(x).basis(standardise=standardise)
    v = basis.components[0]
    z = basis.in_unit(x @ v, x.norm(dim=1), "z", v)
    assert math.isclose(z.std().item(), 1, rel_tol=1e-4)
    assert abs(z.mean().item()) < 1e-3


@pytest.mark.parametrize("standardise", [False, True])
def test_fewer_tokens_than_dimensions_give_as_many_components_as_tokens(standardise: bool) -> None:
    x = cloud(3, n=5, d=12)
    basis = moments_of(x).basis(standardise=standardise)
    assert basis.components.shape == (5, 12)
    assert basis.explained_variance_ratio.sum() == pytest.approx(1, abs=1e-6)
    assert basis.std_along(x[0] - x[1]) > 0


@pytest.mark.parametrize("standardise", [False, True])
def test_constant_coordinates_and_no_variance_at_all_stay_finite(standardise: bool) -> None:
    x = cloud(4)
    x[:, 2] = 7.3
    for data in (x, torch.full((50, 12), 0.1)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            basis = moments_of(data).basis(standardise=standardise)
        for values in (basis.components, basis.eigenvalues, basis.explained_variance_ratio):
            assert values.isfinite().all()
    assert moments_of(x).basis(standardise=standardise).components[0, 2].abs() < 1e-6
    still = moments_of(torch.full((50, 12), 0.1)).basis(standardise=standardise)
    assert still.explained_variance_ratio.sum() == 0
    v = still.components[0]
    assert still.in_unit(torch.ones(3), torch.ones(3), "z", v).tolist() == [0, 0, 0]


def test_second_moments_are_sums_of_outer_products() -> None:
    x = torch.randn(64, 300, generator=torch.Generator().manual_seed(0))
    moments = moments_of(x, torch.zeros(300))
    assert torch.allclose(moments.second, x.double().T @ x.double(), rtol=1e-4, atol=1e-4)


def test_wrong_sizes_are_refused_with_both_named() -> None:
    moments = moments_of(cloud(0))
    with pytest.raises(BadInput, match="12 wide.*5"):
        moments.merge(moments_of(cloud(0, d=5)))
    with pytest.raises(BadDirection, match=r"\(4,\).*\(12,\)"):
        moments.basis().std_along(torch.ones(4))


def test_a_basis_needs_two_finite_tokens() -> None:
    with pytest.raises(BadInput, match="at least 2 tokens; there are 1"):
        moments_of(cloud(0, n=1)).basis()
    with pytest.raises(BadInput, match="NaN or infinity"):
        moments_of(torch.full((3, 4), torch.inf), torch.zeros(4)).basis()


def test_a_basis_knows_its_size() -> None:
    basis = moments_of(cloud(0)).basis()
    assert isinstance(basis, Basis)
    assert (len(basis), basis.width, basis.n_tokens, basis.standardised) == (12, 12, 400, False)
