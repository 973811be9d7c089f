"""Starts the demo, and shows how far its preparation is."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.job_progress import job_progress
from riskcore.jobs import background


def demo_start() -> None:
    """A button that starts the demo; while it prepares, its progress. Its runs are then seen on Runs."""
    here = cached.workspace()
    if job_progress("demo"):
        return
    states = {run.state for run in cached.store().list(data="demo")}
    if states & {"queued", "running"}:
        st.markdown("The demo's runs are under way; the tour is offered once the first has finished.")
    elif st.button("Start the demo", key="demo_start", icon=":material/play_arrow:"):
        with shown_errors():
            background.start(here, "demo")
            st.rerun()
