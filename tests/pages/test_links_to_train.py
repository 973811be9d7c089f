"""Links to Train carry data set and matrix: nobody trains on what he did not name."""

import ast
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import pages
from riskcore.jobs.pairing import data_for
from riskcore.workspace import Workspace
from tests.helpers.screens import Open

PAGES = Path(pages.__file__).parent


def to_train(screen: AppTest) -> list[dict[str, list[str]]]:
    """The addresses of all links to Train on a screen."""
    assert not screen.exception
    found = [element.proto for element in screen.get("page_link")]
    return [parse_qs(link.query_string) for link in found if link.page == "train"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("overview", {}),
        ("datasets", {"dataset": "patches"}),
        ("severity", {"severity_matrix": "patches"}),
        ("severity", {}),
        ("runs", {}),
        ("compare", {}),
        ("predict", {}),
    ],
    ids=str,
)
def test_every_link_names_both(name: str, parameters: dict[str, str], open_screen: Open, workspace: Workspace) -> None:
    for address in to_train(open_screen(name, workspace, **parameters)):
        assert address.keys() >= {"train_data", "train_matrix"}
        assert address["train_data"][0] in data_for(workspace, address["train_matrix"][0])


def test_the_empty_screens_lead_to_train(open_screen: Open, workspace: Workspace) -> None:
    """So that the walk above has links to look at."""
    for name in ("runs", "compare", "predict"):
        assert to_train(open_screen(name, workspace))


@pytest.mark.parametrize("name", ["runs", "compare", "overview", "severity"])
def test_links_beside_runs_name_both(name: str, open_screen: Open, full: Workspace) -> None:
    for address in to_train(open_screen(name, full)):
        assert (address["train_data"], address["train_matrix"]) == (["patches"], ["patches"])


def test_links_are_made_in_one_place() -> None:
    """`pages.kit.links` completes what a link does not name, so no screen may go around it."""
    calls = {
        (path.name, node.func.attr)
        for path in PAGES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("page_link", "switch_page")
    }
    assert calls == {("links.py", "page_link"), ("links.py", "switch_page")}
