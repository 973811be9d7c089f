"""The one search for images in a folder: by name where the suffix tells, by the first bytes where it does not."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from riskcore.data.decoding.dicom_file import looks_like_dicom
from riskcore.data.images import IMAGE_SUFFIXES
from riskcore.foreign_text import quoted
from riskcore.readers import is_storable

SUFFIXES = tuple(dict.fromkeys((*IMAGE_SUFFIXES, ".jfif", ".jpe", ".dicom", ".dic", ".ima")))
"""Suffixes, in lower case, of files that are taken for images unopened; of other files the first bytes tell."""

HIDDEN = "hidden files and folders, and those that systems make"
LINKED_TWICE = "links to folders that are searched already"
LINKED_NOWHERE = "links that lead nowhere"
MASKS = "segmentation masks, called as the image beside them and _mask or the like"
NAMES = "names that are not UTF-8"
NO_FILES = "what is no ordinary file"
OTHERS = "files that are not images"
UNREADABLE = "files and folders that cannot be read"

_CURES = {
    MASKS: "; to judge them as images, list them in a CSV file",
    NAMES: "; rename them",
    UNREADABLE: "; check their permissions",
}
_NAMED = (OTHERS, NAMES, LINKED_TWICE, LINKED_NOWHERE, UNREADABLE)
"""Reasons whose details are shown."""

_SYSTEM = {"__macosx", "@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"}
_SYSTEM |= {"thumbs.db", "ehthumbs.db", "desktop.ini", "dicomdir", "__pycache__", "thumbnails", "@recycle"}
_SYSTEM |= {"@recently-snapshot", "@tmp", "recycler", "network trash folder", "temporary items", "found.000"}
_SYSTEM |= {"icon\r", "$recycle", "~snapshot"}

# Their content begins as a TIFF file does; what they hold is no picture to be judged: slides, raw camera data.
_CONTAINERS = (".svs", ".ndpi", ".scn", ".cr2", ".nef", ".dng", ".arw", ".lsm", ".qptiff")

_MASK = re.compile(
    r"(.+?)[ _.-]*(?:mask|masks|segmentation|segmented|seg|groundtruth|gt)(?:[ _.-]*\(?\d+\)?)?", flags=re.IGNORECASE
)
_MASK_FOLDER = re.compile(r"masks?|segmentations?|ground[ _-]?truths?|gt", flags=re.IGNORECASE)
_IMAGE_FOLDERS = {"images", "image", "imgs", "img", "original", "originals"}

_SIGNS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"GIF87a", b"GIF89a")
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_HEAD = 132


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        images: posix paths relative to the root, sorted.
        left_out: why something was left out -> what it was (a suffix or a name) -> how often.
    """

    images: tuple[str, ...]
    left_out: Mapping[str, Mapping[str, int]]

    def notes(self) -> list[str]:
        """What was left out, counted by reason, a sentence each.

        Example:
            >>> Found((), {OTHERS: {"webp": 2, "no suffix": 1}, NAMES: {"m\\udce9.png": 1}}).notes()
            ['Left out: files that are not images (webp 2, no suffix 1).', \
"Left out: names that are not UTF-8 ('m\\\\udce9.png'); rename them."]
        """
        return [_sentence(reason, Counter(self.left_out[reason])) for reason in sorted(self.left_out)]


def search(folder: Path, root: Path | None = None) -> Found:
    """All images in a folder and below.

    Linked folders are searched once, after what lies in the folder itself; a link back up is not followed. Only
    files whose suffix does not tell are opened, for their first bytes.

    Args:
        folder: where to look. root: what paths are relative to, the folder or one above it; by default the folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as place:
        ...     for name, content in (("a.png", b""), ("IM0001", bytes(128) + b"DICM"), ("._a.png", b"")):
        ...         _ = (Path(place) / name).write_bytes(content)
        ...     search(Path(place)).images
        ('IM0001', 'a.png')
    """
    root = folder if root is None else root
    prefix = folder.relative_to(root).as_posix()
    left: dict[str, Counter[str]] = {}
    by_folder: dict[str, list[str]] = {}
    for place, names in _walk(folder, "" if prefix == "." else prefix, left):
        by_folder[place] = names
    images = []
    for place, names in by_folder.items():
        masks = _masks(place, names, by_folder)
        for name in names:
            if name in masks:
                _count(left, MASKS, name)
            else:
                images.append(f"{place}/{name}" if place else name)
    return Found(tuple(sorted(images)), left)


def kinds(names: Iterable[str]) -> str:
    """How many files have each suffix, the most frequent first; empty where all have the same.

    Example:
        >>> kinds(["a.PNG", "b.png", "c.webp", "IM0001"]), kinds(["a.png", "b.png"])
        ('png 2, webp 1, no suffix 1', '')
    """
    counted = Counter(PurePosixPath(name).suffix.lower().removeprefix(".") or "no suffix" for name in names)
    return _numbers(counted) if len(counted) > 1 else ""


def holds_image(folder: Path) -> bool:
    """Whether there is any image in a folder or below; the search ends at the first folder with one."""
    return any(names for _, names in _walk(folder, "", {}))


def names_below(folder: Path) -> list[str]:
    """Names of the files in a folder and below whose suffix is that of an image; no file is opened."""
    return [name for _, names in _walk(folder, "", {}, opened=False) for name in names]


