"""GET models/{m}/sites/{site}/basis: the fitted PCA, as JSON and as .npz."""

import io
import json
from typing import Any

import numpy as np
import pytest

from tests.web.conftest import FITTED, SITE, Running


def _basis(web: Running, site: str = SITE, **params: int) -> dict[str, Any]:
    response = web.get(f"/sites/{site}/basis", **params)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize("count", [0, 1, 7, 48])
def test_it_gives_as_many_components_as_were_asked_for(web: Running, count: int) -> None:
    basis = _basis(web, components=count)
    for name in ("components", "explained_variance_ratio", "eigenvalues", "std", "mean_scores"):
        assert len(basis[name]) == count
    assert len(basis["mean"]) == 48


def test_it_gives_all_there_are_when_more_are_asked_for(web: Running) -> None:
    basis = _basis(web, components=100_000)
    assert len(basis["components"]) == basis["n_components"] == 48


def test_components_are_orthonormal_and_signed_by_their_largest_loading(web: Running) -> None:
    components = np.array(_basis(web, components=48)["components"])
    np.testing.assert_allclose(components @ components.T, np.eye(48), atol=1e-5)
    largest = components[np.arange(48), np.abs(components).argmax(axis=1)]
    assert (largest > 0).all()


def test_its_numbers_belong_together(web: Running) -> None:
    basis = _basis(web, components=48)
    eigenvalues = np.array(basis["eigenvalues"])
    np.testing.assert_allclose(np.array(basis["std"]) ** 2, eigenvalues, rtol=1e-4, atol=1e-6)
    shares = eigenvalues / eigenvalues.sum()
    np.testing.assert_allclose(basis["explained_variance_ratio"], shares, rtol=1e-4, atol=1e-7)
    mean_scores = np.array(basis["components"]) @ np.array(basis["mean"])
    np.testing.assert_allclose(basis["mean_scores"], mean_scores, atol=1e-4)


def test_it_says_what_it_was_fitted_to(web: Running) -> None:
    basis = _basis(web)
    provenance = basis["provenance"]
    assert provenance["model"] == "tiny"
    assert provenance["site"] == SITE
    assert provenance["corpus"] == "sentences"
    assert provenance["n_tokens"] == basis["n_tokens"] > 100


def test_the_npz_holds_the_same_arrays(web: Running) -> None:
    response = web.client.get(
        f"{web.api}/sites/{SITE}/basis?components=5", headers={"Accept": "application/octet-stream"}
    )
    assert response.headers["content-type"] == "application/octet-stream"
    assert "tiny-blocks.1.hook_resid_pre.npz" in response.headers["content-disposition"]
    basis = _basis(web, components=5)
    with np.load(io.BytesIO(response.content), allow_pickle=False) as arrays:
        for name in ("mean", "components", "eigenvalues", "std", "explained_variance_ratio"):
            np.testing.assert_allclose(arrays[name], basis[name], rtol=1e-5, atol=1e-7)
        assert json.loads(str(arrays["provenance"])) == basis["provenance"]


def test_every_head_has_a_basis_of_its_own(web: Running) -> None:
    bases = [_basis(web, FITTED[2], head=head, components=1)["components"] for head in range(4)]
    assert len({json.dumps(basis) for basis in bases}) == 4
    assert len(bases[0][0]) == 12
