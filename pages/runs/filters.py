"""Which runs the screen Runs lists, and which of them is looked at."""

from dataclasses import dataclass

import streamlit as st

from pages.kit import cached
from pages.kit.address import state_key
from pages.kit.plain_text import escaped
from riskcore.runs.record import STATES, State
from riskcore.words.run_states import STATE_WORDS

PAGE, RUN = "runs_page", "runs_run"
"""Names in the address of the page's number and of the run that is looked at."""

_STATE, _DATA, _TAG, _TEXT = "runs_state", "runs_data", "runs_tag", "runs_text"
_DATA_NAMES, _TAGS = "_runs_known_data", "_runs_known_tags"


@dataclass(frozen=True)
class Filters:
    """What a run must be to be listed; None and "" let every run pass."""

    state: State | None
    data: str | None
    tag: str | None
    text: str


def filters() -> Filters:
    """Ask which runs to list; whatever is changed leads back to the first page."""
    chosen = " · ".join(filter(None, map(_asked, (_STATE, _DATA, _TAG, _TEXT))))
    with st.popover(escaped(chosen) or "All runs", icon=":material/filter_list:", key="runs_filters"):
        state = st.selectbox(
            "State",
            STATES,
            index=None,
            placeholder="Every state",
            format_func=lambda state: STATE_WORDS[state].word,
            key=_STATE,
            bind="query-params",
            on_change=_to_first_page,
        )
        data = st.selectbox(
            "Data set",
            st.session_state[_DATA_NAMES],
            index=None,
            placeholder="Every data set",
            key=_DATA,
            bind="query-params",
            on_change=_to_first_page,
        )
        tag = st.selectbox(
            "Tag",
            known_tags(),
            index=None,
            placeholder="With any tags or none",
            key=_TAG,
            bind="query-params",
            on_change=_to_first_page,
        )
        text = st.text_input(
            "Search",
            placeholder="Name, tag, note, data set, matrix or id",
            key=_TEXT,
            bind="query-params",
            on_change=_to_first_page,
        )
        if chosen:
            st.button("List all runs", icon=":material/filter_list_off:", key="_runs_all", on_click=show_all)
    return Filters(state, data, tag, text)


def learn_choices() -> None:
    """Look which data sets and tags there are; not at each refresh, since all runs are looked at."""
    st.session_state[_DATA_NAMES] = cached.store().data_names()
    st.session_state[_TAGS] = cached.store().tags()


def known_tags() -> list[str]:
    """The tags that runs had when they were last looked at."""
    return list(st.session_state[_TAGS])


def show_all() -> None:
    """List every run, from the first page on."""
    for key in (_STATE, _DATA, _TAG):
        st.session_state[key] = None
    st.session_state[_TEXT] = ""
    _to_first_page()


def look_at(id: str) -> None:
    """Have a run shown in detail; for callbacks."""
    st.session_state[state_key(RUN)] = id
    st.query_params[RUN] = id


def _asked(key: str) -> str:
    """What a control holds that is drawn only after this; on the first run the address says it."""
    return str(st.session_state.get(key, st.query_params.get(key)) or "")


def _to_first_page() -> None:
    st.session_state[PAGE] = 1
