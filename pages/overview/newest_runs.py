"""The newest runs and how far they are, up to date while any of them trains."""

import time
from collections.abc import Sequence

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
    newest = cached.store().page(limit=SHOWN)
    if not _active(newest):
        with shown_errors():
            _rows(newest)
        return

    @st.fragment(run_every=REFRESH_SECONDS)
    def live() -> None:
        with shown_errors():
            now = cached.store().page(limit=SHOWN)
            if not _active(now):
                st.rerun()  # what else is on the screen changes when runs end
            _rows(now)

    live()


def _active(newest: Sequence[Run]) -> bool:
    """Whether any run trains or waits: a page of runs begins with those."""
    return any(run.state in ("running", "queued") for run in newest)


def _rows(newest: Sequence[Run]) -> None:
    for run in newest:
        _row(run, time.time())


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
