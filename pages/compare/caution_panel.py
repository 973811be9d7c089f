"""Caution and what it does to 1,000 cases, at a share of dangerous ones that can be set."""

import streamlit as st

from pages.compare.frequency_view import frequency_view
from pages.compare.view import View
from pages.kit import cached
from riskcore.judging.frequencies import PEOPLE, caution_effect
from riskcore.words.glossary import tooltip

_PREVALENCE = "compare_prevalence"


def caution_panel(view: View) -> None:
    """Show what the page's caution does for the run that is looked at, beside none."""
    share, back, _ = st.columns([2, 1, 5], vertical_alignment="bottom", gap="medium")
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
    effect = caution_effect(cached.judged(view.of, view.matrix, view.part), view.dials(view.of), dangerous)
    frequency_view(effect, view.setting.stop, view.setting.meaning, as_tested=dangerous is None, part=view.part)


def _own_share() -> None:
    st.session_state[_PREVALENCE] = None
