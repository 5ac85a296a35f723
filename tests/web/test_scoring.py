"""How scores are sent: half precision with a scale, and seven digits."""

import json
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.web.scoring import binary, rounded, to_half

COLUMNS = arrays(
    np.float32,
    st.tuples(st.integers(1, 20), st.integers(1, 4)),
    elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False),
)


@given(COLUMNS)
def test_no_finite_column_overflows_and_each_keeps_its_precision(
    columns: np.ndarray[tuple[int, int], np.dtype[np.float32]],
) -> None:
    half, scale = to_half(columns)
    assert np.isfinite(half).all()
    back = half.astype(np.float64) * scale
    largest = np.abs(columns).max(axis=0).astype(np.float64)
    assert (np.abs(back - columns) <= largest * 2.0**-11 + 1e-38).all()


@given(st.floats(1 / 16, 65_504, width=32))
def test_what_half_precision_holds_well_is_not_scaled(value: float) -> None:
    _, scale = to_half(np.array([[value], [-value], [0]], dtype=np.float32))
    assert scale == [1.0]


@given(st.floats(-(2.0**50), 2.0**50, width=32).filter(lambda x: x == 0 or abs(x) > 1e-12))
def test_rounding_keeps_seven_digits_and_writes_no_more(value: float) -> None:
    kept = float(rounded(np.array([value], dtype=np.float32))[0])
    assert abs(kept - value) <= 5.1e-7 * abs(value)
    assert kept == float(f"{kept:.7g}")


def test_the_header_is_padded_to_four_bytes() -> None:
    for name in ("", "a", "ab", "abc", "é", "🙂"):
        content = binary({"name": name}, np.ones((1, 2), dtype="<f2"))
        (length,) = struct.unpack_from("<I", content)
        assert length % 4 == 0
        assert json.loads(content[4 : 4 + length]) == {"name": name}
        assert len(content) == 4 + length + 4
