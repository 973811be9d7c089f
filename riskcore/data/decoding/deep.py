"""Samples of more than 8 bits as pixels of 8: one range for the whole image, opacity laid over white."""

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.blocks import Values, stretched
from riskcore.data.decoding.ranges import Limits, extremes, held_range


def colour_range(values: Values, height: int, width: int) -> Limits:
    """What becomes 0 and 255 in all channels alike: black stays black, and colours keep their hue.

    Integers end at the greatest number of as many bits as they fill (8 at least), floats at 1, or at their greatest
    value where they exceed it; outliers as `held_range` leaves them out.

    Example:
        >>> colour_range(lambda first, last: np.arange(3000).reshape(1, 1000, 3), 1, 1000)
        (0.0, 4095.0)
    """
    low, high = held_range(values, height, width)
    low = min(low, 0.0)
    if values(0, 1).dtype.kind == "f":
        return low, max(high, 1.0)
    return low, float(2 ** max(8, int(high).bit_length()) - 1) if high > 0 else 0.0


def _opaque(values: Values, height: int, width: int, colours: int, said: float) -> float | None:
    greatest = extremes(lambda first, last: values(first, last)[..., colours], height, width)[1]
    if not greatest > 0:
        return None
    if values(0, 1).dtype.kind == "f":
        return said
    most = extremes(values, height, width)[1]
    return min(said, float(2 ** max(8, int(most).bit_length()) - 1))


def shown(values: Values, height: int, width: int, colours: int, opaque: float | None, premultiplied: bool) -> Values:
    """Blocks of uint8, grey (h, W) or colour (h, W, 3), from blocks (h, W, samples).

    Args:
        values: gives colours first, then opacity where `opaque` says so.
        height, width: pixels.
        colours: 1 or 3.
        opaque: the opacity that lets nothing through; None where there is none. Where neither it nor colours fill as
            many bits, it is the end of those that they fill; where it is 0 throughout, it was never filled in.
        premultiplied: colours are stored times their opacity.
    """

    if opaque is not None:
        opaque = _opaque(values, height, width, colours, opaque)

    def seen(first: int, last: int) -> NDArray[np.generic]:
        block = values(first, last)
        return block[..., :colours] if opaque is None else block[block[..., colours] > 0][:, :colours]

    low, high = (colour_range if colours == 3 else held_range)(seen, height, width)

    def pixels(first: int, last: int) -> NDArray[np.uint8]:
        block = values(first, last)
        ink = stretched(block[..., :colours], low, high)
        if opaque is not None:
            share = np.clip(block[..., colours : colours + 1] / opaque, 0, 1)
            ink = np.clip(np.rint(ink * (1 if premultiplied else share) + 255 * (1 - share)), 0, 255).astype(np.uint8)
        return ink if colours == 3 else ink[..., 0]

    return pixels
