"""Which image's page is open: in the session for clicks, in the address for links."""

import streamlit as st

from pages.compare.keys import IMAGE

ADDRESS = "compare_case"


def opened() -> str | None:
    """Name of the image (sample) whose page is to be shown; None while none is."""
    asked = st.query_params.get(ADDRESS)
    if asked and IMAGE not in st.session_state:
        st.session_state[IMAGE] = asked
    sample: str | None = st.session_state.get(IMAGE)
    if sample is not None:
        st.query_params[ADDRESS] = sample
    return sample


def open_case(sample: str) -> None:
    """A callback: show the page of an image."""
    st.session_state[IMAGE] = sample


def close_case() -> None:
    """A callback: show none."""
    st.session_state.pop(IMAGE, None)
    st.query_params.pop(ADDRESS, None)
