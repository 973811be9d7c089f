"""Screens without a browser: the whole app, run for one address over a workspace."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pages import SCREENS
from riskcore.workspace import Workspace

APP = Path(__file__).parents[2] / "app.py"

Open = Callable[..., AppTest]
"""`open_screen(name, workspace, **query parameters)`."""


class _Pages(PagesManager):
    """As `app.py` starts the server: files under pages/ are no addresses of their own."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        PagesManager.uses_pages_directory = False
        super().__init__(*arguments, **settings)


patch("streamlit.testing.v1.app_test.PagesManager", _Pages).start()  # for as long as the process lives


def opened(name: str, workspace: Workspace, **parameters: str) -> AppTest:
    """A screen by its name, run once; RISKCORE_HOME stays at its workspace."""
    os.environ["RISKCORE_HOME"] = str(workspace.root)
    screen = AppTest.from_file(APP, default_timeout=60)
    # AppTest switches to files only; a screen that is a function is known by the hash of its address.
    screen._page_hash = calc_hash(next(known.path for known in SCREENS if known.name == name))
    for name, value in parameters.items():
        screen.query_params[name] = value
    return screen.run()


def texts(screen: AppTest) -> str:
    """All that a screen says in words."""
    kinds = (screen.title, screen.header, screen.subheader, screen.markdown, screen.caption)
    kinds += (screen.info, screen.warning, screen.error, screen.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def errors(screen: AppTest) -> list[str]:
    """The error lines as they read once markdown has drawn them."""
    return [str(error.value).replace("\\", "") for error in screen.error]
