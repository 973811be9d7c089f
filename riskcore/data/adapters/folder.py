"""A folder per class, alone, inside a folder per split, or with a folder per split inside: `train/class/file`."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from riskcore.data.adapters.download import (
    called_as_aside,
    companions,
    download_parts,
    same_inner_folders,
    tables_beside,
    without_inner_copy,
)
from riskcore.data.adapters.listing import Listing, ignored
from riskcore.data.finding import holds_image, search, visible_folders
from riskcore.errors import InputError
from riskcore.foreign_text import listed
from riskcore.readers import split_of


def recognises(path: Path) -> bool:
    """Whether there are folders that hold images."""
    return path.is_dir() and any(holds_image(folder) for folder in visible_folders(path))


def read(path: Path, *, told: bool = True) -> Listing:
    """Class names are the names of the folders, sorted; images may lie in folders below their class.

    Args:
        path: of the set. told: whether the user says that this is the layout: then no folder is doubted.

    Raises:
        InputError: no folders, or, unless told, folders that are parts of a download rather than classes.
    """
    return read_classes(path, "folder", told=told)


def read_classes(path: Path, format: str, *, told: bool = True) -> Listing:
    """The same for any format that is laid out so."""
    folders = visible_folders(path)
    splits = [folder for folder in folders if split_of(folder.name)]
    # A class may be called "test"; only beside a training folder, or alone, is that a split.
    split_layout = len(splits) == len(folders) or any(split_of(folder.name) == "train" for folder in splits)
    depth = (2 if all(map(_packed_again, splits)) else 1) if split_layout else 0
    found = search(path)
    notes = list(found.notes())
    split_names = {folder.name for folder in splits}

    rows: list[tuple[str, str, str]] = []
    loose = 0
    aside = [folder.name for folder in folders if split_layout and folder.name not in split_names]
    for image in found.images:
        parts = image.split("/")
        if split_layout and parts[0] in aside:
            continue
        if len(parts) < depth + 2:
            loose += 1
        else:
            rows.append((image, parts[depth], (split_of(parts[0]) or "") if split_layout else ""))
    places = splits if split_layout else [path]
    for _ in range(depth - 1):
        places = [folder for place in places for folder in visible_folders(place)]
    classes = {folder.name for place in places for folder in visible_folders(place) if not folder.is_symlink()}
    classes |= {label for _, label, _ in rows}
    if not classes:
        raise InputError(
            f"{path}: expected a folder per class, with images in it{tables_beside(path)}; check the folder."
        )
    if not split_layout:
        rows, about = _split_inside(rows)
        notes += about
        before = {label for _, label, _ in rows}
        rows, about = without_inner_copy(path, rows)
        classes -= before - {label for _, label, _ in rows}
        notes += about
        if not told:
            download_parts(path, sorted(classes), rows)
            notes += same_inner_folders(rows)
    notes += companions(rows)
    notes += ignored(loose, "images in no class folder")
    notes += [f"The folder {name} is neither a split nor inside one and is left out." for name in aside]
    table = pd.DataFrame(rows, columns=["sample", "label", "split"], dtype="str")
    return Listing(format, path, tuple(sorted(classes)), table, notes=tuple(notes))


def _packed_again(split: Path) -> bool:
    """Whether a split's folder holds one folder only, which is called as a split or as images are: `train/train`."""
    inner = visible_folders(split)
    return len(inner) == 1 and (split_of(inner[0].name) is not None or called_as_aside(inner[0].name))


def _split_inside(rows: Sequence[tuple[str, str, str]]) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Rows with the split of `class/train/file`, where every image lies so, and a note on it."""
    inside = [split_of(image.split("/")[1]) if image.count("/") > 1 else None for image, _, _ in rows]
    if not rows or None in inside or "train" not in inside:
        return list(rows), []
    names = listed(sorted({image.split("/")[1] for image, _, _ in rows}))
    kept = [(image, label, split or "") for (image, label, _), split in zip(rows, inside, strict=True)]
    return kept, [f"The split is that of the folders {names} inside each class."]
