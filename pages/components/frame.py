"""What stands around every screen: style, errors in words; heading, research-use statement, glossary and link."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from pages.components.assets import asset_path
from pages.components.copy_link import copy_link
from pages.components.errors import shown_errors
from pages.components.tour import tour_banner
from riskcore.glossary import GLOSSARY
from riskcore.wording import RESEARCH_USE


@contextmanager
def frame(path: str) -> Iterator[None]:
    """Draw the screen of this address inside; `app.py` puts it around each of them."""
    st.html(asset_path("style.css"))
    with shown_errors():
        tour_banner(path)
    with shown_errors():
        yield


def heading(title: str, purpose: str) -> None:
    """Title of a screen and the sentence that says what it is for; beside them the glossary and the link."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            with st.popover("Words used", icon=":material/menu_book:"):
                for term in GLOSSARY.values():
                    st.markdown(f"**{term.plain}** ({term.technical}): {term.meaning}")
            copy_link()
    st.markdown(f"{purpose} :gray[{RESEARCH_USE}]")
