"""Change controls from below them: what is set here is in force when the screen is drawn again, which is at once."""

from typing import NoReturn

import streamlit as st

_KEY = "next_run"
_SAID = "next_run_said"


def redraw(message: str | None = None, **states: object) -> NoReturn:
    """Draw the screen again with controls in these states (their keys), and say what was done."""
    st.session_state[_KEY] = states
    st.session_state[_SAID] = message
    st.rerun()


def apply_states() -> None:
    """Put the states in force; a screen calls it before it draws its first control."""
    for key, state in st.session_state.pop(_KEY, {}).items():
        st.session_state[key] = state
    if said := st.session_state.pop(_SAID, None):
        st.toast(said)
