"""Versions of the matrix that is open, and two matrices or versions compared cell by cell."""

import datetime

import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from riskcore.severity import SeverityMatrix
from riskcore.severity.comparison import compare_matrices
from riskcore.severity.store import Saved, load_matrix, matrix_versions, saved_versions

_BEFORE, _NOW = "before the edits", "as edited now"


def versions_panel(name: str) -> None:
    """Who saved what and why, the newest first; gives an old version back as an edit that can be undone."""
    if not matrix_drafts.saved(name):
        st.caption("Nothing is saved under this name yet; every save keeps the one before as a version.")
        return
    for version in saved_versions(cached.workspace(), name):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(_words(version), width="stretch")
            if version.name != name and st.button(
                "Restore", key=f"severity_restore {version.name}", help="As an edit: Undo takes it back."
            ):
                matrix_drafts.edit(name, load_matrix(cached.workspace(), version.name))
                redraw(f"{escaped(version.name)} is in the grid; save to keep it.")


def _words(version: Saved) -> str:
    when = ""
    if version.time:
        when = f"saved {datetime.datetime.fromisoformat(version.time).astimezone():%Y-%m-%d %H:%M}"
    return " · ".join(part for part in (version.name, when, version.author, version.note) if part)


def comparison_panel(name: str) -> None:
    """What differs between two matrices, or between a matrix and what it was before."""
    known = [*matrix_drafts.names(), *matrix_versions(cached.workspace(), name)]
    left, right = st.columns(2)
    first = left.selectbox("Compare", [_BEFORE, *known], key="severity_first", bind="query-params")
    second = right.selectbox("with", [_NOW, *known], key="severity_second", bind="query-params")
    comparison = compare_matrices(_matrix(name, first), _matrix(name, second))
    for sentence in comparison.sentences():
        st.text(sentence)
    if comparison.cells:
        st.dataframe(
            pd.DataFrame(
                {
                    "truth": [cell.truth for cell in comparison.cells],
                    "model says": [cell.prediction for cell in comparison.cells],
                    "first": [cell.costs[0] for cell in comparison.cells],
                    "second": [cell.costs[1] for cell in comparison.cells],
                    "change": [cell.change for cell in comparison.cells],
                }
            ),
            column_config={"first": first, "second": second},
            hide_index=True,
            alt=f"The mistakes whose severity differs between {first} and {second}",
        )


def _matrix(name: str, chosen: str) -> SeverityMatrix:
    history = matrix_drafts.draft(name).history
    if chosen in (_BEFORE, _NOW):
        return history.before if chosen == _BEFORE else history.current
    return (
        matrix_drafts.draft(chosen).history.current
        if chosen in matrix_drafts.names()
        else load_matrix(cached.workspace(), chosen)
    )
