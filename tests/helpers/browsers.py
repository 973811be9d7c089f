"""A real browser that reaches nothing but this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

ARGUMENTS = (
    "--no-sandbox",  # containers run tests as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # a foreign name that has been pointed at this machine
)


def chromium() -> str | None:
    """Path of Debian's Chromium, if it is installed."""
    return shutil.which("chromium")


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, **settings: Any) -> Iterator[Page]:
    """A page of a fresh visitor; a script error on it fails the test. `settings`: of the browser's context."""
    context = browser.new_context(**settings)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    context.close()
    assert not faults


def settle(page: Page, seconds: float = 60) -> None:
    """Wait until the screen has its heading, its script has ended and its widgets are there."""
    page.locator("h1").first.wait_for(timeout=1000 * seconds)
    # The class is set a moment after a click: a script that has not begun must not pass for one that has ended.
    page.wait_for_timeout(300)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=1000 * seconds)
    # Widgets whose code the browser has yet to load are grey bars, which take no keys.
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=1000 * seconds)


def unroll(page: Page) -> None:
    """Make the window as high as the screen, so that all of it is in sight."""
    assert page.viewport_size is not None
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({**page.viewport_size, "height": max(page.viewport_size["height"], height)})
