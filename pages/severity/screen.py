"""Severity matrix: say how bad each mistake is, and see at once what that changes."""

import streamlit as st

from pages.kit.assets import asset_path
from pages.kit.next_run import apply_states
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.bar import matrix_bar
from pages.severity.details import details
from pages.severity.grid import receive_edits, severity_grid
from pages.severity.incoming import take_in_data
from pages.severity.results import results
from riskcore.severity.advice import advice


def show() -> None:
    """Draw the screen."""
    st.html(asset_path("severity_screen.css"))
    apply_states()
    receive_edits()
    take_in_data()
    name = matrix_bar()
    left, right = st.columns([11, 10], gap="medium")
    below = st.container()
    history = matrix_drafts.draft(name).history
    with left:
        severity_grid(name)
        if said := advice(history.current):  # one notice, whatever it says
            st.warning(escaped(said[0]) if len(said) == 1 else _listed(said), icon=":material/warning:")
    comparable = set(history.before.classes) == set(history.current.classes)
    with right:
        tried = results(name, history.current, history.before if comparable else history.current)
    with below:
        details(name, tried)


def _listed(sentences: list[str]) -> str:
    return "\n".join(f"- {escaped(sentence)}" for sentence in sentences)
