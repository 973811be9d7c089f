"""Severity matrix: say how bad each mistake is, and see at once what that changes."""

import streamlit as st

from pages.kit.next_run import apply_states
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.bar import matrix_bar
from pages.severity.diff import matrix_diff
from pages.severity.grid import receive_edits, severity_grid
from pages.severity.whatif_panel import whatif_panel
from riskcore.severity.advice import advice


def show() -> None:
    """Draw the screen."""
    apply_states()
    receive_edits()
    name = matrix_bar()
    left, right = st.columns([11, 10], gap="medium")
    below = st.container()
    history = matrix_drafts.draft(name).history
    with left:
        severity_grid(name)
        for sentence in advice(history.current):
            st.warning(escaped(sentence), icon=":material/warning:")
        matrix_diff(name)
    with right:
        comparable = set(history.before.classes) == set(history.current.classes)
        whatif_panel(history.current, history.before if comparable else history.current, below)
