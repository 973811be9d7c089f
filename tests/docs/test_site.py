"""The documentation builds strictly as a site, and the site loads nothing from elsewhere."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Loaded(HTMLParser):
    """What a browser fetches by itself when it opens a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            fetched = name in ("src", "srcset", "poster", "data") or (tag == "link" and name == "href")
            if value and fetched:
                self.addresses.append(value)


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text())
        assert loaded.addresses
        assert not [address for address in loaded.addresses if re.match(r"(https?:)?//", address)], page


def test_styles_load_nothing_from_elsewhere(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert not re.findall(r"(?:url\(|@import\s)[\"']?\s*(?:https?:)?//", sheet.read_text()), sheet


def test_the_four_kinds_of_pages_are_sections(site: Path) -> None:
    home = (site / "index.html").read_text()
    for kind in ("Tutorial", "How-to", "Reference", "Explanation"):
        assert re.search(rf">\s*{kind}\s*<", home), kind


def test_results_and_programs_are_not_on_the_site(site: Path) -> None:
    assert not (site / "results").exists()
    assert not list(site.rglob("*.py"))


def test_generated_parts_are_there(site: Path) -> None:
    assert "train.epochs" in (site / "settings" / "index.html").read_text()
    commands = (site / "command-line" / "index.html").read_text()
    assert "--critical-miss" in commands
    assert "<!-- commands" not in commands
    reference = (site / "api" / "index.html").read_text()
    answers = ("better_at_equal_accuracy", "at_chosen_dials")
    for name in ("SeverityMatrix", "RiskCalibratedLoss", "evaluate", "frontier", "Predictor", *answers):
        assert re.search(rf'id="riskcore[\w.]*\.{name}"', reference), name
