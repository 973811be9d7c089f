"""Paths as tables write them: of another machine, without suffix, with the other slash."""

import itertools
import os
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from riskcore.data.adapters.listing import path_below
from riskcore.data.images import IMAGE_SUFFIXES
from riskcore.errors import InputError
from riskcore.foreign_text import listed, quoted

_DRIVE = re.compile("[A-Za-z]:/|//")
_TRIED_MOST = 200


def paths_below(texts: Sequence[str], root: Path, file: Path) -> list[str]:
    """Paths of a table as posix paths below the root, whether there is such a file or not.

    The front that paths of another machine share is cut off where files are then found below the root; a name without
    the suffix of an image is the file in its folder, or the only one below the root, that has one.

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
    front = _front(far, files) if far else 0
    if far and not front and _DRIVE.match(far[0]):
        first = texts[paths.index(far[0])]
        raise InputError(
            f"{file}: the path {quoted(first)} is one of another machine ({len(far):,} such); write paths relative to "
            f"{root}."
        )
    return [
        files.named(path_below("/".join(path.split("/")[front:]) if _is_far(path, root) else path, root, file), file)
        for path in paths
    ]


def _is_far(path: str, root: Path) -> bool:
    """Whether a path is absolute and neither below the root nor on this machine."""
    if _DRIVE.match(path):
        return True
    return path.startswith("/") and not PurePosixPath(path).is_relative_to(root.as_posix()) and not Path(path).exists()


def _front(paths: Sequence[str], files: "_Files") -> int:
    """So many parts are to be cut off, that most files are found, and of equal ones the fewest; 0 where none is."""
    parents = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    shared = sum(1 for _ in itertools.takewhile(lambda parts: len(set(parts)) == 1, parents))
    tried = [path.split("/") for path in paths[:: -(-len(paths) // _TRIED_MOST)]]
    found = {cut: sum(files.there("/".join(parts[cut:])) for parts in tried) for cut in range(1, shared + 1)}
    best = max(found, key=lambda cut: found[cut], default=0)
    return best if found.get(best) else 0


class _Files:
    """The files below a folder, looked up by names without suffix, too."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[str, dict[str, list[str]]] = {}

    def there(self, path: str) -> bool:
        return ".." not in path.split("/") and ((self._root / path).is_file() or bool(self._fitting(path)))

    def named(self, path: str, table: Path) -> str:
        """The path with the suffix of its file; as it is where it has one, or no file fits."""
        if path.lower().endswith(IMAGE_SUFFIXES) or (self._root / path).is_file():
            return path
        fitting = self._fitting(path) or (self._anywhere.get(path, []) if "/" not in path else [])
        if len(fitting) > 1:
            raise InputError(
                f"{table}: the name {quoted(path)} fits {len(fitting)} images ({listed(fitting, most=2)}); write its "
                "path with the suffix."
            )
        return fitting[0] if fitting else path

    def _fitting(self, path: str) -> list[str]:
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            try:
                names = os.listdir(self._root / folder)
            except (OSError, ValueError):
                names = []
            self._folders[folder] = _by_stem(f"{folder}/{name}" if folder else name for name in sorted(names))
        return self._folders[folder].get(name, [])

    @cached_property
    def _anywhere(self) -> dict[str, list[str]]:
        every: list[str] = []
        for place, folders, names in os.walk(self._root):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "__", "@", "$")))
            every += (Path(place, name).relative_to(self._root).as_posix() for name in sorted(names))
        return _by_stem(every)


def _by_stem(paths: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        stem, suffix = os.path.splitext(os.path.basename(path))
        if suffix.lower() in IMAGE_SUFFIXES and not stem.startswith("."):
            found.setdefault(stem, []).append(path)
    return found
