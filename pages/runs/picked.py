"""What can be done with the runs that are ticked: compare them, train more like them, name or delete them."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.kit.links import link_to
from pages.runs.again import train_more
from pages.runs.filters import known_tags, learn_choices
from pages.runs.notice import act, delete
from pages.runs.table import pick
from riskcore.runs.annotations import NAME_MOST
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore

_NAME, _TAGS = "_runs_picked_name", "_runs_picked_tags"


def picked_runs(runs: Sequence[Run]) -> None:
    """Draw the buttons of the ticked runs, each bound to their ids; how to tick some where none is."""
    if not runs:
        st.caption("Tick runs to compare, name or delete several at once.")
        return
    ids = tuple(run.id for run in runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(runs)} ticked**", width="content")
        _compare(runs)
        train_more(runs)
        with st.popover("Name and tags", icon=":material/label:", key="_runs_picked_words"):
            _words(ids)
        st.button(
            "Delete them",
            icon=":material/delete:",
            help="Into the trash, from which they can be restored.",
            key=f"_picked_delete_{'_'.join(ids)}",
            on_click=delete,
            args=(ids,),
        )
        st.button("Untick", icon=":material/close:", key="_runs_untick", type="tertiary", on_click=pick, args=((),))


def _compare(runs: Sequence[Run]) -> None:
    """The way to Compare with the finished ones, where they are of one data set."""
    finished = [run for run in runs if run.state == "finished"]
    if len({run.data for run in finished}) == 1:
        link_to("compare", "Compare", compare_data=finished[0].data, compare_runs=",".join(run.id for run in finished))


def _words(ids: Sequence[str]) -> None:
    st.text_input(
        "One name for all",
        max_chars=NAME_MOST,
        key=_NAME,
        help="Compare shows a name that all seeds of a training share.",
    )
    st.multiselect("Tags to add", known_tags(), accept_new_options=True, placeholder="Type a tag", key=_TAGS)
    st.button("Write them", icon=":material/check:", key="_runs_picked_write", on_click=_write, args=(ids,))


def _write(ids: Sequence[str]) -> None:
    name, tags = st.session_state[_NAME].strip() or None, list(st.session_state[_TAGS])
    act(partial(_annotate, ids=ids, name=name, tags=tags), f"Written on {len(ids)} runs.")
    learn_choices()


def _annotate(store: RunStore, ids: Sequence[str], name: str | None, tags: Sequence[str]) -> None:
    for id in ids:
        store.annotate(id, name=name, add=tags)
    st.session_state[_NAME], st.session_state[_TAGS] = "", []  # what could not be written stays
