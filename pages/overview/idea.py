"""What riskcore is about, as one drawing: matrix, training, caution, call."""

import streamlit as st

from pages.kit.assets import asset_text

# A component, since Streamlit's own elements either drop drawings or show them in colours that no theme reaches.
_DRAWING = st.components.v2.component(
    "riskcore_idea",
    html=asset_text("idea.svg"),
    css="svg { display: block; width: 100%; color: var(--st-text-color); font-family: var(--st-font); }",
)


def idea() -> None:
    """Draw it."""
    _DRAWING(key="idea")
