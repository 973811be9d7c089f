"""Every screen answers at its address, through app.py."""

import gc
import subprocess
import sys

import pytest

from pages import SCREENS
from riskcore.formats import RESEARCH_USE
from riskcore.workspace import Workspace
from tests.helpers.screens import APP, Open


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_screen_opens_on_an_empty_workspace_and_says_that_it_is_for_research(
    screen, open_screen: Open, empty: Workspace
) -> None:
    shown = open_screen(screen.name, empty)
    assert not shown.error
    assert [title.value for title in shown.title] == [screen.title]
    assert any(RESEARCH_USE in html.proto.body for html in shown.get("html"))


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_screen_opens_on_a_full_workspace(screen, open_screen: Open, full: Workspace) -> None:
    shown = open_screen(screen.name, full)
    assert not shown.error
    assert [title.value for title in shown.title] == [screen.title]


def test_the_heading_does_not_wait_for_the_engine() -> None:
    heavy = {"numpy", "pandas", "scipy", "pydantic", "torch"}
    code = f"import sys, pages.kit.frame, pages.kit.links; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=APP.parent, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_screens_load_is_not_searched_for_garbage_after_each_script(open_screen: Open, empty: Workspace) -> None:
    for screen in SCREENS:
        open_screen(screen.name, empty)
    assert gc.get_freeze_count() > 100_000
