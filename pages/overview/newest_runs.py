"""The newest runs and how far they are, up to date while any of them trains."""

import time

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.runs.folder import Run
from riskcore.runs.progress import doing_now, progress
from riskcore.words.run_states import STATE_WORDS, seed_words
from riskcore.words.training_names import training_kind

SHOWN = 4
REFRESH_SECONDS = 2.0


def newest_runs() -> None:
    """Draw a row for each; nothing where there are none."""
    active = _active()

    @st.fragment(run_every=REFRESH_SECONDS if active else None)
    def live() -> None:
        with shown_errors():
            if _active() != active:
                st.rerun()  # what else is on the screen changes when runs begin or end
            for run in cached.store().page(limit=SHOWN):
                _row(run, time.time())

    live()


def _active() -> bool:
    counts = cached.store().counts()
    return counts["running"] + counts["queued"] > 0


def _row(run: Run, now: float) -> None:
    words = STATE_WORDS[run.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(words.word, icon=f":material/{words.icon}:", color=words.colour)
        name = run.annotation.name or training_kind(run.config["loss"])
        st.markdown(f"**{escaped(name)}** on {escaped(run.data)}, seed {seed_words(run)}", width="stretch")
        link_to("runs", "Open", runs_run=run.id)
    if run.state == "running":
        metrics = run.metrics()
        share = progress(run, metrics, now).share
        st.progress(share or 0.0, text=escaped(doing_now(run, metrics, now)))
