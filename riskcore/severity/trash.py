"""Deleted severity matrices: kept with their versions until they are wanted back."""

import datetime
import secrets
import shutil
from pathlib import Path

from riskcore import versions
from riskcore.errors import InputError, nearest
from riskcore.files import TEMPORARY, disk_full_is_clear, remove
from riskcore.foreign_text import quoted
from riskcore.severity.draft_files import draft_path
from riskcore.severity.matrix import PRESETS
from riskcore.severity.store import list_matrices, matrix_versions
from riskcore.workspace import Workspace

_DRAFT = "draft"
"""Name of the folder in which the draft of a deleted matrix waits; no matrix file is called so."""


def delete_matrix(workspace: Workspace, name: str) -> None:
    """Move a matrix with its older versions and unsaved edits into the trash; runs keep theirs.

    Whatever happens meanwhile, each file is in its place or in the trash.

    Raises:
        InputError: the name is not one, there is none of that name, or it is a preset.
        RunError: it cannot be moved.

    Example:
        >>> import tempfile
        >>> from riskcore.severity.matrix import SeverityMatrix
        >>> from riskcore.severity.store import save_matrix
        >>> workspace = Workspace(Path(tempfile.mkdtemp()))
        >>> _ = save_matrix(workspace, "clinic", SeverityMatrix.preset("demo"))
        >>> delete_matrix(workspace, "clinic")
        >>> list_matrices(workspace), deleted_matrices(workspace)
        ([], ['clinic'])
        >>> restore_matrix(workspace, "clinic")
        >>> list_matrices(workspace)
        ['clinic']
    """
    here, draft = workspace.matrices / f"{name}.json", draft_path(workspace, name)
    if versions.saved(workspace.matrices, name) is None and (name in PRESETS or not draft.is_file()):
        if name in PRESETS:
            raise InputError(f"{quoted(name)} is a preset: it comes with riskcore and stays.")
        raise InputError(f"No matrix is saved as {quoted(name)}: {nearest(name, list_matrices(workspace))}")
    with versions.locked(here), disk_full_is_clear(here):
        older = [workspace.matrices / f"{version}.json" for version in matrix_versions(workspace, name)]
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S%f")
        building = _trash(workspace) / f"{TEMPORARY}{secrets.token_hex(8)}"
        building.mkdir(parents=True)
        found = [file for file in (here, *older) if file.is_file()]
        for file in found:
            shutil.copy2(file, building / file.name)
        if draft.is_file():
            (building / _DRAFT).mkdir()
            shutil.copy2(draft, building / _DRAFT / draft.name)
            found.append(draft)
        building.rename(_trash(workspace) / f"{name}~{stamp}")
        for file in found:
            file.unlink()


def restore_matrix(workspace: Workspace, name: str) -> None:
    """Bring back what was deleted last under a name, with its versions and unsaved edits.

    Raises:
        InputError: nothing of that name is in the trash, or the name is in use again. RunError: it cannot be moved.
    """
    here, draft = workspace.matrices / f"{name}.json", draft_path(workspace, name)
    found = sorted(folder for folder in _deleted(workspace) if _name(folder) == name)
    if not found:
        raise InputError(f"No deleted matrix is called {quoted(name)}: {nearest(name, deleted_matrices(workspace))}")
    with versions.locked(here), disk_full_is_clear(here):
        if here.is_file() or draft.is_file():
            raise InputError(f"there is a matrix named {quoted(name)} again; delete that one first, or rename it.")
        kept = {file.name: file for file in found[-1].glob("*.json")}
        last = kept.pop(here.name, None)  # what makes the matrix one comes after all others
        for file in kept.values():
            if not (workspace.matrices / file.name).exists():  # a kill may have left versions behind
                shutil.copy2(file, workspace.matrices / file.name)
        for file in (found[-1] / _DRAFT).glob("*.json"):
            draft.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, draft)
        if last is not None:
            shutil.copy2(last, here)
        remove(found[-1])


def deleted_matrices(workspace: Workspace) -> list[str]:
    """Names in the trash, sorted, each once."""
    return sorted({_name(folder) for folder in _deleted(workspace)})


def _trash(workspace: Workspace) -> Path:
    return workspace.matrices / "trash"


def _deleted(workspace: Workspace) -> list[Path]:
    return [folder for folder in _trash(workspace).glob("[!.]*~*") if folder.is_dir()]


def _name(folder: Path) -> str:
    return folder.name.rpartition("~")[0]
