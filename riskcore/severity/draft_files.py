"""Unsaved edits of severity matrices, kept in the workspace: one file a matrix, there while something is unsaved."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from riskcore.errors import InputError
from riskcore.files import disk_full_is_clear, write_json
from riskcore.readers import parse_json, read_bytes
from riskcore.severity.history import Draft, History
from riskcore.severity.matrix import SeverityMatrix
from riskcore.severity.reading import MATRIX_MOST
from riskcore.versions import check_name
from riskcore.workspace import Workspace


@dataclass(frozen=True)
class Kept:
    """What a draft's file holds.

    Attributes:
        matrix: as edited.
        first: what a matrix that was never saved began as; None for one that lies somewhere under its name.
        preset: what it was made from; None where from no preset.
    """

    matrix: SeverityMatrix
    first: SeverityMatrix | None = None
    preset: str | None = None


def draft_path(workspace: Workspace, name: str) -> Path:
    """Where the unsaved edits of a matrix are kept; InputError where the name is not one."""
    check_name(name)
    return workspace.matrices / "drafts" / f"{name}.json"


def unsaved_matrices(workspace: Workspace) -> list[str]:
    """Names of the matrices of which the workspace keeps unsaved edits, sorted.

    Example:
        >>> import tempfile
        >>> workspace = Workspace(Path(tempfile.mkdtemp()))
        >>> matrix = SeverityMatrix(["a", "b"], [[0, 2], [10, 0]])
        >>> _ = keep_draft(workspace, "clinic", Draft(History.begin(matrix, stored=False)))
        >>> unsaved_matrices(workspace)
        ['clinic']
    """
    return sorted(path.stem for path in draft_path(workspace, "x").parent.glob("[!.]*.json"))


def unsaved_note(workspace: Workspace, name: str) -> str:
    """What a screen says where a matrix is chosen whose edits are not saved; "" where none are."""
    if name not in unsaved_matrices(workspace):
        return ""
    return f"{name} has unsaved edits; what was saved last is used."


def read_draft(workspace: Workspace, name: str) -> Kept | None:
    """The unsaved edits of a matrix; None where there are none.

    Raises:
        InputError: the name is not one, or its file cannot be read; `set_aside` takes it out of the way.
    """
    path = draft_path(workspace, name)
    if not path.is_file():
        return None
    try:
        content: Any = parse_json(read_bytes(path, MATRIX_MOST), "", MATRIX_MOST)
        if not isinstance(content, Mapping) or set(content) != {"matrix", "first", "preset"}:
            raise InputError("it is no object with the keys matrix, first and preset.")
        matrix, first, preset = (content[key] for key in ("matrix", "first", "preset"))
        return Kept(
            SeverityMatrix.from_dict(matrix),
            None if first is None else SeverityMatrix.from_dict(first),
            None if preset is None else str(preset),
        )
    except InputError as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise InputError(f"{path}: the unsaved edits of {name} cannot be read: {reason}") from error


def set_aside(workspace: Workspace, name: str) -> Path:
    """Rename a draft's file that cannot be read, so that the matrix can be opened; where it is now."""
    path = draft_path(workspace, name)
    target = path.with_name(f"{name}.unread-{secrets.token_hex(4)}")
    with disk_full_is_clear(path):
        path.rename(target)
    return target


def keep_draft(workspace: Workspace, name: str, draft: Draft) -> Draft:
    """Write the unsaved edits of a draft, or remove its file where there are none; the draft that knows so.

    Raises:
        InputError: the name is not one. RunError: the file cannot be written.
    """
    history = draft.history
    wanted = history.current if history.changed else None
    if wanted == draft.kept:
        return draft
    if wanted is None:
        drop_draft(workspace, name)
    else:
        first = None if history.saved is not None else history.before.to_dict()
        content = {"matrix": wanted.to_dict(), "first": first, "preset": draft.preset}
        write_json(draft_path(workspace, name), content)
    return replace(draft, kept=wanted)


def drop_draft(workspace: Workspace, name: str) -> None:
    """Remove a draft's file: what it held has been saved or undone."""
    path = draft_path(workspace, name)
    with disk_full_is_clear(path):
        path.unlink(missing_ok=True)


def opened(stored: SeverityMatrix | None, kept: Kept | None, preset: str | None = None) -> Draft:
    """A draft as one opens it: what is stored under its name, with the unsaved edits that can be undone.

    Args:
        stored: what lies under the name; None where nothing does.
        kept: unsaved edits; None for none. One of the two is there.
        preset: the one that `stored` is.
    """
    if kept is None:
        assert stored is not None
        return Draft(History.begin(stored), preset=preset)
    before = stored or kept.first or kept.matrix
    history = History.begin(before, stored=stored is not None).push(kept.matrix)
    return Draft(history, preset=preset or kept.preset, kept=kept.matrix)


def followed(draft: Draft, stored: SeverityMatrix | None, kept: Kept | None) -> Draft | None:
    """A draft after what other windows may have done meanwhile; their edits come in as one that can be undone.

    Args:
        draft: as this window knows it.
        stored: what lies under its name now.
        kept: the unsaved edits in the workspace now.

    Returns:
        The draft; None where another window has deleted the matrix.

    Example:
        >>> matrices = [SeverityMatrix(["a", "b"], [[0, cost], [10, 0]]) for cost in (1, 2, 3)]
        >>> draft = opened(matrices[0], Kept(matrices[1]))
        >>> other = followed(draft, matrices[0], Kept(matrices[2]))
        >>> other.history.current == matrices[2], other.history.undo().current == matrices[1]
        (True, True)
    """
    if kept is None and draft.kept is None and not draft.history.changed and stored != draft.history.saved:
        return None if stored is None else opened(stored, None, draft.preset)
    theirs = None if kept is None else kept.matrix
    history = replace(draft.history, saved=stored)
    if theirs == draft.kept:
        return replace(draft, history=history)
    now = theirs or stored
    return None if now is None else replace(draft, history=history.push(now), kept=theirs)
