"""What tests of screens are given."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.workspace import Workspace
from tests.helpers.made_workspace import fill
from tests.helpers.screens import Open, opened


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """AppTest leaves its script behind as `__main__`, which processes spawned later would then start with."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def open_screen(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a screen by its name, with query parameters, over a workspace; no screen may show a traceback."""

    def open_screen(name: str, workspace: Workspace, **parameters: str) -> AppTest:
        monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))  # and back after the test
        screen = opened(name, workspace, **parameters)
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
