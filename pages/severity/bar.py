"""The line above the grid: which matrix, where a new one comes from, groups, saving and downloads."""

import streamlit as st

from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.groups import groups_panel
from pages.severity.source import source_panel
from pages.severity.store import download_panel, save_panel
from riskcore.data.registry import list_datasets
from riskcore.errors import nearest
from riskcore.severity.store import list_matrices
from riskcore.words.glossary import tooltip

_KEY = "severity_matrix"


def matrix_bar() -> str:
    """Draw it; gives the name of the matrix that is open."""
    names = matrix_drafts.names()
    asked = st.query_params.get(_KEY)
    if asked not in names and st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = _first(names)  # not the control's default, which the address would leave out
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = st.selectbox(
            "Matrix",
            names,
            index=None,
            required=True,
            key=_KEY,
            bind="query-params",
            label_visibility="collapsed",
            help=tooltip("severity matrix"),
            width=230,
        ) or _first(names)
        matrix_drafts.draft(name)  # one that cannot be read ends the screen here, where another can be chosen
        source_panel()
        groups_panel(name)
        save_panel(name)
        download_panel(name)
        _status(name)
    if asked is not None and asked not in names:
        st.warning(escaped(f"No matrix is named {asked!r}: {nearest(asked, names)}"), icon=":material/warning:")
    return name


def _first(names: list[str]) -> str:
    """The matrix of a data set that is here comes first: runs are trained with it."""
    datasets = list_datasets(cached.workspace())
    return next((name for name in names if name in datasets), names[0])


def _status(name: str) -> None:
    unsaved = matrix_drafts.unsaved()
    if name in unsaved:
        st.badge("Unsaved changes", icon=":material/edit:", color="orange")
    else:
        st.badge(matrix_drafts.kind(name), icon=":material/check:", color="gray")
        if name in list_matrices(cached.workspace()):  # else the next screen offers another one first
            link_to("train", "Train with it", train_matrix=name)
    if others := [other for other in unsaved if other != name]:
        st.caption(f"Also unsaved: {escaped(', '.join(others))}")
