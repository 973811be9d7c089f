"""The caution that all tabs of the Compare screen share: a control of named stops, and the fine setting beside them."""

import streamlit as st

from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.decision.stops import DEFAULT_STOP, STOPS
from riskcore.severity import RULES
from riskcore.words.glossary import tooltip

CUSTOM = "Custom"
_RULES = {"severity": "average harm", "critical": "dangerous mistakes"}


def caution_stop() -> str:
    """Draw the stops; the chosen one's name, or `CUSTOM`."""
    stop: str = st.segmented_control(
        "Caution",
        [*STOPS, CUSTOM],
        default=DEFAULT_STOP,
        required=True,
        key="compare_caution",
        bind="query-params",
        help=tooltip("aversion"),
    )
    return stop


def caution_setting(stop: str) -> tuple[Wish | Dial, str]:
    """The setting of a stop and its meaning as the end of a sentence; of `CUSTOM` the controls that ask for it."""
    if stop != CUSTOM:
        return STOPS[stop].caution, STOPS[stop].meaning
    left, right = st.columns([2, 1], gap="medium")
    aversion = left.slider(
        "Fine setting",
        0.0,
        1.0,
        0.5,
        step=0.01,
        key="compare_aversion",
        bind="query-params",
        help=tooltip("aversion"),
    )
    rule = right.selectbox(
        "What caution avoids",
        RULES,
        format_func=_RULES.__getitem__,
        key="compare_rule",
        bind="query-params",
        help=tooltip("rule"),
    )
    return Dial(rule, aversion), f"{aversion:.2f} of 1, against {_RULES[rule]}; the same setting for every run."
