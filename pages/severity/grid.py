"""The grid in which a severity matrix is edited, one input a cell."""

import streamlit as st

from pages.kit.assets import asset_text
from pages.kit.errors import shown_errors
from pages.severity import drafts as matrix_drafts
from riskcore.severity import SeverityMatrix
from riskcore.severity.groups import banded_classes

_KEY = "severity_grid"
_GRID = st.components.v2.component(
    "riskcore_severity_grid",
    html=asset_text("severity_grid.html"),
    css=asset_text("severity_grid.css"),
    js="\n".join(asset_text(f"severity_{part}.js") for part in ("block", "table", "grid")),
)


def receive_edits() -> None:
    """Take in what the grid has sent; call it before anything is drawn that shows the matrix.

    The grid is never fed its own output: it sends numbered edits, and each is applied once to the draft.
    """
    with shown_errors():
        matrix_drafts.receive(st.session_state.get(_KEY, {}).get("message"))


def severity_grid(name: str) -> None:
    """Draw the grid of a draft; classes of one group stand side by side."""
    draft = matrix_drafts.draft(name)
    history = draft.history
    classes = banded_classes(history.current)
    groups = history.current.groups
    comparable = set(history.before.classes) == set(classes)
    _GRID(
        key=_KEY,
        data={
            "token": draft.token,
            "acknowledged": draft.acknowledged,
            "classes": classes,
            "groups": None if groups is None else [groups[label] for label in classes],
            "values": _values(history.current, classes),
            "critical": history.current.to_dict()["critical"],
            "before": _values(history.before, classes) if comparable else None,
            "undo": history.can_undo,
            "redo": history.can_redo,
            "problem": draft.problem,
        },
        on_message_change=receive_edits,  # also when the click that follows an edit leads to another screen
    )


def _values(matrix: SeverityMatrix, classes: list[str]) -> list[list[float]]:
    return matrix.reordered(classes).to_dict()["values"]
