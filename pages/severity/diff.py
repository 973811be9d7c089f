"""Versions of the matrix that is open, and two matrices or versions compared cell by cell."""

import datetime

import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from riskcore.severity import SeverityMatrix
from riskcore.severity.comparison import compare_matrices
from riskcore.severity.store import load_matrix, matrix_versions

_BEFORE, _NOW = "before the edits", "as edited now"


def matrix_diff(name: str) -> None:
    """A section that opens; gives an old version back as an edit that can be undone."""
    with st.expander("Versions and comparison", icon=":material/difference:"), shown_errors():
        versions = matrix_versions(cached.workspace(), name)
        _restore(name, versions)
        _compare(name, versions)


def _restore(name: str, versions: list[str]) -> None:
    if not versions:
        st.caption("No older version; saving again under the same name keeps the one before.")
        return
    st.caption("Older versions, the newest first")
    folder = cached.workspace().matrices
    for version in reversed(versions):
        saved = datetime.datetime.fromtimestamp((folder / f"{version}.json").stat().st_mtime)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{version}, put aside {saved:%Y-%m-%d %H:%M}", width="stretch")
            if st.button("Restore", key=f"severity_restore {version}", help="As an edit: Undo takes it back."):
                matrix_drafts.edit(name, load_matrix(cached.workspace(), version))
                redraw(f"{escaped(version)} is in the grid; save to keep it.")


def _compare(name: str, versions: list[str]) -> None:
    known = [*matrix_drafts.names(), *versions]
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
