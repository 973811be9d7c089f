"""What is seldom wanted of a matrix: downloads, deleting it, and the trash, from which deleted ones come back."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.names import first_name
from riskcore.severity import PRESETS
from riskcore.severity.trash import deleted_matrices

_DELETED = "severity_deleted"
"""The name that was deleted last in this visit, and the matrix that was open afterwards."""


def more_panel(name: str) -> None:
    """A button that opens them."""
    with st.popover("More", icon=":material/more_horiz:"), shown_errors():
        _download(name)
        deletable = matrix_drafts.saved(name) or name not in PRESETS
        if st.button(
            "Delete",
            icon=":material/delete:",
            key=f"severity_delete {name}",
            disabled=not deletable,
            width="stretch",
            help="With its versions, into the trash; runs keep the matrix they have. Presets stay.",
        ):
            matrix_drafts.delete(name)
            after = first_name()
            st.session_state[_DELETED] = (name, after)
            redraw(escaped(f"Deleted {name}."), severity_matrix=after)
        for deleted in deleted_matrices(cached.workspace()):
            if st.button(
                f"Restore {escaped(deleted)}",
                icon=":material/undo:",
                key=f"severity_undelete {deleted}",
                width="stretch",
            ):
                _restore(deleted)


def _download(name: str) -> None:
    matrix = matrix_drafts.draft(name).history.current
    for kind, text, mime, meaning in (
        ("JSON", matrix.to_json(), "application/json", "Severities, threshold and groups; riskcore reads it back."),
        ("CSV", matrix.to_csv(), "text/csv", "The severities alone, for a spreadsheet."),
    ):
        st.download_button(
            f"Download {kind}",
            text,
            f"{name}.{kind.lower()}",
            mime,
            help=meaning,
            on_click="ignore",
            width="stretch",
            icon=":material/download:",
        )


def deletion_undo(name: str) -> None:
    """A button that takes the last deletion back, until another matrix is opened."""
    deleted, after = st.session_state.get(_DELETED, (None, None))
    if deleted is None:
        return
    if name != after or deleted not in deleted_matrices(cached.workspace()):
        del st.session_state[_DELETED]
        return
    if st.button(
        "Undo delete", icon=":material/undo:", key="severity_undo_delete", help=f"Brings {escaped(deleted)} back."
    ):
        with shown_errors():
            _restore(deleted)


def _restore(name: str) -> None:
    matrix_drafts.restore(name)
    st.session_state.pop(_DELETED, None)
    redraw(escaped(f"Restored {name}."), severity_matrix=name)
