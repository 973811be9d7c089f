"""Runs: what trains, what waits and what has ended."""

import streamlit as st

from pages.kit import cached
from pages.kit.links import link_to
from pages.runs.filters import filters
from pages.runs.live import live_runs


def show() -> None:
    """Draw the screen."""
    store = cached.store()
    if not (any(store.counts().values()) or store.trash_count() or store.unread()):
        st.info("No training runs yet: choose data and losses, and launch the first ones.")
        link_to("train", "Launch training runs")
        return
    live_runs(filters())
