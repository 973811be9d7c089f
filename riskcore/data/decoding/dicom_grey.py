"""DICOM greys as 0 (black) to 255: modality transform, then what the file declares to be shown, or what it holds."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcore.data.decoding.blocks import Values, stretched
from riskcore.data.decoding.ranges import Limits, held_range

if TYPE_CHECKING:
    from pydicom import Dataset

SHADES = 3
"""A window or table that leaves the image fewer shades of 255 than these beside the darkest is not used."""

_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def grey(pixels: NDArray[Any], dataset: "Dataset") -> Values:
    """Blocks (h, W) uint8 of a MONOCHROME1 or MONOCHROME2 image; what is declared as padding is black in both.

    Args:
        pixels: (H, W) stored values. dataset: what describes them; what is empty or no number in it is taken out.
    """
    from pydicom.pixels import apply_modality_lut

    _tidy(dataset)
    height, width = pixels.shape
    padding = _padding(pixels.dtype, dataset)

    def real(first: int, last: int) -> NDArray[np.bool_] | None:
        if padding is None:
            return None
        block = pixels[first:last]
        return (block < padding[0]) | (block > padding[1])

    def values(first: int, last: int) -> NDArray[Any]:
        return apply_modality_lut(pixels[first:last], dataset)

    def kept(values: Values) -> Values:
        def some(first: int, last: int) -> NDArray[Any]:
            wanted = real(first, last)
            return values(first, last) if wanted is None else values(first, last)[wanted]

        return some

    if "ModalityLUTSequence" in dataset:
        held = held_range(kept(values), height, width)
    else:
        slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
        ends = held_range(kept(lambda first, last: pixels[first:last]), height, width)
        low, high = sorted(end * slope + intercept for end in ends)
        held = low, high
    declared = _declared(values, kept, held, dataset, height, width)
    shown, (low, high) = declared or (values, held)
    if declared is None and _as_it_is(dataset):
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
    plain = "ModalityLUTSequence" not in dataset and not dataset.PixelRepresentation
    return plain and int(dataset.BitsStored) <= 8 and "RescaleSlope" not in dataset


def _declared(
    values: Values, kept: Any, held: Limits, dataset: "Dataset", height: int, width: int
) -> tuple[Values, Limits] | None:
    """The first VOI table, else the first window, that shows something of the values; and the limits of its shades."""
    from pydicom.pixels import apply_voi, apply_windowing

    for index in range(len(dataset.get("VOILUTSequence") or [])):

        def table(first: int, last: int, index: int = index) -> NDArray[Any]:
            return apply_voi(values(first, last), dataset, index)

        low, high = held_range(kept(table), height, width)
        top = 2.0 ** max(8, int(np.max(_entries(dataset.VOILUTSequence[index]))).bit_length()) - 1
        if (high - low) * 255 >= SHADES * top:
            return table, (0.0, top)
    for index, centre, wide in _windows(dataset):

        def windowed(block: NDArray[Any], index: int = index) -> NDArray[Any]:
            return apply_windowing(block, dataset, index)

        # pydicom maps the window to a range of its own: ask it where values far outside end up.
        low, high = windowed(np.array([centre - 100 * wide, centre + 100 * wide]))
        shades = stretched(windowed(np.array(held)), low, high).astype(int)
        if shades[1] - shades[0] >= SHADES:
            return lambda first, last, show=windowed: show(values(first, last)), (float(low), float(high))
    return None


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
    for keyword in ("ModalityLUTSequence", "VOILUTSequence"):
        items = [item for item in dataset.get(keyword) or [] if len(_entries(item))]
        if keyword in dataset:
            del dataset[keyword]
        if items:
            setattr(dataset, keyword, items)
    if dataset.get("VOILUTFunction", "LINEAR") not in _FUNCTIONS:
        del dataset["VOILUTFunction"]


def _entries(item: "Dataset") -> NDArray[Any]:
    """Entries of a lookup table; none where it is incomplete."""
    descriptor, data = item.get("LUTDescriptor"), item.get("LUTData")
    if descriptor is None or len(descriptor) != 3 or not data:
        return np.empty(0)
    if isinstance(data, bytes):
        return np.frombuffer(data[: len(data) // 2 * 2], dtype="<u2")
    return np.atleast_1d(np.asarray(data))


def _numbers(dataset: "Dataset", keyword: str) -> list[float]:
    """The numbers of an element; none where it is absent, empty or unreadable."""
    from pydicom.multival import MultiValue

    try:
        value = dataset.get(keyword)
        return [float(each) for each in (value if isinstance(value, MultiValue) else [value])]
    except (TypeError, ValueError, OverflowError):
        return []


def _padding(dtype: np.dtype[Any], dataset: "Dataset") -> tuple[int, int] | None:
    """Least and greatest stored value that is padding (DICOM PS3.3 C.7.5.1.1.2), in the sense of the pixels' sign."""
    found = _numbers(dataset, "PixelPaddingValue")
    if len(found) != 1 or dtype.kind not in "ui":
        return None
    ends = [found[0], *_numbers(dataset, "PixelPaddingRangeLimit")][:2]
    bits = 8 * dtype.itemsize

    def signed(value: float) -> int:
        number = int(value) % (1 << bits)
        return number - (1 << bits) if dtype.kind == "i" and number >> (bits - 1) else number

    own = sorted(signed(end) for end in ends)
    return own[0], own[-1]
