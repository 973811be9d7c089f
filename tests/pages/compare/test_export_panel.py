"""The export: what is made is about the page as it stands, and test cases that were not asked for stay out."""

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from riskcore.marks import mark
from riskcore.words.looks import FIRST, VALIDATION
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run


def panel() -> None:
    import streamlit as st

    from pages.compare.export_panel import export_panel
    from riskcore.decision.operating import Wish
    from tests.helpers.views import made_view

    export_panel(made_view(Wish(), st.session_state.get("part", "test")))


@pytest.fixture
def two(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RISKCORE_HOME", str(workspace.root))
    for loss in ("ce", "log_harm"):
        add_run(workspace, loss=loss, skill=0.8)
    return workspace


def made(part: str = "test") -> tuple[AppTest, str]:
    screen = AppTest.from_function(panel, default_timeout=60)
    screen.session_state["part"] = part
    screen.run()
    assert not screen.get("download_button")
    screen.button(key="compare_export_make").click().run()
    assert not screen.exception
    assert not screen.error
    _, content = screen.session_state["compare_export"]
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {"report.html", "figures/frontier.png", "figures/frontier.svg"} <= set(file.namelist())
        assert "tables/images-mistakes.csv" in file.namelist()
        return screen, file.read("report.html").decode()


def test_the_report_is_of_the_page_and_offered_until_that_changes(two: Workspace) -> None:
    screen, page = made()
    assert FIRST in page
    assert "Decision curve" in page
    (button,) = screen.get("download_button")
    assert button.proto.label == "Save the report (.zip)"
    screen.session_state["part"] = "validation"
    screen.run()
    assert not screen.get("download_button")


def test_a_mark_set_since_makes_the_report_an_old_one(two: Workspace) -> None:
    screen, _ = made()
    mark(two, "patches", "a.png")
    screen.run()
    assert not screen.get("download_button")


def test_on_validation_it_says_so_and_holds_no_answer(two: Workspace) -> None:
    _, page = made("validation")
    assert VALIDATION in page
    assert "test cases of" not in page
    assert "Accuracy on validation" in page
