"""The matrices that this visitor edits: one draft a name, kept while screens come and go until it is saved."""

from dataclasses import replace
from typing import Any

import streamlit as st

from pages.kit import cached
from riskcore.errors import InputError
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.history import Draft, History
from riskcore.severity.store import list_matrices, load_matrix, save_matrix
from riskcore.versions import check_name

_DRAFTS = "severity_drafts"


def _drafts() -> dict[str, Draft]:
    return st.session_state.setdefault(_DRAFTS, {})


def names() -> list[str]:
    """What can be opened: saved matrices, presets that no saved one stands in for, and new ones not saved yet."""
    return list(dict.fromkeys([*list_matrices(cached.workspace()), *PRESETS, *_drafts()]))


def kind(name: str) -> str:
    """Where a matrix comes from, in a word or two."""
    if name in list_matrices(cached.workspace()):
        return "saved matrix"
    return "preset" if name in PRESETS else "new matrix, not saved yet"


def draft(name: str) -> Draft:
    """The draft of a name; begun, or begun anew where nothing was edited and what is saved has changed."""
    drafts = _drafts()
    known = drafts.get(name)
    if known is not None and known.history.changed:
        return known
    stored = load_matrix(cached.workspace(), name)
    if known is None or known.history.saved != stored:
        drafts[name] = Draft(History.begin(stored))
    return drafts[name]


def receive(message: Any) -> None:
    """Take in what a grid sent, into the draft that it was drawn for."""
    for name, known in _drafts().items():
        _drafts()[name] = known.receive(message)


def edit(name: str, matrix: SeverityMatrix) -> None:
    """Replace the matrix of a draft as an edit that can be undone."""
    known = draft(name)
    _drafts()[name] = replace(known, history=known.history.push(matrix), problem=None)


def add(name: str, matrix: SeverityMatrix) -> None:
    """Begin a new matrix; InputError where the name cannot be one, or is taken: another matrix would be lost."""
    check_name(name)
    if name in names():
        raise InputError(f"there is a matrix named {name!r} already; choose another name.")
    _drafts()[name] = Draft(History.begin(matrix, stored=False))


def save(name: str, target: str) -> None:
    """Store a draft under a name; what is stored there stays as a version, and the draft goes on under that name."""
    known, drafts = draft(name), _drafts()
    if target != name and target in unsaved():
        raise InputError(f"{target!r} has unsaved edits of its own; save or discard them first.")
    save_matrix(cached.workspace(), target, known.history.current)
    del drafts[name]
    drafts[target] = replace(known, history=known.history.stored())


def unsaved() -> list[str]:
    """Names of the drafts that would be lost with this visit."""
    return [name for name, draft in _drafts().items() if draft.history.changed]
