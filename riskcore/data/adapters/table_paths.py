"""Paths as tables write them: of another machine, without suffix, with the other slash."""

import itertools
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property
from pathlib import Path, PurePosixPath

from riskcore.data.adapters.listing import path_below
from riskcore.data.finding import SUFFIXES, is_left_out
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted
from riskcore.readers import is_storable

_DRIVE = re.compile("[A-Za-z]:/|//|[A-Za-z][A-Za-z0-9+.-]*://")
_TRIED_MOST = 200


def paths_below(texts: Sequence[str], root: Path, file: Path) -> list[str]:
    """Paths of a table as posix paths below the root, whether there is such a file or not.

    The front that paths of another machine share, or that all paths share where none is found, is cut off where files
    are then found below the root. A path that no file has is that of the only one whose name differs in case or Unicode
    form, or in its suffix; a mere name is that of the only such file anywhere below the root.

    Args:
        texts: the paths, relative to the root or absolute.
        root: absolute folder.
        file: the table, for errors.

    Raises:
        InputError: a path leads out of the root, is of another machine and nothing is found below the root, or fits
            several files.
    """
    paths = [text.replace("\\", "/") for text in texts]
    files = _Files(root)
    far = [path for path in paths if _is_far(path, root)]
    lost = far or ([] if any(map(files.there, paths)) else paths)
    front = _front(lost, files) if lost else 0
    if far and not front and _DRIVE.match(far[0]):
        first = texts[paths.index(far[0])]
        raise InputError(
            f"{file}: the path {quoted(first)} is one of another machine ({len(far):,} such); write paths relative to "
            f"{root}."
        )
    cut = {path: "/".join(path.split("/")[front:]) for path in lost}
    below = [path_below(cut.get(path, path), root, file) for path in paths]
    listed_already = set(below)
    return [files.named(path, file, listed_already) for path in below]


def _is_far(path: str, root: Path) -> bool:
    """Whether a path is absolute and neither below the root nor on this machine."""
    if _DRIVE.match(path):
        return True
    return path.startswith("/") and not PurePosixPath(path).is_relative_to(root.as_posix()) and not Path(path).exists()


def _front(paths: Sequence[str], files: "_Files") -> int:
    """So many parts are to be cut off, that most files are found, and of equal ones the fewest; 0 where none is."""
    parents = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    shared = sum(1 for _ in itertools.takewhile(lambda parts: len({part.casefold() for part in parts}) == 1, parents))
    tried = [path.split("/") for path in paths[:: -(-len(paths) // _TRIED_MOST)]]
    found = {cut: sum(files.there("/".join(parts[cut:])) for parts in tried) for cut in range(1, shared + 1)}
    best = max(found, key=lambda cut: found[cut], default=0)
    return best if found.get(best) else 0


class _Files:
    """The files below a folder, looked up whatever the case, the Unicode form and the suffix of their names."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def there(self, path: str) -> bool:
        return ".." not in path.split("/") and (self._is_file(path) or bool(self._fitting(path)))

    def named(self, path: str, table: Path, listed_already: Set[str]) -> str:
        """The path of its file; as it is where there is no other, or those that fit are listed themselves."""
        if self._is_file(path):
            return path
        fitting = self._fitting(path) or ([] if "/" in path else self._fitting(path, "anywhere"))
        if _stem(path) != path:  # a.jpg beside a.png: two images, of which one may be absent
            fitting = [other for other in fitting if other not in listed_already]
        if len(fitting) > 1:
            raise InputError(
                f"{table}: the name {quoted(path)} fits {len(fitting)} images ({listed(fitting, most=2)}); write its "
                "path with the suffix."
            )
        return fitting[0] if fitting else path

    def _is_file(self, path: str) -> bool:
        try:
            return (self._root / path).is_file()
        except (OSError, ValueError):
            return False

    def _fitting(self, path: str, where: str = "") -> list[str]:
        """Files whose name differs in case or Unicode form only; else those that differ in the suffix, too."""
        name = _folded(PurePosixPath(path).as_posix())
        whole, stems = self._anywhere if where else self._by_path
        return whole.get(name) or stems.get(name) or stems.get(_stem(name)) or []

    @cached_property
    def _by_path(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        return _by(self._every, lambda path: path), _by(self._every, _stem)

    @cached_property
    def _anywhere(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        return _by(self._every, os.path.basename), _by(self._every, lambda path: _stem(os.path.basename(path)))

    @cached_property
    def _every(self) -> list[str]:
        """Paths of the images, and of what has no suffix and may be one."""
        every: list[str] = []
        for place, folders, names in os.walk(self._root):
            folders[:] = sorted(name for name in folders if not is_left_out(name))
            front = Path(place).relative_to(self._root).as_posix()
            found = (name for name in sorted(names) if not is_left_out(name) and is_storable(name))
            every += (
                name if front == "." else f"{front}/{name}"
                for name in found
                if os.path.splitext(name)[1].lower() in ("", *SUFFIXES)
            )
        return every


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _stem(path: str) -> str:
    stem, suffix = os.path.splitext(path)
    return stem if suffix.lower() in SUFFIXES else path


def _by(paths: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(_folded(key(path)), []).append(path)
    return found
