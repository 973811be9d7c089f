"""Links from screen to screen."""

from typing import NoReturn

import streamlit as st

from pages import SCREENS, Screen


def screen_page(screen: Screen) -> "st.Page":
    """The screen as Streamlit's navigation takes it."""
    return st.Page(screen.show, title=screen.title, icon=screen.icon, url_path=screen.path, default=screen.default)


def link_to(path: str, label: str, **parameters: str) -> None:
    """A link to the screen with this address; parameters preset its controls, as a bookmark does."""
    screen = _at(path)
    st.page_link(screen_page(screen), label=label, icon=screen.icon, query_params=parameters)


def go_to(path: str, **parameters: str) -> NoReturn:
    """Show the screen with this address now; parameters as for `link_to`. Not for callbacks."""
    st.switch_page(screen_page(_at(path)), query_params=parameters)


def _at(path: str) -> Screen:
    (screen,) = (screen for screen in SCREENS if screen.path == path)
    return screen
