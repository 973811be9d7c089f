"""A button that copies the address of what is on the screen, to bookmark or to send."""

import streamlit as st

from pages.kit.assets import asset_text

_BUTTON = st.components.v2.component(
    "riskcore_copy_link",
    html='<button type="button">Copy link</button><span role="status"></span>',
    css=asset_text("copy_link.css"),
    # The button stands on every screen, and so brings along what the keyboard needs on each.
    js="\n".join(asset_text(f"{part}.js") for part in ("popover_focus", "copy_link")),
)


def copy_link() -> None:
    """Draw the button; a screen has one."""
    _BUTTON(key="copy_link", width="content")
