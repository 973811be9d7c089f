"""The part of the screen Runs that keeps itself up to date while something trains or waits."""

from collections.abc import Iterable, Mapping

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.runs.details import run_details
from pages.runs.filters import PAGE, RUN, Filters
from pages.runs.metrics import is_synthetic
from pages.runs.notice import notice, tell
from pages.runs.queue import runs_queue
from pages.runs.table import runs_table
from pages.runs.trash import dialog_is_open, runs_trash
from pages.runs.unread import unread_runs
from riskcore.errors import InputError
from riskcore.formats import SYNTHETIC
from riskcore.runs.folder import Run
from riskcore.runs.record import State
from riskcore.runs.store import RunStore
from riskcore.words.run_states import STATE_WORDS

REFRESH_SECONDS = 2.0
ROWS = 25


def live_runs(wanted: Filters) -> None:
    """Draw the runs, and again every two seconds while any runs or waits; else it rests."""
    active = _active(cached.store().counts())

    @st.fragment(run_every=REFRESH_SECONDS if active else None)
    def live() -> None:
        with shown_errors():
            store = cached.store()
            every = store.counts()
            if _active(every) != active and not dialog_is_open():
                st.rerun()  # only the whole script can change whether the fragment refreshes itself
            _draw(store, wanted, every)

    live()


def _active(counts: Mapping[State, int]) -> bool:
    return counts["running"] + counts["queued"] > 0


def _draw(store: RunStore, wanted: Filters, every: Mapping[State, int]) -> None:
    """`every`: how many runs are in each state, whatever is wanted.

    Each panel has a place of its own, drawn even when it holds nothing: what comes and goes must not move the panels
    after it, since one that is moved is closed and loses its focus.
    """
    said = st.container()
    with st.container():
        unread_runs()  # ahead of the others: below the details nobody would see that a run is missing from the list
    narrowed = wanted.data is not None or bool(wanted.text)  # else counting them again would be half the time here
    counts = store.counts(data=wanted.data, text=wanted.text) if narrowed else every
    matching = sum(counts.values()) if wanted.state is None else counts[wanted.state]
    chosen = None
    with st.container():
        if matching:
            chosen = _listed(store, wanted, counts, matching)
        elif any(every.values()):
            st.info("No run is like that: change or clear what you look for.")
    with st.container():
        if every["queued"]:
            runs_queue()
    with st.container():
        if chosen:
            run_details(chosen)
    runs_trash()
    with said:
        notice()


def _listed(store: RunStore, wanted: Filters, counts: Mapping[State, int], matching: int) -> Run | None:
    """Draw a page of the runs that match and return the one to look at."""
    place = st.container()
    chooser, pages = st.columns([3, 2], vertical_alignment="bottom")
    with pages:
        number = 1
        if matching > ROWS:
            number = st.pagination(-(-matching // ROWS), key=PAGE, bind="query-params")
    runs = store.page(state=wanted.state, data=wanted.data, text=wanted.text, limit=ROWS, offset=ROWS * (number - 1))
    with chooser:
        chosen = _choose(store, runs)
    with place:
        _summary(counts, runs)
        if runs:  # else the last of this page went since they were counted
            runs_table(runs, chosen.id if chosen else None)
    return chosen


def _summary(counts: Mapping[State, int], runs: Iterable[Run]) -> None:
    words = " · ".join(f"{counts[state]:,} {said.word}" for state, said in STATE_WORDS.items() if counts[state])
    st.caption(f"{words}. {SYNTHETIC}" if any(is_synthetic(run) for run in runs) else words)


def _choose(store: RunStore, runs: list[Run]) -> Run | None:
    """Ask which run to look at: of this page, or the one chosen before, wherever it stands."""
    listed = {run.id: run for run in runs}
    before = st.session_state.get(RUN)
    asked = before is None  # by the address; a run chosen here may go without a word: it was deleted
    if asked:
        before = st.query_params.get(RUN)
    if before and before not in listed:
        try:
            run = store.get(before)
            listed[run.id], before = run, run.id
        except InputError as error:
            if asked:
                tell(str(error), error=True)
    if not listed:
        return None
    if st.session_state.get(RUN) not in listed:
        st.session_state[RUN] = before if before in listed else next(iter(listed))
    # No default: the address always names the run, so a copied link shows the same one later.
    id = st.selectbox("Run in detail", list(listed), index=None, key=RUN, bind="query-params", required=True)
    return None if id is None else listed[id]
