"""Screens without a browser: the whole app, run for one address over a workspace of its own."""

from pathlib import Path
from typing import Any

import pytest
from made_workspace import fill
from screens import Open
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from riskcore.workspace import Workspace


class _Pages(PagesManager):
    """As `app.py` starts the server: files under pages/ are no addresses of their own."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        PagesManager.uses_pages_directory = False
        super().__init__(*arguments, **settings)


APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def open_screen(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a screen by its address, with query parameters, over a workspace; no screen may show a traceback."""

    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", _Pages)

    def open_screen(path: str, workspace: Workspace, **parameters: str) -> AppTest:
        monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
        screen = AppTest.from_file(APP, default_timeout=30)
        # AppTest switches to files only; a screen that is a function is known by the hash of its address.
        screen._page_hash = calc_hash(path)
        for name, value in parameters.items():
            screen.query_params[name] = value
        screen.run()
        assert not screen.exception
        return screen

    return open_screen


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """A workspace in which nothing is."""
    return Workspace(tmp_path / "empty")


@pytest.fixture
def full(workspace: Workspace) -> Workspace:
    """The patches with finished pools and runs in other states."""
    fill(workspace)
    return workspace
