"""Save the matrix that is open under a name, discard its edits, or download it."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from riskcore.severity.store import matrix_versions

_OPEN = "severity_save"


def save_panel(name: str) -> None:
    """A button that opens the name to save under."""
    changed = matrix_drafts.draft(name).history.changed
    # It looks the same with and without edits: a button that changes misses the very click that ends an edit.
    with st.popover("Save", icon=":material/save:", key=_OPEN, on_change="rerun"), shown_errors():
        target = st.text_input(
            "Save under this name",
            value=name,
            key=f"severity_save_as {name}",
            help="What is saved there stays as a version. Saved under a preset's name, it stands in for the preset.",
        ).strip()
        with st.container(horizontal=True):
            if st.button("Save the matrix", type="primary", key="severity_save_now"):
                before = len(_versions(target))
                matrix_drafts.save(name, target)
                after = _versions(target)
                kept = f" The one before is kept as {after[-1]}." if len(after) > before else ""
                redraw(escaped(f"Saved {target}.{kept}"), severity_matrix=target, severity_save=False)
            if st.button("Discard the edits", key="severity_discard", disabled=not changed):
                matrix_drafts.edit(name, matrix_drafts.draft(name).history.before)
                redraw("The edits are discarded; Undo brings them back.", severity_save=False)


def download_panel(name: str) -> None:
    """A button that opens the two formats."""
    matrix = matrix_drafts.draft(name).history.current
    with st.popover("Download", icon=":material/download:"):
        for kind, text, mime, meaning in (
            ("JSON", matrix.to_json(), "application/json", "Severities, threshold and groups; riskcore reads it back."),
            ("CSV", matrix.to_csv(), "text/csv", "The severities alone, for a spreadsheet."),
        ):
            st.download_button(
                kind, text, f"{name}.{kind.lower()}", mime, help=meaning, on_click="ignore", width="stretch"
            )


def _versions(name: str) -> list[str]:
    return matrix_versions(cached.workspace(), name)
