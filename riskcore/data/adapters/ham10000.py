"""HAM10000 (Tschandl et al., Sci. Data 2018) as Kaggle and Dataverse ship it: two folders and a metadata table."""

import os
from pathlib import Path

import pandas as pd

from riskcore.data.adapters import isic2018
from riskcore.data.adapters.listing import Listing, ignored
from riskcore.data.finding import OTHERS, search, visible_folders
from riskcore.errors import InputError
from riskcore.foreign_text import quoted
from riskcore.readers import missing_column, read_csv, row_number, with_known_names

_TABLE = "HAM10000_metadata"
_SUFFIXES = ("", ".csv", ".tab", ".tsv", ".txt")
"""Dataverse gives the table with tabs, or without a suffix."""
_COLUMNS = ("lesion_id", "image_id", "dx")


def recognises(path: Path) -> bool:
    """Whether the metadata are there, or the path is that table, and no folder is called as a diagnosis."""
    folder = path.parent if path.is_file() else path
    return (_is_table(path) if path.is_file() else _table(path) is not None) and not _sorted_already(folder)


def read(path: Path) -> Listing:
    """Classes and subgroups are called as in ISIC 2018, of which this is the training part; groups are lesions.

    Images are looked for in the folder of the table, or the one above it, and all folders below.
    """
    file = path if path.is_file() else _table(path)
    if file is None:
        raise InputError(f"{path}: expected {_TABLE}.csv beside the folders of images; check the folder.")
    path = file.parent if path.is_file() else path
    table = with_known_names(read_csv(file), _COLUMNS, str(file))
    if absent := [column for column in _COLUMNS if column not in table]:
        raise InputError(f"{file}: {missing_column(absent[0], table)}")
    labels = table["dx"].str.upper()
    if (wrong := ~labels.isin(isic2018.CLASSES)).any():
        row = int(wrong.argmax())
        raise InputError(
            f"{file}: row {row_number(int(table.index[row]))} has the dx {quoted(table['dx'].iloc[row])}; expected one "
            f"of {', '.join(isic2018.CLASSES).lower()}."
        )
    images: dict[str, str] = {}
    found = search(path)
    twice = 0
    for image in sorted(found.images, key=_place):  # Kaggle's archive holds both parts twice
        twice += Path(image).stem in images
        images.setdefault(Path(image).stem, image)
    first = next(iter(images.values()), "").rpartition("/")[0]
    absent_front = f"{first}/" if first else ""
    listing = pd.DataFrame(
        {"image": table["image_id"], "sample": [images.get(id, f"{absent_front}{id}.jpg") for id in table["image_id"]]}
    ).assign(label=labels)
    listing = listing.join(isic2018.lesions(path, file), on="image").drop(columns="image")
    subgroups = tuple(column for column in isic2018.SUBGROUPS if column in listing)
    notes = [line for line in found.notes() if not line.startswith(f"Left out: {OTHERS}")]
    notes += ignored(twice, "images that lie in two of the folders, of which the first is kept")
    notes += ignored(len(set(images) - set(table["image_id"])), f"images that {file.name} does not list")
    classes = tuple(label for label in isic2018.CLASSES if label in set(labels))
    return Listing("ham10000", path, classes, listing, subgroups, tuple(notes))


def _place(image: str) -> tuple[bool, str]:
    """Sorts folders of images before others, such as masks of the same names, and then by path."""
    return "image" not in image.rpartition("/")[0].lower(), image


def _table(path: Path) -> Path | None:
    """The table right in a folder, or in a folder right below."""
    return next((file for pattern in ("*", "*/*") for file in sorted(path.glob(pattern)) if _is_table(file)), None)


def _is_table(file: Path) -> bool:
    stem, suffix = os.path.splitext(file.name)
    return stem.lower() == _TABLE.lower() and suffix.lower() in _SUFFIXES and file.is_file()


def _sorted_already(path: Path) -> bool:
    """Whether a folder here or right below is called as a diagnosis: then the folders are the classes."""
    folders = visible_folders(path)
    names = {folder.name.upper() for outer in folders for folder in (outer, *visible_folders(outer))}
    return not names.isdisjoint(isic2018.CLASSES)
