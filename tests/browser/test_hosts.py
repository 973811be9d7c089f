"""Foreign pages in a real browser: none gets a screen, by a name pointed at this machine, in a frame or by a socket."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.browsers import settle
from tests.helpers.servers import Server


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard, which also answers to a name of its own."""
    server = Server(tmp_path_factory.mktemp("hosts") / "home", {"RISKCORE_ALLOWED_HOSTS": "lab.example"})
    yield server
    server.kill()


@pytest.fixture
def foreign(page: Page) -> Iterator[Callable[[str], Page]]:
    """Opens a page of another port of this machine, with this content.

    A real server: the browser itself keeps what Playwright makes up away from this machine.
    """
    content = ""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>foreign</title>{content}".encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    other = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=other.serve_forever, daemon=True).start()

    def opened(text: str) -> Page:
        nonlocal content
        content = text
        page.goto(f"http://localhost:{other.server_port}/")
        return page

    yield opened
    other.shutdown()
    other.server_close()


@pytest.mark.parametrize("path", ["", "predict"])
def test_a_name_pointed_at_this_machine_gets_no_screen(server: Server, page: Page, path: str) -> None:
    answer = page.goto(f"http://evil.example:{server.port}/{path}")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("body")).to_contain_text("Refused: this server does not answer to that name")
    expect(page.locator("h1")).to_have_count(0)


@pytest.mark.parametrize("name", ["lab.example", "localhost"])
def test_its_own_names_get_the_screens(server: Server, page: Page, name: str) -> None:
    page.goto(f"http://{name}:{server.port}/predict")
    settle(page)
    expect(page.locator("h1")).to_have_text("Predict")


def test_a_foreign_page_frames_nothing(server: Server, foreign: Callable[[str], Page]) -> None:
    page = foreign(f"<iframe src='{server.address}/predict' onload='document.title = 1'></iframe>")
    expect(page).to_have_title("1", timeout=20_000)
    (inside,) = (frame for frame in page.frames if frame.parent_frame is not None)
    assert inside.url.startswith("chrome-error:")
    page.wait_for_timeout(2000)
    assert inside.locator("[data-testid=stApp]").count() == 0


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_foreign_page_opens_no_web_socket_and_reads_nothing(
    server: Server, foreign: Callable[[str], Page], name: str
) -> None:
    page = foreign("")
    opened = """address => new Promise(resolve => {
        const socket = new WebSocket(address, ["streamlit"]);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
    })"""
    assert page.evaluate(opened, f"ws://{name}:{server.port}/_stcore/stream") == "refused"
    read = "address => fetch(address, {mode: 'no-cors'}).then(() => 'answered', () => 'refused')"
    assert page.evaluate(read, f"http://{name}:{server.port}/_stcore/health") == "refused"
