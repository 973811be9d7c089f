"""The queue: which runs wait, in which order, and whether anything will take them."""

import streamlit as st

from pages.kit import cached
from pages.kit.plain_text import escaped
from pages.runs.actions import queue_actions
from pages.runs.notice import act
from riskcore.jobs.queue import start_workers, unattended
from riskcore.runs.store import RunStore
from riskcore.words.run_names import run_names

_SHOWN = 10


def runs_queue() -> None:
    """Draw what is queued, nothing when nothing is."""
    store = cached.store()
    queue = store.queue()
    if not queue:
        return
    with st.container():
        if waiting := unattended(store.workspace, queue):
            _no_worker(len(waiting))
    names = run_names(queue)
    with st.expander(f"Queue: {len(queue)} waiting", icon=":material/schedule:", key="_runs_queue"):
        for place, run in enumerate(queue[:_SHOWN], start=1):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{place}. **{escaped(names[run.id])}** on {escaped(run.data)}", width="stretch")
                queue_actions(run)
        if len(queue) > _SHOWN:
            st.text(f"{len(queue) - _SHOWN} more wait: list the queued ones above to change their places.")


def _no_worker(waiting: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        runs = "1 queued run waits" if waiting == 1 else f"{waiting} queued runs wait"
        st.markdown(f":material/warning: {runs}, but no worker is running on this computer to train.", width="stretch")
        st.button(
            "Start the worker",
            icon=":material/play_arrow:",
            key="_runs_worker",
            on_click=act,
            args=(_start, "The worker is starting; the first run begins in some seconds."),
        )


def _start(store: RunStore) -> None:
    start_workers(store.workspace)
