"""A button that copies the address of what is on the screen, to bookmark or to send."""

import streamlit as st

from pages.components.assets import asset_text

_BUTTON = st.components.v2.component(
    "riskcore_copy_link",
    html='<button type="button">Copy link</button><span role="status"></span>',
    css=asset_text("copy_link.css"),
    js=asset_text("copy_link.js"),
)


def copy_link() -> None:
    """Draw the button; a screen has one."""
    _BUTTON(key="copy_link", width="content")
