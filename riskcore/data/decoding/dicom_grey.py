"""DICOM greys as 0 (black) to 255: modality transform, then what the file declares to be shown, or what it holds."""

import math
from collections.abc import Callable, Iterator, MutableSequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.blocks import Values, stretched
from riskcore.data.decoding.dicom_tables import Table, table
from riskcore.data.decoding.ranges import Limits, extremes, held_range

if TYPE_CHECKING:
    from pydicom import Dataset

SHADES = 3
"""A window or table that leaves the image fewer shades of 255 than these beside the darkest is not used."""

LEAST = 32
"""Nor is one that leaves fewer than these to all values, those far from the others included: nearly one shade."""

_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def grey(pixels: NDArray[Any], dataset: "Dataset") -> Values:
    """Blocks (h, W) uint8 of a MONOCHROME1 or MONOCHROME2 image; what is declared as padding is black in both.

    Args:
        pixels: (H, W) stored values. dataset: what describes them; what is empty or no number in it is taken out.
    """
    _tidy(dataset)
    big = dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.2"
    signed = bool(dataset.PixelRepresentation)
    whole = _tables(dataset, "ModalityLUTSequence", signed, big)
    modality = next((each for each in whole if _tells_apart(each, pixels)), None)
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    height, width = pixels.shape
    padding = _padding(pixels.dtype, dataset)

    def real(first: int, last: int) -> NDArray[np.bool_] | None:
        if padding is None:
            return None
        block = pixels[first:last]
        return (block < padding[0]) | (block > padding[1])

    def values(first: int, last: int) -> NDArray[Any]:
        block = pixels[first:last]
        if modality:
            return modality.of(block)
        return block if (slope, intercept) == (1, 0) else block.astype(np.float64) * slope + intercept

    def kept(values: Values) -> Values:
        def some(first: int, last: int) -> NDArray[Any]:
            wanted = real(first, last)
            return values(first, last) if wanted is None else values(first, last)[wanted]

        return some

    if modality:
        held = held_range(kept(values), height, width)
    else:
        ends = held_range(kept(lambda first, last: pixels[first:last]), height, width)
        low, high = sorted(end * slope + intercept for end in ends)
        held = low, high
    tables = _tables(dataset, "VOILUTSequence", held[0] < 0, big)
    declared = _declared(values, kept, held, tables, dataset, height, width)
    shown, (low, high) = declared or (values, held)
    if declared is None and modality is None and _as_it_is(dataset):
        low, high = 0.0, 2.0 ** int(dataset.BitsStored) - 1
    inverted = dataset.PhotometricInterpretation == "MONOCHROME1"

    def blocks(first: int, last: int) -> NDArray[np.uint8]:
        block = stretched(shown(first, last), low, high)
        if inverted:
            block = 255 - block
        if (wanted := real(first, last)) is not None:
            block[~wanted] = 0
        return block

    return blocks


def _as_it_is(dataset: "Dataset") -> bool:
    """8 bits at most, without a sign or a modality transform: shown as other files of 8 bits are."""
    return not dataset.PixelRepresentation and int(dataset.BitsStored) <= 8 and "RescaleSlope" not in dataset


def _declared(
    values: Values,
    kept: Callable[[Values], Values],
    held: Limits,
    tables: Iterator[Table],
    dataset: "Dataset",
    height: int,
    width: int,
) -> tuple[Values, Limits] | None:
    """The first VOI table, else the first window, that shows something of the values; and the limits of its shades."""
    from pydicom.pixels import apply_windowing

    every: Limits | None = None
    for each in tables:

        def looked_up(first: int, last: int, each: Table = each) -> NDArray[Any]:
            return each.of(values(first, last))

        top = 2.0 ** max(8, int(each.entries.max()).bit_length()) - 1
        some = kept(looked_up)
        if _shows(held_range(some, height, width), extremes(some, height, width), (0.0, top)):
            return looked_up, (0.0, top)
    for index, centre, wide in _windows(dataset):

        def windowed(block: NDArray[Any], index: int = index) -> NDArray[Any]:
            return apply_windowing(block, dataset, index)

        # pydicom maps the window to a range of its own: ask it where values far outside end up.
        low, high = windowed(np.array([centre - 100 * wide, centre + 100 * wide]))
        every = every or extremes(kept(values), height, width)
        ends = [tuple(float(each) for each in windowed(np.array(limits, dtype=np.float64))) for limits in (held, every)]
        if _shows(ends[0], ends[1], (float(low), float(high))):
            return lambda first, last, show=windowed: show(values(first, last)), (float(low), float(high))
    return None


