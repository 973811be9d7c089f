"""Links from screen to screen."""

from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from pages import SCREENS, Screen
from riskcore.workspace import Workspace


def screen_page(screen: Screen) -> "st.Page":
    """The screen as Streamlit's navigation takes it."""
    return st.Page(screen.show, title=screen.title, icon=screen.icon, url_path=screen.name, default=not screen.path)


def link_to(name: str, label: str, **parameters: str | list[str]) -> None:
    """A link to the screen of this name; parameters preset its controls, as a bookmark does, those of several a list.

    One to Train always names data set and matrix: what is not given is the first that fits.
    """
    screen = _named(name)
    st.page_link(screen_page(screen), label=label, icon=screen.icon, query_params=_completed(name, parameters))


def go_to(name: str, **parameters: str) -> NoReturn:
    """Show the screen of this name now; parameters as for `link_to`. Not for callbacks."""
    st.switch_page(screen_page(_named(name)), query_params=_completed(name, parameters))


def _completed(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    if name != "train":
        return dict(parameters)
    from riskcore.jobs.pairing import pair  # not at the top: the first heading waits for what is imported here

    keys = ("train_data", "train_matrix")
    found = pair(Workspace.default(), *map(parameters.get, keys))
    return dict(parameters) | {key: value for key, value in zip(keys, found, strict=True) if value is not None}


def _named(name: str) -> Screen:
    (screen,) = (screen for screen in SCREENS if screen.name == name)
    return screen
