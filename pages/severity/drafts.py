"""The matrices that are edited: one draft a name, kept in the workspace until saved, and in this visit for undo."""

from dataclasses import replace
from typing import Any

import streamlit as st

from pages.kit import cached
from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.draft_files import (
    drop_draft,
    followed,
    keep_draft,
    opened,
    read_draft,
    set_aside,
    unsaved_matrices,
)
from riskcore.severity.history import Draft, History
from riskcore.severity.store import list_matrices, load_matrix, save_matrix
from riskcore.severity.trash import delete_matrix, restore_matrix
from riskcore.versions import check_name

NEW = "new matrix"
"""The kind of a matrix that was never saved."""

_DRAFTS = "severity_drafts"


def _drafts() -> dict[str, Draft]:
    return st.session_state.setdefault(_DRAFTS, {})


def names() -> list[str]:
    """What can be opened: saved matrices, presets that no saved one stands in for, and new ones not saved yet."""
    return list(dict.fromkeys([*list_matrices(cached.workspace()), *PRESETS, *unsaved()]))


def kind(name: str) -> str:
    """Where a matrix comes from, in a word or two."""
    if saved(name):
        return "saved matrix"
    return "preset" if name in PRESETS else NEW


def saved(name: str) -> bool:
    """Whether something is saved under a name."""
    return name in list_matrices(cached.workspace())


def draft(name: str) -> Draft:
    """The draft of a name, begun where this visit has none; what other windows did meanwhile comes in as an edit.

    Raises:
        InputError: the matrix or its unsaved edits cannot be read, or another window has deleted it.
    """
    workspace, drafts = cached.workspace(), _drafts()
    known, kept = drafts.get(name), read_draft(workspace, name)
    stored = load_matrix(workspace, name) if saved(name) or name in PRESETS else None
    preset = name if name in PRESETS and not saved(name) else None
    if known is not None:
        now = followed(known, stored, kept)
    else:
        now = None if stored is None and kept is None else opened(stored, kept, preset)
    if now is None:
        drafts.pop(name, None)
        raise InputError(f"the matrix {name!r} has been deleted in another window; choose another one.")
    drafts[name] = now
    return now


def readable(name: str) -> bool:
    """Whether the unsaved edits of a matrix can be read; InputError with the reason is what `draft` gives."""
    try:
        read_draft(cached.workspace(), name)
    except InputError:
        return False
    return True


def put_aside(name: str) -> str:
    """Take unsaved edits that cannot be read out of the way; where they are now."""
    _drafts().pop(name, None)
    return str(set_aside(cached.workspace(), name))


def _keep(name: str, changed: Draft) -> None:
    # Asking the session for something may end the run for a newer one: not between the file and what is known of it.
    workspace, drafts = cached.workspace(), _drafts()
    drafts[name] = changed  # in this visit also where the workspace cannot be written
    drafts[name] = keep_draft(workspace, name, changed)


def receive(message: Any) -> None:
    """Take in what a grid sent, into the draft that it was drawn for."""
    for name, known in list(_drafts().items()):
        now = known.receive(message)
        if now is not known:
            _keep(name, now)


def edit(name: str, matrix: SeverityMatrix) -> None:
    """Replace the matrix of a draft as an edit that can be undone."""
    known = draft(name)
    _keep(name, replace(known, history=known.history.push(matrix), problem=None))


def add(name: str, matrix: SeverityMatrix, preset: str | None = None) -> None:
    """Begin a new matrix; InputError where the name cannot be one, or is taken: another matrix would be lost.

    `preset`: the one that it is a copy of.
    """
    check_name(name)
    if name in names():
        raise InputError(f"there is a matrix named {name!r} already; choose another name.")
    _keep(name, Draft(History.begin(matrix, stored=False), preset=preset))


def save(name: str, target: str, note: str = "", author: str = "") -> None:
    """Store a draft under a name; what is stored there stays as a version, and the draft goes on under that name."""
    known, drafts, workspace = draft(name), _drafts(), cached.workspace()
    if target != name and target in unsaved():
        raise InputError(f"{target!r} has unsaved edits of its own; save or discard them first.")
    save_matrix(workspace, target, known.history.current, note=note, author=author, preset=known.preset)
    drop_draft(workspace, name)
    del drafts[name]
    drafts[target] = replace(known, history=known.history.stored(), preset=None, kept=None)


def delete(name: str) -> None:
    """Move a matrix with its versions and unsaved edits into the trash."""
    workspace, drafts = cached.workspace(), _drafts()
    delete_matrix(workspace, name)
    drafts.pop(name, None)


def restore(name: str) -> None:
    """Bring a deleted matrix back."""
    restore_matrix(cached.workspace(), name)


def unsaved() -> list[str]:
    """Names of the matrices with unsaved edits: those kept in the workspace, and this visit's where that failed."""
    mine = [name for name, draft in _drafts().items() if draft.history.changed]
    return sorted({*unsaved_matrices(cached.workspace()), *mine})
