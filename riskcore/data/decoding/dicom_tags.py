"""Whether the elements that describe a DICOM image fit one another; what follows from the others is filled in."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcore.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

_REQUIRED = ("Rows", "Columns", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "PixelRepresentation")
_GREYS = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")
_CELLS = (1, 8, 16, 32, 64)


def settle(dataset: "Dataset", name: str) -> None:
    """Samples of a pixel and planes are filled in where they are absent.

    Raises:
        InputError: an element that pixels mean nothing without is absent, or contradicts the others; `name` is the
            file's.
    """
    if lacking := [keyword for keyword in _REQUIRED if dataset.get(keyword) in (None, "")]:
        raise lacks(lacking, name)
    kind = " ".join(str(dataset.PhotometricInterpretation).upper().split())
    dataset.PhotometricInterpretation = kind
    samples = 1 if kind in _GREYS else 3
    if dataset.get("SamplesPerPixel") in (None, ""):
        dataset.SamplesPerPixel = samples
    if dataset.get("PlanarConfiguration") in (None, "") and samples == 3:
        dataset.PlanarConfiguration = 0
    fits = {
        "PhotometricInterpretation": kind in _GREYS + _COLOURS,
        "SamplesPerPixel": dataset.SamplesPerPixel == samples,
        "BitsAllocated": dataset.BitsAllocated in _CELLS,
        "BitsStored": 0 < int(dataset.BitsStored) <= int(dataset.BitsAllocated),
        "PixelRepresentation": dataset.PixelRepresentation in (0, 1),
    }
    if wrong := [keyword for keyword, right in fits.items() if not right]:
        raise InputError(
            f"{name}: the DICOM file's {wrong[0]} is not one that is read, or does not fit its other tags; export it "
            "again, as grey (MONOCHROME2) or RGB."
        )


def lacks(keywords: list[str], name: str) -> InputError:
    """The refusal of a file in which elements are absent."""
    return InputError(
        f"{name}: the DICOM file lacks {', '.join(keywords)}, without which its pixels mean nothing; export it "
        "again from its source with all image tags."
    )


def no_decoder(syntax: str, name: str) -> InputError:
    """The refusal of a file whose pixels are in a form that nothing here reads."""
    return InputError(
        f"{name}: there is no decoder for its DICOM transfer syntax ({syntax}); export the image uncompressed."
    )


def highest(dataset: "Dataset") -> int:
    """Bits of a cell up to the highest that is a value's, by HighBit or else BitsStored."""
    stored, high = int(dataset.BitsStored), dataset.get("HighBit")
    told = high + 1 if isinstance(high, int) else stored
    return told if stored < told <= int(dataset.BitsAllocated) else stored


def aligned(values: NDArray[Any], dataset: "Dataset") -> NDArray[Any]:
    """Values without what stands above and below them in their cells, overlays for one (DICOM PS3.5, 8.1.1).

    Where HighBit says that they fill the upper bits, but none does, HighBit is wrong.

    Args:
        values: (H, W) or (H, W, samples) as stored, changed in place if they can be. dataset: what describes them.
    """
    stored, top, cell = int(dataset.BitsStored), highest(dataset), 8 * values.dtype.itemsize
    if values.dtype.kind not in "ui" or stored >= cell:
        return values
    into = values if values.flags.writeable else None
    if cell > top:
        values = np.right_shift(np.left_shift(values, cell - top, out=into), cell - top, out=into)
    least, most = (0, 2**stored) if values.dtype.kind == "u" else (-(2 ** (stored - 1)), 2 ** (stored - 1))
    if top > stored and (values.max() >= most or values.min() < least):
        values = np.right_shift(values, top - stored, out=into)
    return values
