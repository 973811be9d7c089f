"""Caution and what it does to 1,000 cases, at a share of dangerous ones that can be set."""

import streamlit as st

from pages.compare.caution_control import caution_setting, caution_stop
from pages.compare.frequency_view import frequency_view
from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.part import part_of_new
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.judging.frequencies import PEOPLE, caution_effect
from riskcore.runs.choices import Choice
from riskcore.runs.looks import Question
from riskcore.severity import SeverityMatrix
from riskcore.words.glossary import tooltip

_PREVALENCE = "compare_prevalence"


def caution_panel(choice: Choice, matrix: SeverityMatrix) -> Wish | Dial:
    """Ask for the caution and show what it does for a run; returns it.

    Args:
        choice: whose cases the effect is shown on.
        matrix: the severity matrix.
    """
    stops, share, back = st.columns([5, 2, 1], vertical_alignment="bottom", gap="medium")
    with stops:
        stop = caution_stop()
    dangerous = share.number_input(
        f"Dangerous cases in {PEOPLE:,}",
        min_value=1,
        max_value=PEOPLE - 1,
        value=None,
        step=10,
        placeholder="as in the cases",
        key=_PREVALENCE,
        bind="query-params",
        help=tooltip("prevalence"),
    )
    back.button(
        "Reset",
        icon=":material/undo:",
        on_click=_own_share,
        disabled=dangerous is None,
        help="Back to the share of dangerous cases among the cases themselves",
        key="compare_prevalence_reset",
    )
    setting, meaning = caution_setting(stop)
    with shown_errors():
        part = part_of_new("compare_caution", Question(matrix, setting), choice.runs)
        effect = caution_effect(cached.judged(choice, matrix, part), setting, dangerous)
        frequency_view(effect, stop, meaning, as_tested=dangerous is None, part=part)
    return setting


def _own_share() -> None:
    st.session_state[_PREVALENCE] = None
