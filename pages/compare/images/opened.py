"""Which image's page is open: in the session for clicks, in the address for links."""

import streamlit as st

from pages.compare.keys import IMAGE, IMAGES, OF, TAB

ADDRESS = "compare_case"
_WRITTEN = "compare_case_written"
"""What was written into the address last: one that differs is another link, or was left behind on another screen."""


def opened() -> str | None:
    """Name of the image (sample) whose page is to be shown; None while none is."""
    asked, written = st.query_params.get(ADDRESS), st.session_state.get(_WRITTEN)
    if asked != written and st.session_state.get(IMAGE) == written:  # nothing was clicked meanwhile
        st.session_state[IMAGE] = asked
    sample: str | None = st.session_state.get(IMAGE)
    st.session_state[_WRITTEN] = sample
    if sample is not None:
        st.query_params[ADDRESS] = sample
    return sample


def open_case(sample: str, of: str | None = None) -> None:
    """A callback: show the page of an image; `of`: id of the run that is then looked at, among its images."""
    st.session_state[IMAGE] = sample
    if of is not None:
        st.session_state[OF], st.session_state[TAB] = of, IMAGES


def close_case() -> None:
    """A callback: show none."""
    st.session_state.pop(IMAGE, None)
    st.query_params.pop(ADDRESS, None)
