"""Save the matrix that is open under a name, with who says so and why, or discard its edits."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.names import free_name
from riskcore.severity.store import matrix_versions

_OPEN = "severity_save"


def save_panel(name: str) -> None:
    """A button that opens the name to save under."""
    known = matrix_drafts.draft(name)
    # It looks the same with and without edits: a button that changes misses the very click that ends an edit.
    with st.popover("Save", icon=":material/save:", key=_OPEN, on_change="rerun"), shown_errors():
        target = st.text_input(
            "Save under this name",
            value=name if known.preset != name else free_name(f"my-{name}"),
            key=f"severity_save_as {name}",
            help="What is saved there stays as a version; a preset as version 0 of the new matrix.",
        ).strip()
        note = st.text_input("Why (a note)", key=f"severity_note {name}", placeholder="optional", max_chars=500)
        author = st.text_input(
            "Who says so",
            key="severity_author",
            placeholder="optional: name or initials",
            max_chars=100,
            persist_state="session",
            help="Kept with this version, and offered again at your next save. Nothing is taken from the system.",
        )
        with st.container(horizontal=True):
            if st.button("Save the matrix", type="primary", key="severity_save_now"):
                before = len(matrix_versions(cached.workspace(), target))
                matrix_drafts.save(name, target, note, author)
                after = matrix_versions(cached.workspace(), target)
                kept = f" The one before is kept as {after[-1]}." if len(after) > before else ""
                states = {f"severity_note {name}": "", "severity_save": False}
                redraw(escaped(f"Saved {target}.{kept}"), severity_matrix=target, **states)
            if st.button("Discard the edits", key="severity_discard", disabled=not known.history.changed):
                matrix_drafts.edit(name, known.history.before)
                redraw("The edits are discarded; Undo brings them back.", severity_save=False)
