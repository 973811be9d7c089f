"""The dashboard in a real browser: Debian's Chromium, driven by Playwright."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from riskcore.workspace import Workspace
from tests.helpers.browsers import chromium, launched, visiting
from tests.helpers.furnished import furnish
from tests.helpers.servers import Server

expect.set_options(timeout=30_000)  # ms: what appears is asked here, not how soon on a busy machine


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
    with visiting(browser, viewport={"width": 1280, "height": 720}) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield page


@pytest.fixture(scope="session")
def furnished(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard over a workspace in which every panel has something to show; no test may change it."""
    folder = tmp_path_factory.mktemp("furnished")
    furnish(Workspace(folder / "home"), folder / "images")
    server = Server(folder / "home", {"RISKCORE_DATA_ROOTS": str(folder / "images")})
    yield server
    server.kill()
    assert "Traceback" not in server.log


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
