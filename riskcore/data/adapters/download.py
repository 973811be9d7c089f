"""What a download leaves beside or around the classes: its parts, a copy of itself, one outer folder."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from riskcore.data.finding import is_image, is_left_out, visible_folders
from riskcore.errors import InputError
from riskcore.foreign_text import listed
from riskcore.readers import folded, split_of

Row = tuple[str, str, str]
"""Sample, label, split."""

_PART = re.compile(
    r"(.*?)(?:parts?|teil|partie|parte|download|images?|imgs?|pictures?|photos?|files?|batch|chunk|archive|dis[ck]|vol|volume|zip|tar|set|subset|"
    r"folds?|data|dataset|dir|folder|dicom|dcm|png|jpe?g|drive-download-\w+)[ _.-]*\(?(?:\d+|[ivx]+|[a-d])?\)?",
    flags=re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:images?|imgs?|masks?|segmentations?|annotations?|labels?|ground[ _-]?truths?|metadata|thumbnails|originals?|"
    r"csv|json|xml|tfrecords?|png|jpe?g|dicom|tiff?)",
    flags=re.IGNORECASE,
)


_WORD_BEHIND = re.compile(r"(?P<stem>.+?)[ _.-]+[^\W\d_]{2,}")
_WORD_BEFORE = re.compile(r"[^\W\d_]{2,}[ _.-]+(?P<stem>.+)")


def download_parts(path: Path, classes: Sequence[str], rows: Sequence[Row]) -> None:
    """Refuse folders all of whose names are those of parts of a download, such as `images_part_1` and `masks`.

    Raises:
        InputError: with the tables that lie there, where the labels may stand.
    """
    holding = {label for _, label, _ in rows}
    named = [name for name in classes if name in holding or _ASIDE.fullmatch(name)]
    matches = [_PART.fullmatch(name) for name in named if not _ASIDE.fullmatch(name)]
    if len(named) == 1 and folders_of_the_one_class([image for image, _, _ in rows]):
        return  # one folder around the classes, with something beside it
    if not named or not all(matches) or len({_without_split(match[1]) for match in matches if match}) > 1:
        return
    raise InputError(
        f"{path}: the folders {listed(named, 5)} look like parts of a download, not like classes{tables_beside(path)}; "
        "write a CSV file with the columns path and label, or pass --format folder if they are the classes."
    )


def called_as_aside(name: str) -> bool:
    """Whether a folder is called as what lies in it or beside it, `images` or `masks`, rather than as a class."""
    return _ASIDE.fullmatch(name) is not None


def companions(rows: Sequence[Row]) -> list[str]:
    """A note on images that are called as another one of their class and a word, such as `1_lesion.png` beside `1.png`.

    Masks of the usual names were left out before; these may be masks of other names, or marked copies.
    """
    stems: dict[str, dict[str, str]] = defaultdict(dict)
    for image, label, _ in rows:
        stems[label].setdefault(PurePosixPath(image).stem, image)
    every = [
        image
        for own in stems.values()
        for stem, image in own.items()
        if any((match := form.fullmatch(stem)) and match["stem"] in own for form in (_WORD_BEHIND, _WORD_BEFORE))
    ]
    if len(every) < 2:
        return []
    return [
        f"Images called as another one and a word, such as {PurePosixPath(every[0]).name}: {len(every):,}. If they are "
        "masks or marked copies, move them out of the classes."
    ]


def tables_beside(path: Path) -> str:
    """Where labels may stand, as words for a message; nothing where no table lies in the folder."""
    tables = [file.name for file in sorted(path.glob("*")) if file.suffix.lower() in (".csv", ".tsv", ".xlsx", ".tab")]
    return f" (labels may stand in {listed(tables, 5)})" if tables else ""


def _without_split(stem: str) -> str:
    """The start of a part's name, in lower case, but for its split: "stage_1" of `stage_1_train`."""
    words = re.split(r"[ _.-]+", stem.lower().rstrip(" _.-"))
    return "_".join(word for word in words if not split_of(word))


def folders_of_the_one_class(images: Iterable[str]) -> list[str]:
    """The folders in the only class with images, where all its images lie in several."""
    parts = [image.split("/") for image in images]
    inner = sorted({each[1] if len(each) > 2 else "" for each in parts})
    return inner if len({each[0] for each in parts}) == 1 and len(inner) > 1 and "" not in inner else []


def same_inner_folders(rows: Sequence[Row]) -> list[str]:
    """A note where all folders that were taken for classes hold nothing but folders, of which several are the same."""
    inner: dict[str, set[str]] = defaultdict(set)
    for image, label, _ in rows:
        parts = image.split("/")
        inner[label].add(parts[1] if len(parts) > 2 else "")
    alike = set.intersection(*({folded(name) for name in own} for own in inner.values())) if inner else set()
    names = {name for own in inner.values() for name in own if folded(name) in alike}
    if len(inner) < 2 or len(alike) < 2 or any("" in own for own in inner.values()):
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
    called = {folded(label): label for label in classes}
    inner: dict[str, set[str]] = defaultdict(set)
    for image, label, _ in rows:
        inner[label].add(next((called[name] for name in map(folded, image.split("/")[1:-1]) if name in called), ""))
    for label in sorted(classes):
        if len(inner[label] - {label}) > 1 and "" not in inner[label]:
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
    parts = image.split("/")
    originals = ("/".join(parts[cut:]) for cut in range(1, len(parts) - 1))
    size = (path / image).stat().st_size
    return any(original in samples and (path / original).stat().st_size == size for original in originals)


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
