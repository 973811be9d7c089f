"""Runs: what trains, what waits and what has ended."""

import streamlit as st

from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.synthetic import synthetic_mark
from pages.runs.live import ROWS, live_runs
from pages.runs.metrics import is_synthetic


def show() -> None:
    """Draw the screen."""
    store = cached.store()
    newest = store.page(limit=ROWS)
    if not (newest or store.trash_count() or store.unread()):
        st.info("No training runs yet: each appears here while it learns.")
        link_to("train", "Launch training runs")
        link_to("overview", "No images at hand? The demo on Overview draws some")
        return
    synthetic_mark(any(is_synthetic(run) for run in newest))
    live_runs()
