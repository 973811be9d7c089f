"""Being built."""

import streamlit as st

from pages.components.frame import heading


def show() -> None:
    """Draw the screen."""
    heading("Severity matrix", "…")


if __name__ == "__main__":  # run on its own by a deep link: the entry comes first
    st.switch_page("app.py")
