"""Which runs the screen Runs lists."""

from dataclasses import dataclass

import streamlit as st

from pages.kit import cached
from riskcore.runs.record import STATES, State
from riskcore.words.run_states import STATE_WORDS

PAGE, RUN = "runs_page", "runs_run"
"""Names in the address of the page's number and of the run that is looked at."""


@dataclass(frozen=True)
class Filters:
    """What a run must be to be listed; None and "" let every run pass."""

    state: State | None
    data: str | None
    text: str


def filters() -> Filters:
    """Ask which runs to list; whatever is changed leads back to the first page."""
    state, data, text = st.columns([1, 1, 2])
    return Filters(
        state.selectbox(
            "State",
            STATES,
            index=None,
            placeholder="Every state",
            format_func=lambda state: STATE_WORDS[state].word,
            key="runs_state",
            bind="query-params",
            on_change=_to_first_page,
        ),
        data.selectbox(
            "Data set",
            cached.store().data_names(),
            index=None,
            placeholder="Every data set",
            key="runs_data",
            bind="query-params",
            on_change=_to_first_page,
        ),
        text.text_input(
            "Search",
            placeholder="Loss, backbone, matrix, data set or name of a run",
            key="runs_text",
            bind="query-params",
            on_change=_to_first_page,
        ),
    )


def _to_first_page() -> None:
    st.session_state[PAGE] = 1
