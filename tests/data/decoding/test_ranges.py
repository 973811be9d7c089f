"""Which values become black and white: compared with sorting the whole array."""

from collections.abc import Iterator

import numpy as np
import pytest

from riskcore.data.decoding import blocks
from riskcore.data.decoding.ranges import held_range
from tests.data.decoding.test_same_pixels import plain_range

RNG = np.random.default_rng(8)
KINDS = ["u1", "i1", "u2", "i2", ">u2", "u4", ">i4", "i8", "u8", "f2", "f4", ">f4", "f8"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(blocks, "BLOCK", 7 * 47)
    return


def found(values: np.ndarray) -> tuple[float, float]:
    return held_range(lambda first, last: values[first:last], *values.shape)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", ["flat", "even", "tails", "mostly one value"])
def test_the_range_is_that_of_the_sorted_values(kind: str, shape: str) -> None:
    dtype = np.dtype(kind)
    greatest = float(min(np.iinfo(dtype).max, 1 << 50)) if dtype.kind in "ui" else float(np.finfo(dtype).max) / 4
    scale = min(greatest, 1e6)
    drawn = {
        "flat": np.full((61, 47), 7.0),
        "even": RNG.uniform(-scale, scale, (61, 47)),
        "tails": RNG.standard_cauchy((61, 47)) * scale / 1000,
        "mostly one value": np.where(RNG.uniform(size=(61, 47)) < 0.995, 3, RNG.uniform(0, scale, (61, 47))),
    }[shape]
    values = np.clip(drawn, 0 if dtype.kind == "u" else -greatest, greatest).astype(dtype)
    if dtype.kind == "f":
        values[4, 5], values[6, 7] = np.nan, -np.inf
    assert found(values) == plain_range(values)


def test_an_ordinary_image_keeps_its_least_and_greatest_value() -> None:
    values = RNG.normal(1000, 50, (61, 47)).astype(np.uint16)
    assert found(values) == (values.min(), values.max())


@pytest.mark.parametrize("share", [0.0005, 0.03, 0.4])
@pytest.mark.parametrize("odd", [65_535, 0])
def test_one_value_far_from_all_others_leaves_them_their_shades(share: float, odd: int) -> None:
    values = RNG.integers(20_000, 24_000, (61, 47)).astype(np.uint16)
    rest = values.copy()
    values.flat[: max(1, int(share * values.size))] = odd
    kept = rest.flat[max(1, int(share * values.size)) :]
    assert found(values) == (min(kept), max(kept))


def test_a_bright_object_of_many_values_is_kept() -> None:
    values = RNG.integers(0, 40, (61, 47)).astype(np.uint16)
    values[10:20, 10:20] = RNG.integers(2000, 4000, (10, 10))
    assert found(values) == (values.min(), values.max())


def test_nothing_finite_and_two_values() -> None:
    assert found(np.full((3, 4), np.nan)) == (0, 0)
    two = np.zeros((9, 9), dtype=np.uint16)
    two[4, 4] = 60_000
    assert found(two) == (0, 60_000)
