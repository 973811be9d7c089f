"""Documents saved under a name, one JSON file each; what a name held before stays as `NAME.v1`, `NAME.v2`, …"""

import json
import re
from pathlib import Path
from typing import Any

from filelock import FileLock

from riskcore.errors import InputError
from riskcore.files import disk_full_is_clear, write_atomic, write_json
from riskcore.readers import read_json

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
            f"and not ending like '.v1', but got {name!r}."
        )


def save(folder: Path, name: str, document: dict[str, Any]) -> Path:
    """Save a document under a name; other content already there becomes a version.

    Raises:
        InputError: the name is not one. RunError: it cannot be written.
    """
    check_name(name)
    path = folder / f"{name}.json"
    with disk_full_is_clear(path):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=10)
        lock.acquire()
    try:  # two writers at once must not both become the same version
        if path.exists():
            if read_json(path) == json.loads(json.dumps(document)):
                return path
            number = len(versions(folder, name)) + 1
            write_atomic(folder / f"{name}.v{number}.json", path.read_bytes())
        write_json(path, document)
    finally:
        lock.release()
    return path


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
