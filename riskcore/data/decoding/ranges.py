"""Which of an image's values become black and white where its file does not say.

One rule for everything deeper than 8 bits. An ordinary image runs from its least to its greatest value. What lies
alone, far from the rest (a hot pixel, a burned-in label, padding that the file does not declare), is left out:

1. a least or greatest value that lies further from all others than twice as far as they reach, where at least half
   of the pixels are others;
2. values further below the 1st or above the 99th percentile than twice the way between these two.

Both are found exactly, in passes over blocks of rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.blocks import Values, row_blocks

FAR = 2.0
"""How many times the reach of the rest a value must lie beyond it to be left out."""

SHARES = (0.01, 0.99)
"""Percentiles between which the rest of an image lies."""

_DIGIT = 16  # bits of a value that one pass sorts by
Limits = tuple[float, float]


def held_range(values: Values, height: int, width: int) -> Limits:
    """The values that become black and white; 0, 0 where no value is finite.

    Args:
        values: gives blocks of numbers, of any shape and type; what is not finite is passed over.
        height, width: pixels of the image.

    Returns: two of the image's own values, the first not above the second.

    Example:
        >>> hot = np.append(np.arange(1000), 65_535)
        >>> held_range(lambda first, last: hot, 1, 1001)
        (0.0, 999.0)
    """
    low, high = extremes(values, height, width)
    if low > high:
        return 0.0, 0.0
    low, high = _without_lone(values, height, width, low, high)
    inner = _order_statistics(values, height, width, (low, high), SHARES)
    reach = FAR * (inner[1] - inner[0])
    if reach > 0 and (low < inner[0] - reach or high > inner[1] + reach):
        return extremes(values, height, width, max(low, inner[0] - reach), min(high, inner[1] + reach))
    return low, high


def extremes(values: Values, height: int, width: int, above: float = -np.inf, below: float = np.inf) -> Limits:
    """Least and greatest value from `above` to `below`; the first is the greater one where there is none.

    >>> extremes(lambda first, last: np.array([[3.0, np.nan], [7, 90]]), 2, 2, below=80)
    (3.0, 7.0)
    """
    low, high = np.inf, -np.inf
    for first, last in row_blocks(height, width):
        block = _finite(values(first, last))
        if above > -np.inf or below < np.inf:
            block = block[(block >= above) & (block <= below)]
        if block.size:
            low, high = min(low, float(block.min())), max(high, float(block.max()))
    return low, high


def _finite(block: NDArray[Any]) -> NDArray[Any]:
    return block[np.isfinite(block)] if block.dtype.kind == "f" else block.reshape(-1)


def _without_lone(values: Values, height: int, width: int, low: float, high: float) -> Limits:
    """Without a least or greatest value that stands alone; the same pass tells how many pixels have it."""
    inner = [np.inf, -np.inf]
    count, lowest, highest = 0, 0, 0
    for first, last in row_blocks(height, width):
        block = _finite(values(first, last))
        at_low, at_high = block == low, block == high
        count, lowest, highest = count + block.size, lowest + int(at_low.sum()), highest + int(at_high.sum())
        rest = block[~(at_low | at_high)]
        if rest.size:
            inner = [min(inner[0], float(rest.min())), max(inner[1], float(rest.max()))]
    reach = FAR * (inner[1] - inner[0])
    if not 0 < reach < np.inf:
        return low, high
    cut_low = inner[0] - low > reach and 2 * lowest <= count
    cut_high = high - inner[1] > reach and 2 * highest <= count
    if cut_low and cut_high and 2 * (lowest + highest) > count:
        return low, high
    return (inner[0] if cut_low else low), (inner[1] if cut_high else high)


def _order_statistics(values: Values, height: int, width: int, between: Limits, shares: Sequence[float]) -> list[float]:
    """For each share, the value at that rank of those `between` two, by sorting into 65,536 drawers digit by digit."""
    prefixes = [0] * len(shares)
    ranks: list[int] = []
    bits = shift = _DIGIT
    done = False
    depth = 0
    dtype: np.dtype[Any] = np.dtype(np.uint8)
    while not done:
        counts = np.zeros((len(shares), 1 << _DIGIT), dtype=np.int64)
        for first, last in row_blocks(height, width):
            block = _finite(values(first, last))
            block = block[(block >= between[0]) & (block <= between[1])]
            dtype = block.dtype
            keys = _keys(block)
            bits = max(8 * keys.itemsize, _DIGIT)
            shift = bits - _DIGIT * (depth + 1)
            digits = ((keys >> np.array(shift, dtype=keys.dtype)) & np.array(0xFFFF).astype(keys.dtype)).astype(
                np.int64
            )
            if depth == 0:
                counts[0] += np.bincount(digits, minlength=1 << _DIGIT)
                continue
            heads = keys >> np.array(shift + _DIGIT, dtype=keys.dtype)
            for each, prefix in enumerate(prefixes):
                counts[each] += np.bincount(digits[heads == prefix], minlength=1 << _DIGIT)
        if depth == 0:
            counts[:] = counts[0]
            ranks = [int(share * (counts[0].sum() - 1)) for share in shares]
        for each, rank in enumerate(ranks):
            sums = counts[each].cumsum()
            digit = int(np.searchsorted(sums, rank, side="right"))
            ranks[each] = rank - int(sums[digit] - counts[each, digit])
            prefixes[each] = (prefixes[each] << _DIGIT) | digit
        depth += 1
        done = shift == 0
    return [_value(prefix, dtype) for prefix in prefixes]


def _keys(block: NDArray[Any]) -> NDArray[Any]:
    """Unsigned integers in the order of the values."""
    if block.dtype.kind in "ub":
        return block.astype(f"u{block.itemsize}", copy=False)
    block = block.astype(block.dtype.newbyteorder("="), copy=False)
    unsigned = block.view(f"u{block.itemsize}")
    sign = np.array(1 << (8 * block.itemsize - 1), dtype=unsigned.dtype)
    if block.dtype.kind == "i":
        return unsigned ^ sign
    return np.where(unsigned & sign, ~unsigned, unsigned | sign)


def _value(key: int, dtype: np.dtype[Any]) -> float:
    """The value whose key it is."""
    if dtype.kind in "ub":
        return float(key)
    bits = 8 * dtype.itemsize
    sign = 1 << (bits - 1)
    if dtype.kind == "i":
        return float(key - sign)
    raw = key ^ sign if key & sign else key ^ ((1 << bits) - 1)
    return float(np.array(raw, dtype=f"u{dtype.itemsize}").view(dtype.newbyteorder("=")))
