"""Severity matrices by name: saved in a workspace, with older versions kept; or a file, or a preset."""

from pathlib import Path

from riskcore import versions
from riskcore.errors import InputError, nearest
from riskcore.foreign_text import quoted
from riskcore.severity.matrix import PRESETS, SeverityMatrix
from riskcore.workspace import Workspace


def save_matrix(workspace: Workspace, name: str, matrix: SeverityMatrix) -> Path:
    """Save a matrix under a name; other content already there stays as `NAME.v1`, `NAME.v2`, …

    Raises:
        InputError: the name is not one. RunError: it cannot be written.
    """
    return versions.save(workspace.matrices, name, matrix.to_dict())


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


def list_matrices(workspace: Workspace) -> list[str]:
    """Names of the saved matrices, sorted; presets are not among them."""
    return versions.names(workspace.matrices)


def matrix_versions(workspace: Workspace, name: str) -> list[str]:
    """Older versions kept under a name, oldest first: `["NAME.v1", "NAME.v2"]`."""
    return versions.versions(workspace.matrices, name)
