"""The part of the screen Runs that keeps itself up to date while something trains or waits."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.kit import cached
from pages.kit.address import on_change, state_key, take_in, write_out
from pages.kit.errors import shown_errors
from pages.runs.details import run_details
from pages.runs.filters import PAGE, RUN, filters, learn_choices, show_all
from pages.runs.notice import notice, tell
from pages.runs.picked import picked_runs
from pages.runs.queue import runs_queue
from pages.runs.table import runs_table
from pages.runs.trash import dialog_is_open, runs_trash
from pages.runs.unread import unread_runs
from riskcore.errors import InputError
from riskcore.runs.folder import Run
from riskcore.runs.record import State
from riskcore.runs.store import RunStore
from riskcore.words.run_names import run_names, training_words
from riskcore.words.run_states import STATE_WORDS

REFRESH_SECONDS = 2.0
ROWS = 25


def live_runs() -> None:
    """Draw the runs, and again every two seconds while any runs or waits; else it rests."""
    counted = [cached.store().counts()]  # for the first drawing; those that refresh it count anew
    active = _active(counted[0])
    learn_choices()

    @st.fragment(run_every=REFRESH_SECONDS if active else None)
    def live() -> None:
        with shown_errors():
            store = cached.store()
            every = counted.pop() if counted else store.counts()
            if _active(every) != active and not dialog_is_open():
                st.rerun()  # only the whole script can change whether the fragment refreshes itself
            _draw(store, every)

    live()


def _active(counts: Mapping[State, int]) -> bool:
    return counts["running"] + counts["queued"] > 0


def _draw(store: RunStore, every: Mapping[State, int]) -> None:
    """`every`: how many runs are in each state, whatever is wanted.

    Each panel has a place of its own, drawn even when it holds nothing: what comes and goes must not move the panels
    after it, since one that is moved is closed and loses its focus.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        summary = st.container(width="content")
        wanted = filters()
        more = st.toggle("More columns", key="runs_more", bind="query-params")
    said = st.container()
    with st.container():
        unread_runs()  # ahead of the others: below the details nobody would see that a run is missing from the list
    asked: dict[str, Any] = {"data": wanted.data, "tag": wanted.tag, "text": wanted.text, "named": training_words}
    narrowed = bool(wanted.data or wanted.tag or wanted.text)  # else counting them again would be half the time here
    counts = store.counts(**asked) if narrowed else every
    matching = sum(counts.values()) if wanted.state is None else counts[wanted.state]
    summary.markdown(_counted(counts))
    chosen: tuple[Run, str] | None = None
    with st.container():
        if matching:
            chosen = _listed(store, {**asked, "state": wanted.state}, matching, more)
        elif any(every.values()):
            st.markdown("No run is like that.")
            st.button("List all runs", icon=":material/filter_list_off:", key="_runs_none", on_click=show_all)
    with st.container():
        if every["queued"]:
            runs_queue()
    with st.container():
        if chosen:
            run_details(*chosen)
    runs_trash()
    with said:
        notice()


def _counted(counts: Mapping[State, int]) -> str:
    return " · ".join(f"{counts[state]:,} {said.word}" for state, said in STATE_WORDS.items() if counts[state])


def _listed(store: RunStore, wanted: Mapping[str, Any], matching: int, more: bool) -> tuple[Run, str] | None:
    """Draw a page of the runs that match; returns the one to look at and what it is called.

    `wanted`: as `RunStore.page` takes it.
    """
    place, ticked = st.container(), st.container()
    chooser, pages = st.columns([3, 2], vertical_alignment="bottom")
    with pages:
        number = 1
        if matching > ROWS:
            number = st.pagination(-(-matching // ROWS), key=PAGE, bind="query-params")
    runs = store.page(**wanted, limit=ROWS, offset=ROWS * (number - 1))
    asked = _asked(store, {run.id: run for run in runs})
    names = run_names([*runs, *asked])
    with chooser:
        chosen = _choose({run.id: run for run in [*runs, *asked]}, names)
    with place:
        picked = runs_table(runs, names, chosen.id if chosen else None, more) if runs else []  # else gone meanwhile
    with ticked:
        picked_runs(picked)
    return (chosen, names[chosen.id]) if chosen else None


def _asked(store: RunStore, listed: Mapping[str, Run]) -> list[Run]:
    """The run that the address names, where it is not listed."""
    named = st.query_params.get(RUN, "")
    if not named or named in listed:
        return []
    try:
        run = store.get(named)
    except InputError as error:
        if state_key(RUN) not in st.session_state:  # else it was chosen here, and deleted since
            tell(str(error), error=True)
        return []
    if run.id != named:
        st.query_params[RUN] = run.id
    return [] if run.id in listed else [run]


def _choose(listed: Mapping[str, Run], names: Mapping[str, str]) -> Run | None:
    """Ask which run to look at; the address always names it, so that a copied link shows the same one later."""
    if not listed:
        return None
    take_in(RUN, {id: id for id in listed})
    key = state_key(RUN)
    if st.session_state.get(key) not in listed:
        st.session_state[key] = next(iter(listed))
    id = st.selectbox(
        "Run in detail",
        list(listed),
        index=None,
        format_func=names.__getitem__,
        key=key,
        on_change=on_change(RUN),
        required=True,
    )
    if id is None:
        return None
    if st.query_params.get(RUN) != id:
        write_out(RUN)
    return listed[id]
