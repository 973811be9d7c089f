"""BreaKHis (Spanhol et al., IEEE TBME 2016): names such as `SOB_M_DC-14-2523-100-001.png`, in any tree.

The names are the authority, not the folders: tumour class and type, year and slide, magnification, number.
"""

import re
from pathlib import Path

import pandas as pd

from riskcore.data.adapters.listing import Listing, ignored, images_below
from riskcore.errors import InputError

_TYPES = {
    "A": "adenosis",
    "F": "fibroadenoma",
    "PT": "phyllodes_tumor",
    "TA": "tubular_adenoma",
    "DC": "ductal_carcinoma",
    "LC": "lobular_carcinoma",
    "MC": "mucinous_carcinoma",
    "PC": "papillary_carcinoma",
}
_NAME = re.compile(rf"SOB_[BM]_({'|'.join(_TYPES)})-(\d+-\d+)([A-Z]*)-(40|100|200|400)-\d+\.\w+", flags=re.IGNORECASE)


def recognises(path: Path) -> bool:
    """Whether most images below the folder are named like those of BreaKHis."""
    images, _ = images_below(path, path)
    return 2 * sum(1 for image in images if _match(image)) > len(images)


def read(path: Path) -> Listing:
    """Classes are the subtypes found; slides that differ only in trailing letters are one patient.

    Magnification and slide are subgroups.
    """
    images, others = images_below(path, path)
    matches = [(image, _match(image)) for image in images]
    rows = [
        (image, _TYPES[match[1].upper()], match[2], match[4], match[2] + match[3].upper())
        for image, match in matches
        if match
    ]
    if not rows:
        raise InputError(f"{path}: no file is named like those of BreaKHis, such as SOB_M_DC-14-2523-100-001.png.")
    table = pd.DataFrame(rows, columns=["sample", "label", "group", "magnification", "slide"])
    notes = ignored(others + len(images) - len(rows), "files that are not named like BreaKHis images")
    # In the full set the slide 14-13412 is: one of the two diagnoses must be wrong.
    for slide, labels in table.groupby("slide")["label"].unique().items():
        if len(labels) > 1:
            notes.append(f"The slide {slide} is listed under {' and '.join(sorted(labels))}.")
    classes = tuple(name for name in _TYPES.values() if name in set(table["label"]))
    return Listing("breakhis", path, classes, table, ("magnification", "slide"), tuple(notes))


def _match(image: str) -> re.Match[str] | None:
    return _NAME.fullmatch(image.rsplit("/", 1)[-1])
