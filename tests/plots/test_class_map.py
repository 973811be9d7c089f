"""A class map over its picture."""

import numpy as np
import pytest
from PIL import Image

from riskcore.plots.class_map import overlay

VALUES = np.linspace(0, 1, 16, dtype=np.float32).reshape(2, 8)


def photo(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_without_strength_it_is_the_picture_alone() -> None:
    picture = photo(37, 21)
    np.testing.assert_array_equal(np.asarray(overlay(picture, VALUES, 0.0)), np.asarray(picture))


def test_where_the_map_is_zero_the_picture_stays() -> None:
    picture = photo(40, 40)
    halves = np.zeros((40, 40), dtype=np.float32)
    halves[:, 20:] = 1.0
    drawn = np.asarray(overlay(picture, halves, 0.8)).astype(int)
    np.testing.assert_array_equal(drawn[:, :20], np.asarray(picture)[:, :20])
    wanted = 0.2 * np.asarray(picture)[:, 20:] + 0.8 * np.array([253, 231, 37])  # the end of viridis
    np.testing.assert_allclose(drawn[:, 20:], wanted, atol=1)


@pytest.mark.parametrize("size", [(8, 2), (64, 16), (4, 1), (33, 9)])
def test_it_has_the_size_of_the_picture_whatever_that_of_the_map(size: tuple[int, int]) -> None:
    assert overlay(photo(*size), VALUES, 0.5).size == size


def test_more_counts_are_always_more_opaque() -> None:
    """On black and on white: how far the picture shines through falls with the value."""
    ramp = np.linspace(0, 1, 50, dtype=np.float32)[None]
    black, white = (
        np.asarray(overlay(Image.new("RGB", (50, 1), shade), ramp, 1.0)).astype(int) for shade in ("black", "white")
    )
    assert (np.diff((white - black).sum(-1)[0]) < 0).all()
