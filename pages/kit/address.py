"""Chosen runs in the address, by their ids: a control's own binding would write labels, which change with the list."""

from collections.abc import Mapping
from functools import partial

import streamlit as st


def state_key(parameter: str) -> str:
    """The key of the control that a parameter of the address belongs to."""
    return f"{parameter}_chosen"


def take_in(parameter: str, ids: Mapping[str, str], *, several: bool = False) -> list[str]:
    """Put what the address asks for in force; call it before the control is drawn.

    Args:
        parameter: its name in the address.
        ids: what may be asked for -> the option that it means.
        several: whether the control takes several.

    Returns:
        What was asked for and is not there.
    """
    asked = [id for id in st.query_params.get(parameter, "").split(",") if id]
    known = list(dict.fromkeys(ids[id] for id in asked if id in ids))
    if known:
        st.session_state[state_key(parameter)] = known if several else known[0]
    return [id for id in asked if id not in ids]


def write_out(parameter: str) -> None:
    """Write what the control shows into the address; call it after the control is drawn."""
    chosen = st.session_state[state_key(parameter)]
    st.query_params[parameter] = ",".join(chosen) if isinstance(chosen, list) else chosen


def on_change(parameter: str) -> "partial[None]":
    """The control's callback: a change is in the address before `take_in` reads it."""
    return partial(write_out, parameter)
