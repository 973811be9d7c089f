"""The line above the grid: which matrix, and in small panels saving, new ones, groups, downloads and the trash."""

import streamlit as st

from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.groups import groups_panel
from pages.severity.more import deletion_undo, more_panel
from pages.severity.names import first_name
from pages.severity.source import source_panel
from pages.severity.store import save_panel
from pages.severity.training import train_link
from riskcore.errors import nearest
from riskcore.words.glossary import tooltip

_KEY = "severity_matrix"


def matrix_bar() -> str:
    """Draw it; gives the name of the matrix that is open."""
    names = matrix_drafts.names()
    asked, chosen = st.query_params.get(_KEY), st.session_state.get(_KEY) in names
    if asked not in names and not chosen:
        st.session_state[_KEY] = first_name()  # not the control's default, which the address would leave out
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = (
            st.selectbox(
                "Matrix",
                names,
                index=None,
                required=True,
                key=_KEY,
                bind="query-params",
                label_visibility="collapsed",
                help=tooltip("severity matrix"),
                width=210,
            )
            or first_name()
        )
        deletion_undo(name)
        _put_aside(name)
        matrix_drafts.draft(name)  # one that cannot be read ends the screen here, where another can be chosen
        save_panel(name)
        source_panel()
        groups_panel(name)
        more_panel(name)
        _status(name)
    if asked is not None and asked not in names and not chosen:
        st.markdown(escaped(f"No matrix is named {asked!r}: {nearest(asked, names)}"))
    return name


def _put_aside(name: str) -> None:
    """Offer to open a matrix without unsaved edits that cannot be read; the reason stands beneath."""
    if matrix_drafts.readable(name):
        return
    if st.button("Open without these edits", key="severity_put_aside", help="Their file is renamed and kept."):
        with shown_errors():
            redraw(escaped(f"The unreadable edits are kept as {matrix_drafts.put_aside(name)}."))


def _status(name: str) -> None:
    """Whether it is saved, and from there on to training."""
    if name in matrix_drafts.unsaved():
        st.badge("Unsaved changes", icon=":material/edit:", color="orange", help=_others(name))
        return
    st.badge(matrix_drafts.kind(name), icon=":material/check:", color="gray", help=_others(name))
    train_link(name)


def _others(name: str) -> str | None:
    """Which other matrices have unsaved edits."""
    others = [other for other in matrix_drafts.unsaved() if other != name]
    return f"Also unsaved: {escaped(', '.join(others))}" if others else None
