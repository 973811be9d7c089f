"""Pixels in blocks of rows, so that what lies between the decoder's values and RGB is never held for a whole image."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 19
"""Most pixels of a block (one row where rows are longer); a few float64 copies of it take 20 MB."""

Values = Callable[[int, int], NDArray[Any]]
"""values(first, last): the rows first to last − 1 of an image, of any type."""


def row_blocks(height: int, width: int) -> Iterator[tuple[int, int]]:
    """First row and row after the last of each block.

    >>> list(row_blocks(5, BLOCK // 2))
    [(0, 2), (2, 4), (4, 5)]
    """
    rows = max(1, BLOCK // max(width, 1))
    for first in range(0, height, rows):
        yield first, min(first + rows, height)


def stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Values from low..high to 0..255, clipped; a flat image becomes black, and so does what is no number.

    >>> stretched(np.array([-5, 0, 60, 100, 200]), 0, 100).tolist()
    [0, 0, 153, 255, 255]
    """
    scaled = values.astype(np.float64)
    scaled -= low
    scaled *= 255.0 / (high - low) if high > low else 0.0
    np.nan_to_num(scaled, copy=False)
    np.rint(scaled, out=scaled)
    np.clip(scaled, 0, 255, out=scaled)
    return scaled.astype(np.uint8)


def rgb(values: Values, height: int, width: int, into: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 from blocks of uint8, grey (h, W) or colour (h, W, 3).

    Args:
        values: gives the blocks.
        height, width: pixels.
        into: what is filled; by default a new array.
    """
    image = np.empty((height, width, 3), dtype=np.uint8) if into is None else into
    for first, last in row_blocks(height, width):
        block = values(first, last)
        if block.ndim == 2:
            image[first:last] = block[:, :, None]
        elif image.flags.c_contiguous:
            image[first:last] = block
        else:  # turned: whole pixels are moved, in half the time of single samples
            image.view("V3")[first:last] = np.ascontiguousarray(block).view("V3")
    return image