def is_image(path: str | Path, name: str | None = None) -> bool:
    """Whether a file's name, or else its first bytes, say that it is an image; false where it cannot be read."""
    suffix = os.path.splitext(name or os.path.basename(path))[1].lower()
    if suffix in SUFFIXES:
        return True
    if suffix in _CONTAINERS:
        return False
    try:
        with open(path, "rb", buffering=0) as stream:
            return is_image_content(stream.read(_HEAD))
    except OSError:
        return False


def is_image_content(head: bytes) -> bool:
    """Whether the first 132 bytes of a file are those of an image of a kind that is decoded.

    Example:
        >>> is_image_content(bytes(128) + b"DICM"), is_image_content(b"BM, the museum's list")
        (True, False)
    """
    if head.startswith(_SIGNS):
        return True
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head[:2] == b"BM":
        return head[6:10] == b"\0\0\0\0" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return looks_like_dicom(head)


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is hidden or made by a system, and left out wherever it lies.

    Example:
        >>> [is_left_out(name) for name in ("._a.png", "@eaDir", "Thumbs.db", "a.png")]
        [True, True, True, False]
    """
    return name.startswith(".") or name.lower() in _SYSTEM


def visible_folders(folder: Path) -> list[Path]:
    """The subfolders that are searched, sorted by name; none where there is no such folder."""
    return sorted(
        path for path in folder.glob("*") if not is_left_out(path.name) and is_storable(path.name) and path.is_dir()
    )


def _walk(
    top: Path, prefix: str, left: dict[str, Counter[str]], *, opened: bool = True
) -> Iterator[tuple[str, list[str]]]:
    """Each folder's path below the root, and the names of its images; links come last, each folder once."""
    above = {*Path(os.path.realpath(top)).parents}
    waiting, links = [(str(top), prefix)], list[tuple[str, str]]()
    seen: set[tuple[int, int]] = set()
    while waiting or links:
        linked = not waiting
        path, place = waiting.pop() if waiting else links.pop(0)
        try:
            status = os.stat(path)
            known = (status.st_dev, status.st_ino) in seen or (linked and Path(os.path.realpath(path)) in above)
            if known:
                _count(left, LINKED_TWICE, place)
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            _count(left, UNREADABLE, place or top.name)
            continue
        images: list[str] = []
        inner: list[tuple[str, str]] = []
        for entry in found:
            below = f"{place}/{entry.name}" if place else entry.name
            if is_left_out(entry.name):
                _count(left, HIDDEN, entry.name)
            elif not is_storable(entry.name):
                _count(left, NAMES, entry.name)
            elif _is_folder(entry):
                (links if entry.is_symlink() else inner).append((entry.path, below))
            elif (reason := _why_not(entry, opened)) is not None:
                _count(left, *reason)
            else:
                images.append(entry.name)
        waiting += reversed(inner)
        yield place, images


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that point at one another
        return False


def _why_not(entry: os.DirEntry[str], opened: bool) -> tuple[str, str] | None:
    """Why a file is no image, and what it is; None for an image."""
    if not os.path.isfile(entry.path):  # opening a pipe would wait for ever
        broken = entry.is_symlink() and not os.path.exists(entry.path)
        return (LINKED_NOWHERE if broken else NO_FILES), entry.name
    suffix = os.path.splitext(entry.name)[1].lower()
    if suffix in SUFFIXES or (opened and is_image(entry.path, entry.name)):
        return None
    suffix = suffix.lstrip(".")
    if opened and not suffix and not os.access(entry.path, os.R_OK):
        return UNREADABLE, entry.name
    return OTHERS, suffix if re.fullmatch("[a-z][a-z0-9]{0,7}", suffix) else "no suffix"


def _masks(place: str, names: Sequence[str], by_folder: Mapping[str, Sequence[str]]) -> set[str]:
    """Which images of a folder are masks: those called as another image there, or all of a folder of masks."""
    stems = {_stem(name) for name in names}
    masks = {name for name in names if (match := _MASK.fullmatch(_stem(name))) and match[1] in stems}
    here = PurePosixPath(place)
    if names and _MASK_FOLDER.fullmatch(here.name):
        above = "" if here.parent == PurePosixPath(".") else here.parent.as_posix()
        beside = {
            _stem(name)
            for other, others in by_folder.items()
            if other == above or (str(PurePosixPath(other).parent) == str(here.parent) and _names_images(other))
            for name in others
        }
        if sum(_unmasked(name) in beside for name in names) * 2 > len(names):
            return set(names)
    return masks


def _names_images(place: str) -> bool:
    return PurePosixPath(place).name.lower() in _IMAGE_FOLDERS


def _unmasked(name: str) -> str:
    match = _MASK.fullmatch(_stem(name))
    return match[1] if match else _stem(name)


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]


def _count(left: dict[str, Counter[str]], reason: str, what: str) -> None:
    left.setdefault(reason, Counter())[what] += 1


def _sentence(reason: str, counted: "Counter[str]") -> str:
    details = f"{sum(counted.values()):,}"
    if reason in _NAMED:
        details = _numbers(counted) if reason == OTHERS else _numbers(counted, lambda what, number: quoted(what))
    return f"Left out: {reason} ({details}){_CURES.get(reason, '')}."


def _numbers(counted: "Counter[str]", shown: Callable[[str, int], str] = "{} {:,}".format) -> str:
    most = counted.most_common(10)
    parts = [shown(what, number) for what, number in most]
    if len(counted) > len(most):
        parts.append(f"and {sum(counted.values()) - sum(number for _, number in most):,} more")
    return ", ".join(parts)
