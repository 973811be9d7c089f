"""Runs that cannot be read: why, what is left of them, and the way into the trash."""

import streamlit as st

from pages.kit import cached
from pages.runs.actions import delete_button
from riskcore.words.run_states import unread_words

_SHOWN = 10


def unread_runs() -> None:
    """Draw them, nothing when every run can be read."""
    unread = cached.store().unread()
    if not unread:
        return
    runs = "1 run" if len(unread) == 1 else f"{len(unread):,} runs"
    with st.expander(f"Damaged: {runs} that cannot be read", icon=":material/broken_image:", key="_runs_unread"):
        for run in unread[:_SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(unread_words(run), width="stretch")
                delete_button(run.id, "_runs_unread")
        if len(unread) > _SHOWN:
            st.text(f"{len(unread) - _SHOWN:,} older ones are not listed: `riskcore runs list` lists them all.")
