"""The glossary, behind a button on every screen."""

import streamlit as st

from riskcore.words.glossary import find


@st.fragment
def words_used() -> None:
    """Draw the button; opening it and a search redraw what it opens, not the screen."""
    panel = st.popover("Words used", icon=":material/menu_book:", key="words_used", on_change="rerun")
    if panel.open:
        with panel:
            _glossary()


def _glossary() -> None:
    # The control is also what the keyboard gets hold of, to scroll the list.
    found = find(st.text_input("Find a word", key="words_find", placeholder="harm, CER, seed …"))
    for term in found:
        st.markdown(f"**{term.plain}** ({term.technical}): {term.meaning}")
    if not found:
        st.markdown("No word is like that.")
