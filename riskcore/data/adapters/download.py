"""What a download leaves beside or around the classes: its parts, a copy of itself, one outer folder."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from riskcore.data.finding import is_image, is_left_out, visible_folders
from riskcore.errors import InputError
from riskcore.foreign_text import listed
from riskcore.readers import folded, split_of

Row = tuple[str, str, str]
"""Sample, label, split."""

_PART = re.compile(
    r"(.*?)(?:parts?|images?|imgs?|pictures?|photos?|files?|batch|chunk|archive|dis[ck]|vol|volume|zip|tar|set|subset|"
    r"folds?|data|dataset|dir|folder|dicom|dcm|png|jpe?g)[ _.-]*\(?(?:\d+|[ivx]+|[a-d])?\)?",
    flags=re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:images?|imgs?|masks?|segmentations?|annotations?|labels?|ground[ _-]?truths?|metadata|thumbnails|originals?)",
    flags=re.IGNORECASE,
)


def download_parts(path: Path, classes: Sequence[str], rows: Sequence[Row]) -> None:
    """Refuse folders all of whose names are those of parts of a download, such as `images_part_1` and `images_part_2`.

    Raises:
        InputError: with the tables that lie there, where the labels may stand.
    """
    holding = {label for _, label, _ in rows}
    named = [name for name in classes if name in holding or _ASIDE.fullmatch(name)]
    matches = [_PART.fullmatch(name) for name in named]
    stems = {match[1].lower() for match in matches if match}
    parts = all(matches) and len(stems) == 1
    if len(named) < 2 or not (parts or all(_ASIDE.fullmatch(name) for name in named)):
        return
    tables = [file.name for file in sorted(path.glob("*")) if file.suffix.lower() in (".csv", ".tsv", ".xlsx", ".tab")]
    where = f" (labels may stand in {listed(tables, 5)})" if tables else ""
    raise InputError(
        f"{path}: the folders {listed(named, 5)} look like parts of a download, not like classes{where}; write a CSV "
        "file with the columns path and label, or pass --format folder if they are the classes."
    )


def same_inner_folders(rows: Sequence[Row]) -> list[str]:
    """A note where several folders that were taken for classes hold nothing but the same folders."""
    inner: dict[str, set[str]] = defaultdict(set)
    for image, label, _ in rows:
        parts = image.split("/")
        inner[label].add(parts[1] if len(parts) > 2 else "")
    names = set.union(*inner.values()) if inner else set()
    if len(inner) < 2 or len(names) < 2 or "" in names or any(own != names for own in inner.values()):
        return []
    return [
        f"The classes {listed(sorted(inner), 5)} hold the same folders ({listed(sorted(names), 5)}). If those "
        "are the classes, call the outer folders train, validation and test, or list the images in a CSV file."
    ]


def without_inner_copy(path: Path, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Rows without those of folders that hold the classes beside them again, and a note that names each.

    Raises:
        InputError: a folder holds the other classes' folders, with other images.
    """
    samples = {row[0] for row in rows}
    again = {row[0] for row in rows if _is_copy(path, row[0], samples)}
    kept = [row for row in rows if row[0] not in again]
    classes = {row[1] for row in kept}
    inner: dict[str, set[str]] = defaultdict(set)
    for image, label, _ in kept:
        inner[label].add(image.split("/")[1] if image.count("/") > 1 else "")
    for label in sorted(inner):
        if len(classes) > 2 and inner[label] == classes - {label}:
            raise InputError(
                f"{path}: the folder {label} holds folders that are called as the classes beside it "
                f"({listed(sorted(inner[label]), 5)}), with other images; move them together, or name one of the two."
            )
    names = {image.split("/")[0] if image.split("/")[0] not in classes else "/".join(image.split("/")[:2])
             for image in again}  # fmt: skip
    return kept, [
        f"The folder {name} holds images of the classes beside it again, as in an archive that was packed twice, and "
        "is left out."
        for name in sorted(names)
    ]


def _is_copy(path: Path, image: str, samples: set[str]) -> bool:
    original = image.split("/", 1)[1]
    return original in samples and (path / image).stat().st_size == (path / original).stat().st_size


def inner_folder(path: Path) -> Path:
    """The folder that holds the classes, where a download packed them into one outer folder, or several nested ones."""
    while path.is_dir():
        folders = visible_folders(path)
        if len(folders) != 1 or split_of(folders[0].name) or not visible_folders(folders[0]):
            break
        if any(file.is_file() and not is_left_out(file.name) and is_image(file) for file in path.glob("*")):
            break
        path = folders[0]
    return path
