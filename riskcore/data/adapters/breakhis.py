"""BreaKHis (Spanhol et al., IEEE TBME 2016): names such as `SOB_M_DC-14-2523-100-001.png`, in any tree.

The names are the authority, not the folders: tumour class and type, year and slide, magnification, number.
"""

import re
from pathlib import Path

import pandas as pd

from riskcore.data.adapters.listing import Listing, ignored
from riskcore.data.finding import names_below, search
from riskcore.errors import InputError
from riskcore.foreign_text import listed
from riskcore.readers import split_of

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
    names = names_below(path)
    return 2 * sum(1 for name in names if _match(name)) > len(names)


def read(path: Path) -> Listing:
    """Classes are the subtypes found; slides that differ only in trailing letters are one patient.

    Magnification and slide are subgroups. Folders such as train and test above the images are kept as the split.
    """
    found = search(path)
    matches = [(image, _match(image)) for image in found.images]
    rows = [
        (image, _TYPES[match[1].upper()], match[2], match[4], match[2] + match[3].upper())
        for image, match in matches
        if match
    ]
    if not rows:
        raise InputError(
            f"{path}: no file is named like those of BreaKHis, such as SOB_M_DC-14-2523-100-001.png; check the folder."
        )
    table = pd.DataFrame(rows, columns=["sample", "label", "group", "magnification", "slide"])
    notes = [
        *found.notes(),
        *ignored(len(found.images) - len(rows), "images that are not named like those of BreaKHis"),
    ]
    table, about = _with_splits(table)
    notes += about
    # In the full set the slide 14-13412 is.
    for slide, labels in table.groupby("slide")["label"].unique().items():
        if len(labels) > 1:
            notes.append(
                f"The slide {slide} is listed under {' and '.join(sorted(labels))}, of which one must be wrong."
            )
    classes = tuple(name for name in _TYPES.values() if name in set(table["label"]))
    return Listing("breakhis", path, classes, table, ("magnification", "slide"), tuple(notes))


def _with_splits(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The split that folders above the images tell, one row an image name, and what is to be known of both.

    An image that lies in several folders, as in folds of which each is a copy, is kept once.
    """
    folders = [[part for part in image.split("/")[:-1] if split_of(part)] for image in table["sample"]]
    splits = pd.Series([split_of(parts[-1]) or "" if parts else "" for parts in folders], index=table.index)
    names = table["sample"].str.rsplit("/", n=1).str[-1].str.lower()
    first = ~names.duplicated()
    notes = ignored(int((~first).sum()), "further copies of images that lie in several folders")
    used = sorted({parts[-1] for parts in folders if parts})
    if not used:
        return table[first], notes
    if (splits.groupby(names).nunique() > 1).any():
        notes.append(f"The folders {listed(used)} are no split: images lie in several of them.")
        return table[first], notes
    notes.append(f"The split is that of the folders {listed(used)}.")
    if outside := int((splits[first] == "").sum()):
        notes.append(f"Images in none of them, which are divided like those for training: {outside:,}.")
    kept = table.assign(split=splits)[first]
    if both := int((kept.groupby("group")["split"].nunique() > 1).sum()):
        notes.append(f"Patients with images in several splits of it: {both:,}.")
    return kept, notes


def _match(image: str) -> re.Match[str] | None:
    return _NAME.fullmatch(image.rsplit("/", 1)[-1])
