"""A folder per class, alone or inside a folder per split: `class/file` or `train/class/file`."""

from pathlib import Path

import pandas as pd

from riskcore.data.adapters.listing import SPLIT_NAMES, Listing, folders_of, ignored, images_below
from riskcore.errors import InputError


def recognises(path: Path) -> bool:
    """Whether there are folders that hold images."""
    return path.is_dir() and any(images_below(folder, path)[0] for folder in folders_of(path))


def read(path: Path) -> Listing:
    """Class names are the names of the folders, sorted; images may lie in folders below their class."""
    return read_classes(path, "folder")


def read_classes(path: Path, format: str) -> Listing:
    """The same for any format that is laid out so."""
    folders = folders_of(path)
    splits = [folder for folder in folders if folder.name.lower() in SPLIT_NAMES]
    # A class may be called "test"; only beside a training folder, or alone, is that a split.
    split_layout = len(splits) == len(folders) or any(SPLIT_NAMES[f.name.lower()] == "train" for f in splits)
    parts = [(split, SPLIT_NAMES[split.name.lower()]) for split in splits] if split_layout else [(path, "")]

    rows: list[tuple[str, str, str]] = []
    classes: set[str] = set()
    loose = sum(file.is_file() for place in {path, *(part for part, _ in parts)} for file in place.glob("*"))
    for part, split in parts:
        for folder in folders_of(part):
            images, others = images_below(folder, path)
            loose += others
            classes.add(folder.name)
            rows += [(image, folder.name, split) for image in images]
    if not classes:
        raise InputError(f"{path}: expected a folder per class, with images in it.")
    aside = [folder.name for folder in folders if split_layout and folder not in splits]
    notes = ignored(loose, "files that are hidden, not images or in no class folder")
    notes += [f"The folder {name} is neither a split nor inside one and is left out." for name in aside]
    table = pd.DataFrame(rows, columns=["sample", "label", "split"], dtype="str")
    return Listing(format, path, tuple(sorted(classes)), table, notes=tuple(notes))
