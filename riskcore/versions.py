"""Documents saved under a name, one JSON file each; what a name held before stays as `NAME.v1`, `NAME.v2`, …"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riskcore.errors import InputError, RunError
from riskcore.files import acquired, disk_full_is_clear, write_atomic, write_json
from riskcore.foreign_text import quoted
from riskcore.readers import parse_json, read_bytes

DOCUMENT_MOST = 512 * 2**20
"""Bytes of a saved document; the manifest of a million images takes about 100 MiB."""

_WAIT = 10.0  # seconds
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"(?P<name>.+)\.v(?P<number>[0-9]+)")


def check_name(name: str) -> None:
    """InputError where a matrix or data set cannot be saved under this name.

    Example:
        >>> check_name("clinic-2")
    """
    if not _NAME.fullmatch(name) or _VERSION.fullmatch(name):
        raise InputError(
            "Expected a name of at most 100 letters, digits, '.', '_' and '-', not starting with '.' or '-' "
            f"and not ending like '.v1', but got {quoted(name)}."
        )


def save(folder: Path, name: str, document: dict[str, Any], first: dict[str, Any] | None = None) -> Path:
    """Save a document under a name; other content already there becomes a version.

    Args:
        folder: of all documents of the kind.
        name: to save under.
        document: what to save.
        first: what it was made from; kept as version 0, `NAME.v0`, where nothing was saved under the name before.

    Raises:
        InputError: the name is not one. RunError: it cannot be written.
    """
    check_name(name)
    path = folder / f"{name}.json"
    with locked(path):  # two writers at once must not both become the same version
        new = parse_json(json.dumps(document), name, DOCUMENT_MOST)
        if path.exists():
            old = read_bytes(path, DOCUMENT_MOST)
            if _says(old, new):
                return path
            write_atomic(_next_version(folder, name), old)
        elif first is not None and not versions(folder, name):
            write_json(folder / f"{name}.v0.json", first)
        write_json(path, document)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep others from writing beside a document; RunError where another process does so for long."""
    with disk_full_is_clear(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = acquired(path.parent / ".lock", _WAIT)
    if lock is None:
        raise RunError(f"{path}: another process keeps this folder locked; try again when it has ended.")
    try:
        yield
    finally:
        lock.release()


def _says(content: bytes, document: Any) -> bool:
    """Whether a file holds this document; a damaged one holds none, and is kept as it is."""
    try:
        return bool(parse_json(content, "", DOCUMENT_MOST) == document)
    except InputError:
        return False


def _next_version(folder: Path, name: str) -> Path:
    """The file of the next version, above all there are: also where names differ in their case only."""
    matches = [_VERSION.fullmatch(path.stem) for path in folder.glob("*.json")]
    used = [int(match["number"]) for match in matches if match and match["name"].casefold() == name.casefold()]
    return folder / f"{name}.v{max(used, default=0) + 1}.json"


def saved(folder: Path, name: str) -> Path | None:
    """The file of a name, or of one of its versions; None where there is none."""
    path = folder / f"{name}.json"
    return path if _NAME.fullmatch(name) and path.is_file() else None


def names(folder: Path) -> list[str]:
    """The saved names, sorted, without versions."""
    return sorted(path.stem for path in folder.glob("[!.]*.json") if not _VERSION.fullmatch(path.stem))


def versions(folder: Path, name: str) -> list[str]:
    """Older versions kept under a name, oldest first: `["NAME.v1", "NAME.v2"]`."""
    matches = [_VERSION.fullmatch(path.stem) for path in folder.glob(f"{name}.v*.json")]
    return [
        match[0] for match in sorted((m for m in matches if m and m["name"] == name), key=lambda m: int(m["number"]))
    ]
