"""Severity matrices by name: saved in a workspace, with older versions kept; or a file, or a preset."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from riskcore import versions
from riskcore.errors import InputError, nearest
from riskcore.foreign_text import quoted
from riskcore.readers import parse_json, read_bytes
from riskcore.severity.matrix import PRESETS, SAVED, SeverityMatrix
from riskcore.severity.reading import MATRIX_MOST
from riskcore.workspace import Workspace

_LONGEST = {"author": 100, "note": 500}
"""Characters."""


@dataclass(frozen=True)
class Saved:
    """A saved version of a matrix: who saved it, when and why.

    Attributes:
        name: to load it by: that of the matrix, or `NAME.v1` of an older version.
        time: in UTC, ISO 8601; "" where it is not known.
        author, note: as they were typed; "" for none.
    """

    name: str
    time: str = ""
    author: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def save_matrix(
    workspace: Workspace,
    name: str,
    matrix: SeverityMatrix,
    *,
    note: str = "",
    author: str = "",
    preset: str | None = None,
) -> Path:
    """Save a matrix under a name; other content already there stays as `NAME.v1`, `NAME.v2`, …

    Args:
        workspace: where.
        name: what to call it.
        matrix: what to save; the same one again, without a new note or author, changes nothing.
        note: why it was changed.
        author: who says so, in their own words: nothing is taken from the system.
        preset: which one it was made from; kept as version 0, `NAME.v0`, of a new name.

    Raises:
        InputError: the name is not one, or note or author are too long. RunError: it cannot be written.
    """
    versions.check_name(name)  # before anything is looked up by it
    said = {"author": _line("author", author), "note": _line("note", note)}
    path = versions.saved(workspace.matrices, name)
    if path is not None and _same(path, matrix, said):
        return path
    time = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    first = None
    if preset is not None:
        first = {**SeverityMatrix.preset(preset).to_dict(), SAVED: {"note": f"preset {preset}"}}
    return versions.save(workspace.matrices, name, {**matrix.to_dict(), SAVED: {"time": time, **said}}, first)


def _line(what: str, text: str) -> str:
    """A note or author on one line."""
    line = " ".join(text.split())
    if len(line) > _LONGEST[what]:
        raise InputError(f"the {what} has {len(line)} characters; give at most {_LONGEST[what]}.")
    return line


def _same(path: Path, matrix: SeverityMatrix, said: Mapping[str, str]) -> bool:
    """Whether a file holds the matrix, and nothing else is said of it; a damaged one holds none."""
    try:
        if SeverityMatrix.load(path) != matrix:
            return False
    except InputError:
        return False
    known = _saved(path, path.stem)
    return all(text in ("", getattr(known, key)) for key, text in said.items())


def load_matrix(workspace: Workspace, name_or_file: str | Path, transpose: bool = False) -> SeverityMatrix:
    """A matrix by saved name (or `NAME.v1` for an older version), by file (.json, .csv, .tsv, .txt), or by preset.

    Args:
        workspace: where saved ones are.
        name_or_file: which.
        transpose: whether the rows of the file are the prediction; those of saved ones and presets never are.

    Raises:
        InputError: there is none of that name, it cannot be read, or a saved one or a preset was to be turned.
    """
    name = str(name_or_file)
    saved = versions.saved(workspace.matrices, name)
    if saved is None and Path(name).is_file():
        return SeverityMatrix.load(name, transpose)
    if transpose and (saved or name in PRESETS):
        kind = "a saved matrix" if saved else "a preset"
        raise InputError(f"--transpose turns a file, but {quoted(name)} is {kind}: its rows are the truth.")
    if saved:
        return SeverityMatrix.load(saved)
    if name in PRESETS:
        return SeverityMatrix.preset(name)
    known = {*list_matrices(workspace), *PRESETS}
    raise InputError(f"No matrix named or stored in the file {quoted(name)}: {nearest(name, known)}")


def is_preset(workspace: Workspace, name: str) -> bool:
    """Whether a name stands for a preset: no saved matrix and no file stands in for it."""
    return name in PRESETS and versions.saved(workspace.matrices, name) is None and not Path(name).is_file()


def list_matrices(workspace: Workspace) -> list[str]:
    """Names of the saved matrices, sorted; presets are not among them."""
    return versions.names(workspace.matrices)


def matrix_versions(workspace: Workspace, name: str) -> list[str]:
    """Older versions kept under a name, oldest first: `["NAME.v1", "NAME.v2"]`."""
    return versions.versions(workspace.matrices, name)


def saved_versions(workspace: Workspace, name: str) -> list[Saved]:
    """All that is saved under a name, the newest first: the matrix itself, then its older versions.

    Raises:
        InputError: nothing is saved under it.
    """
    if versions.saved(workspace.matrices, name) is None:
        known = list_matrices(workspace)
        raise InputError(f"No matrix is saved as {quoted(name)}: {nearest(name, known)}")
    every = [name, *reversed(matrix_versions(workspace, name))]
    return [_saved(workspace.matrices / f"{each}.json", each) for each in every]


def _saved(path: Path, name: str) -> Saved:
    """What a file says about its saving; nothing where it is damaged or says nothing."""
    try:
        content: Any = parse_json(read_bytes(path, MATRIX_MOST), path.name, MATRIX_MOST)
    except InputError:
        return Saved(name)
    about = content.get(SAVED) if isinstance(content, Mapping) else None
    if not isinstance(about, Mapping):
        return Saved(name)
    return Saved(name, **{key: str(about.get(key) or "") for key in ("time", "author", "note")})
