"""The dashboard in a real browser: Debian's Chromium, driven by Playwright."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsers import chromium, launched
from playwright.sync_api import Browser, Page
from servers import Server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; `make test` installs it where CI is true."""
    if chromium() is None:
        reason = "chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor on a small screen; a script error on the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    context.close()
    assert not faults


@pytest.fixture
def serve(browser: Browser) -> Iterator[Callable[..., Server]]:
    """Starts the dashboard over a workspace; ended after the test, and no screen may have failed meanwhile."""
    servers: list[Server] = []

    def serve(home: Path, **environment: str) -> Server:
        servers.append(Server(home, environment))
        return servers[-1]

    yield serve
    for server in servers:
        server.kill()
        assert "Traceback" not in server.log
