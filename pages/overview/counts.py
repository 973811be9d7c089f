"""How much is here: data sets, matrices, runs by state; each with the way to it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.kit import cached
from pages.kit.gallery import Colour
from pages.kit.links import link_to
from riskcore.runs.record import STATES, State
from riskcore.severity import PRESETS
from riskcore.severity.store import list_matrices

_COLOURS: Mapping[State, Colour] = {"running": "blue", "finished": "green", "failed": "red", "interrupted": "orange"}


def counts(data: Sequence[str], states: Mapping[State, int]) -> None:
    """Draw them.

    Args:
        data: names of the registered data sets. states: state -> how many runs.
    """
    own = len(list_matrices(cached.workspace()))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        link_to("datasets", _counted(len(data), "data set"))
        link_to(
            "severity",
            f"{_counted(own, 'severity matrix', 'severity matrices')} of your own, {len(PRESETS)} to start from",
        )
        link_to("runs", _counted(sum(states.values()), "training run"))
        for state in STATES:
            if states.get(state):
                st.badge(f"{states[state]:,} {state}", color=_COLOURS.get(state, "gray"))


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
