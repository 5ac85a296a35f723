"""Which sites there are, and whose coordinates their vectors have."""

from dataclasses import replace

import pytest

from app.model.sites import ModelShape, sites_of

SHAPE = ModelShape(
    n_layers=2, d_model=48, n_heads=4, d_head=12, d_mlp=192, d_vocab=500, n_ctx=64, n_kv_heads=2
)


def test_the_streams_coordinates_are_where_a_whole_vector_is_as_wide_as_the_stream() -> None:
    for site in sites_of(SHAPE).values():
        assert site.in_model_space == (site.width == SHAPE.d_model and site.n_heads is None)


@pytest.mark.parametrize(
    "shape",
    [
        replace(SHAPE, d_mlp=SHAPE.d_model),
        replace(SHAPE, n_heads=1, n_kv_heads=1, d_head=SHAPE.d_model),
    ],
)
def test_coordinates_of_ones_own_are_not_the_streams_for_being_as_many(shape: ModelShape) -> None:
    def shared(of: ModelShape) -> set[str]:
        return {site.name for site in sites_of(of).values() if site.in_model_space}

    assert shared(shape) == shared(SHAPE)
    assert "blocks.1.mlp.hook_post" not in shared(shape)
    assert "blocks.1.attn.hook_z" not in shared(shape)
