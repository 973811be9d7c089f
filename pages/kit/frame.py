"""What stands around every screen: style, errors in words; heading, research-use statement, glossary and link."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages import Screen
from pages.kit.assets import asset_path
from pages.kit.copy_link import copy_link
from pages.kit.errors import shown_errors
from pages.kit.keys import TOUR_STEP
from pages.kit.synthetic import synthetic_place
from pages.kit.words_used import words_used
from riskcore.formats import RESEARCH_USE


@contextmanager
def frame(screen: Screen) -> Iterator[None]:
    """Draw the screen inside; `app.py` puts it around each of them.

    What it imports is light, so that on a fresh server the heading stands before the engine has been loaded.
    """
    st.html(asset_path("style.css"))
    st.logo(asset_path("logo.svg"), size="large")
    with shown_errors():
        if TOUR_STEP in st.session_state:
            from pages.kit.tour import tour_banner  # brings half the engine along

            tour_banner(screen.path)
    with shown_errors():
        _heading(screen)
        yield


def _heading(screen: Screen) -> None:
    """A screen's title and the sentence that says what it is for; beside them marks, glossary and link."""
    with st.container(key="heading", horizontal=True, vertical_alignment="center"):
        st.title(screen.title, anchor=False, width="content")
        st.markdown(screen.purpose, width="stretch")
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            synthetic_place()
            words_used()
            copy_link()
            st.html(f'<div id="research_use" role="note">{RESEARCH_USE}</div>')  # the style sheet: at the window's foot
