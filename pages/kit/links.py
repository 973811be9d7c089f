"""Links from screen to screen."""

from typing import NoReturn

import streamlit as st

from pages import SCREENS, Screen


def screen_page(screen: Screen) -> "st.Page":
    """The screen as Streamlit's navigation takes it."""
    return st.Page(screen.show, title=screen.title, icon=screen.icon, url_path=screen.name, default=not screen.path)


def link_to(name: str, label: str, **parameters: str) -> None:
    """A link to the screen of this name; parameters preset its controls, as a bookmark does."""
    screen = _named(name)
    st.page_link(screen_page(screen), label=label, icon=screen.icon, query_params=parameters)


def go_to(name: str, **parameters: str) -> NoReturn:
    """Show the screen of this name now; parameters as for `link_to`. Not for callbacks."""
    st.switch_page(screen_page(_named(name)), query_params=parameters)


def _named(name: str) -> Screen:
    (screen,) = (screen for screen in SCREENS if screen.name == name)
    return screen
