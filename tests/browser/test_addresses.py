"""Every address, opened as the first request of a fresh server, goes through app.py."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pages import SCREENS
from riskcore.formats import RESEARCH_USE
from tests.helpers.browsers import settle
from tests.helpers.servers import Server


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_first_request(screen, serve: Callable[..., Server], page: Page, tmp_path: Path) -> None:
    page.goto(f"{serve(tmp_path / 'home').address}/{screen.path}")
    settle(page)
    expect(page.locator("h1")).to_have_text(screen.title)
    expect(page.get_by_text(RESEARCH_USE).first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)  # such as "Page not found"
    for other in SCREENS:  # the navigation is app.py's work
        expect(page.get_by_role("link", name=other.title).first).to_be_visible()
