"""What the user accepts for fewer dangerous mistakes: a wish, in words and a number."""

import streamlit as st

from riskcore.decision.operating import Wish, WishKind
from riskcore.words.glossary import tooltip

_WORDS: dict[WishKind, tuple[str, float]] = {
    "accuracy_loss": ("Fewest dangerous mistakes, losing at most … accuracy", 1.0),
    "accuracy_floor": ("Fewest dangerous mistakes, with accuracy of at least …", 75.0),
    "over_call_ceiling": ("Fewest dangerous mistakes, with false alarms of at most …", 20.0),
    "cer_ceiling": ("Most accuracy, with dangerous mistakes of at most …", 5.0),
    "least_severity": ("Least average harm", 0.0),
}
"""Kind -> how it reads, and the percentage that is offered first."""


def wish_picker(key: str) -> Wish:
    """Ask for a wish; `key` starts the names of its two parameters in the address."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    kind = left.selectbox(
        "What you accept",
        list(_WORDS),
        format_func=lambda kind: _WORDS[kind][0],
        key=f"{key}_wish",
        bind="query-params",
        help=tooltip("wish", "operating point"),
    )
    if kind == "least_severity":
        return Wish(kind, 0.0)
    percentage = right.number_input(
        "… percent" if kind != "accuracy_loss" else "… points",
        min_value=0.0,
        max_value=100.0,
        value=_WORDS[kind][1],
        step=0.5,
        key=f"{key}_{kind}",
        bind="query-params",
    )
    return Wish(kind, percentage / 100)