def _shows(held: tuple[float, ...], every: tuple[float, ...], limits: Limits) -> bool:
    """Whether enough shades are left to the image's values and to all, both as shown within the limits."""
    shades = [stretched(np.array(ends), *limits).astype(int) for ends in (held, every)]
    return bool(abs(shades[0][1] - shades[0][0]) >= SHADES and abs(shades[1][1] - shades[1][0]) >= LEAST)


def _windows(dataset: "Dataset") -> Iterator[tuple[int, float, float]]:
    """Index, centre and width of each window that is one."""
    least = 1.0 if dataset.get("VOILUTFunction", "LINEAR") == "LINEAR" else 0.0
    pairs = zip(_numbers(dataset, "WindowCenter"), _numbers(dataset, "WindowWidth"), strict=False)
    for index, (centre, wide) in enumerate(pairs):
        if math.isfinite(centre) and math.isfinite(wide) and wide > 0 and wide >= least:
            yield index, centre, wide


def _tidy(dataset: "Dataset") -> None:
    """What is empty, no number or of no kind is taken out, as if it were absent."""
    line = []
    for keyword, neutral in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0)):
        found = _numbers(dataset, keyword)
        sound = len(found) == 1 and math.isfinite(found[0]) and (found[0] != 0 or keyword != "RescaleSlope")
        line.append(found[0] if sound else neutral)
        if keyword in dataset:
            del dataset[keyword]
    if line != [1, 0]:
        dataset.RescaleSlope, dataset.RescaleIntercept = line
    if dataset.get("VOILUTFunction", "LINEAR") not in _FUNCTIONS:
        del dataset["VOILUTFunction"]


def _tables(dataset: "Dataset", sequence: str, signed: bool, big: bool) -> Iterator[Table]:
    """The complete tables of a sequence; where it is said to be of words, as many bytes may be half of one."""
    for item in dataset.get(sequence) or []:
        found = table(item, "LUTDescriptor", "LUTData", signed=signed, big=big)
        if found and (found.entries.dtype != np.uint8 or int(item.LUTDescriptor[2]) <= 8):
            yield found


def _tells_apart(found: Table, pixels: NDArray[Any]) -> bool:
    low, high = extremes(lambda first, last: found.of(pixels[first:last]), *pixels.shape)
    return low < high


def _numbers(dataset: "Dataset", keyword: str) -> list[float]:
    """The numbers of an element; none where it is absent, empty or unreadable."""
    try:
        value = dataset.get(keyword)
        return [float(each) for each in (value if isinstance(value, MutableSequence) else [value])]
    except (TypeError, ValueError, OverflowError):
        return []


def _padding(dtype: np.dtype[Any], dataset: "Dataset") -> tuple[int, int] | None:
    """Least and greatest stored value that is padding (DICOM PS3.3 C.7.5.1.1.2), in the sense of the pixels' sign."""
    found = _numbers(dataset, "PixelPaddingValue")
    if not found or dtype.kind not in "ui":
        return None
    ends = [found[0], *_numbers(dataset, "PixelPaddingRangeLimit")][:2]
    bits = int(dataset.BitsStored)  # as those of the values, the bits above are no part of it

    def signed(value: float) -> int:
        number = int(value) % (1 << bits)
        return number - (1 << bits) if dtype.kind == "i" and number >> (bits - 1) else number

    own = sorted(signed(end) for end in ends)
    return own[0], own[-1]
