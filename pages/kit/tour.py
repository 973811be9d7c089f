"""A tour in three steps on a finished run: a banner above every screen while it is on, and its offer on Overview."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from pages.kit import cached
from pages.kit.demo_start import demo_start
from pages.kit.keys import TOUR_STEP
from pages.kit.links import go_to
from riskcore.jobs.tour import remember_tour, tour_run, tour_seen
from riskcore.runs.choices import Choice

_CLOSED = "tour_closed"
_LOOKED_AT = "compare_of"
"""Key of the control on Compare that says which run is looked at."""
_SHOWN = "tour_run"


@dataclass(frozen=True)
class _Step:
    """What to do and to look at, and on which screen.

    Attributes:
        states: of the screen's controls.
        parameters: of its address beside those, for a run.
    """

    text: str
    screen: str
    states: dict[str, str]
    parameters: Callable[[Choice], dict[str, str]]


_STEPS = (
    _Step(
        "Missed most dangerously: what did the model say?",
        "compare",
        {"compare_tab": "Images"},
        lambda choice: {"compare_data": choice.data},
    ),
    _Step(
        "Turn caution up: fewer missed, more false alarms.",
        "compare",
        {"compare_tab": "Caution"},
        lambda choice: {"compare_data": choice.data},
    ),
    _Step(
        "Change a cell: which images does it change?",
        "severity",
        {},
        lambda choice: {"severity_matrix": choice.matrix, "severity_run": choice.id},
    ),
)


def tour_banner(path: str) -> None:
    """Draw the present step with Back, Next and Skip; nothing while the tour is off.

    Args:
        path: address of the screen that is drawn below.
    """
    number = st.session_state.get(TOUR_STEP)
    if number is None:
        return
    step, last = _STEPS[number], number == len(_STEPS) - 1
    with st.container(border=True, key="tour"):
        words, buttons = st.columns([3, 1], vertical_alignment="center")
        words.markdown(f":material/tour: **Tour {number + 1}/{len(_STEPS)}** {step.text}")
        with buttons.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
            if st.button("Back", key="tour_back", disabled=number == 0):
                _go(number - 1, path)
            if path != step.screen and st.button("Show", key="tour_show", help="Open the screen of this step"):
                _go(number, path)
            if st.button("Finish" if last else "Next", key="tour_next", type="primary"):
                if last:
                    _close()
                    go_to("overview")
                _go(number + 1, path)
            if st.button("Skip", key="tour_skip", type="tertiary"):
                _close()
                st.rerun()


def tour_offer(choices: Sequence[Choice]) -> None:
    """Offer the tour to who has not seen it, and the demo where no run has finished to give it on.

    Args:
        choices: finished runs and pools, the newest first.
    """
    choice = tour_run(choices)
    if choice is None:
        with st.container(border=True):
            st.markdown(
                "**New here?** The demo draws synthetic images and trains small models on them in some minutes; then a "
                "tour shows what riskcore does. In a shell: `make demo` or `riskcore demo`."
            )
            demo_start()
    elif not _over():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                "**New here?** Three steps show what riskcore does.",
                width="content",
            )
            if st.button("Take the tour", key="tour_start", icon=":material/tour:", type="primary"):
                _go(0)
            if st.button("Not now", key="tour_not_now", type="tertiary"):
                _close()
                st.rerun()


def tour_again(choices: Sequence[Choice]) -> None:
    """A button that starts the tour for who has seen or skipped it; choices as for `tour_offer`."""
    choice = tour_run(choices)
    if choice is None or not _over() or TOUR_STEP in st.session_state:
        return
    if st.button("Take the tour again", key="tour_start", icon=":material/tour:", type="tertiary"):
        _go(0)


def _over() -> bool:
    return TOUR_STEP in st.session_state or bool(st.session_state.get(_CLOSED)) or tour_seen(cached.workspace())


def _go(number: int, path: str | None = None) -> NoReturn:
    """Show a step; the banner comes before the screen at `path`, so that its controls can still be set."""
    if _LOOKED_AT in st.session_state:  # Compare is the screen that is left
        st.session_state[_SHOWN] = st.session_state[_LOOKED_AT]
    choice = tour_run(cached.finished_choices(), st.session_state.get(_SHOWN))
    if choice is None:  # deleted since
        st.session_state.pop(TOUR_STEP, None)
        go_to("overview")
    st.session_state[TOUR_STEP] = number
    step = _STEPS[number]
    if path != step.screen:
        go_to(step.screen, **step.states, **step.parameters(choice))
    for key, state in step.states.items():
        st.session_state[key] = state
    st.rerun()


def _close() -> None:
    st.session_state.pop(TOUR_STEP, None)
    st.session_state[_CLOSED] = True
    remember_tour(cached.workspace())
