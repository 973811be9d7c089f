"""Severity matrices by name: saved in a workspace, with older versions kept; or a file, or a preset."""

from pathlib import Path

from riskcore import versions
from riskcore.errors import InputError, nearest
from riskcore.severity.matrix import PRESETS, SeverityMatrix
from riskcore.workspace import Workspace


def save_matrix(workspace: Workspace, name: str, matrix: SeverityMatrix) -> Path:
    """Save a matrix under a name; other content already there stays as `NAME.v1`, `NAME.v2`, …

    Raises:
        InputError: the name is not one. RunError: it cannot be written.
    """
    return versions.save(workspace.matrices, name, matrix.to_dict())


def load_matrix(workspace: Workspace, name_or_file: str | Path) -> SeverityMatrix:
    """A matrix by saved name (or `NAME.v1` for an older version), by file (.json, .csv), or by preset.

    Raises:
        InputError: there is none of that name, or it cannot be read.
    """
    name = str(name_or_file)
    if saved := versions.saved(workspace.matrices, name):
        return SeverityMatrix.load(saved)
    if Path(name).is_file():
        return SeverityMatrix.load(Path(name))
    if name in PRESETS:
        return SeverityMatrix.preset(name)
    known = {*list_matrices(workspace), *PRESETS}
    raise InputError(f"No matrix named or stored in the file {name!r}: {nearest(name, known)}")


def list_matrices(workspace: Workspace) -> list[str]:
    """Names of the saved matrices, sorted; presets are not among them."""
    return versions.names(workspace.matrices)


def matrix_versions(workspace: Workspace, name: str) -> list[str]:
    """Older versions kept under a name, oldest first: `["NAME.v1", "NAME.v2"]`."""
    return versions.versions(workspace.matrices, name)
