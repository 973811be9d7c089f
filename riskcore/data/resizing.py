"""Large images made small without a second copy of them: Pillow's own two steps, the first in strips of rows.

Pillow keeps 4 bytes for each RGB pixel, beside the 3 of the array. The first step of `resize(reducing_gap=…)`
averages whole blocks of pixels, which strips of a multiple of the block's height do alike: the result is the same to
the bit.
"""

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_STRIP = 1 << 20  # pixels


def resized(pixels: NDArray[np.uint8], size: tuple[int, int], gap: float) -> Image.Image:
    """`Image.fromarray(pixels).resize(size, BICUBIC, reducing_gap=gap)`.

    Args:
        pixels: (H, W, 3). size: width and height.
        gap: how many times larger than `size` the first step may leave the image.

    >>> resized(np.zeros((300, 400, 3), dtype=np.uint8), (4, 3), 3.0).size
    (4, 3)
    """
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return Image.fromarray(pixels)
    across, down = (max(1, int(own / wished / gap)) for own, wished in zip((width, height), size, strict=True))
    if across == down == 1:
        # Large ones are enlarged or reduced by little; they fit, as the result is as large.
        return Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    small = _assembled(
        pixels, (-(-width // across), -(-height // down)), "RGB", down, lambda strip: strip.reduce((across, down))
    )
    return small.resize(size, Image.Resampling.BICUBIC, box=(0, 0, width / across, height / down))


def within(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """A picture of at most `side` pixels a side, as `Image.thumbnail` makes it; smaller ones stay as they are.

    >>> within(np.zeros((320, 640, 3), dtype=np.uint8), 64).size
    (64, 32)
    """
    height, width = pixels.shape[:2]
    if max(width, height) <= side:
        return Image.fromarray(pixels)
    aspect = width / height

    def nearest(number: float, error: Callable[[int], float]) -> int:
        return max(min(int(number), ceil(number), key=error), 1)

    if aspect <= 1:
        size = nearest(side * aspect, lambda n: abs(aspect - n / side)), side
    else:
        size = side, nearest(side / aspect, lambda n: abs(aspect - side / n) if n else 0)
    return resized(pixels, size, 2.0)


def grey(pixels: NDArray[np.uint8]) -> Image.Image:
    """`Image.fromarray(pixels).convert("L")`.

    >>> grey(np.full((2, 3, 3), 7, dtype=np.uint8)).getpixel((2, 1))
    7
    """
    height, width = pixels.shape[:2]
    return _assembled(pixels, (width, height), "L", 1, lambda strip: strip.convert("L"))


def _assembled(
    pixels: NDArray[np.uint8],
    size: tuple[int, int],
    mode: str,
    down: int,
    make: Callable[[Image.Image], Image.Image],
) -> Image.Image:
    height, width = pixels.shape[:2]
    rows = max(1, _STRIP // (width * down)) * down
    if rows >= height:
        return make(Image.fromarray(pixels))
    whole = Image.new(mode, size)
    for first in range(0, height, rows):
        whole.paste(make(Image.fromarray(pixels[first : first + rows])), (0, first // down))
    return whole
