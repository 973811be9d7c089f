"""The guard in front of the server: what it lets through, what it refuses, and what it adds to every answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit import config

from pages.kit.guard import Guard, check_settings
from riskcore.errors import InputError
from riskcore.hosts import LOOPBACK

FRAMES = {
    b"content-security-policy": b"frame-ancestors 'none'",
    b"x-frame-options": b"DENY",
    b"cross-origin-resource-policy": b"same-origin",
}
OWN = ((b"host", b"localhost:8501"), (b"origin", b"http://localhost:8501"))


async def _behind(scope: Any, receive: Any, send: Any) -> None:
    """A server that answers everything."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": b"screens"})


def answers(kind: str, *headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
    """All that the guarded server sends."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = Guard(_behind, LOOPBACK)({"type": kind, "headers": headers}, None, send)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as thread:  # in this one, a browser of other tests may keep a loop running
        thread.submit(asyncio.run, guarded).result()
    return sent


def test_a_request_of_its_own_page_is_answered_and_may_not_be_framed() -> None:
    start, body = answers("http", *OWN)
    assert (start["status"], body["body"]) == (200, b"screens")
    assert dict(start["headers"]) == {b"x-own": b"1", **FRAMES}
    assert answers("websocket", *OWN) == [{"type": "websocket.accept"}]


FOREIGN = [
    (),
    ((b"host", b"evil.example:8501"),),
    ((b"host", b"evil.example:8501"), (b"origin", b"http://evil.example:8501")),
    ((b"host", b"localhost:8501"), (b"origin", b"http://localhost:9999")),
    ((b"host", b"localhost:8501"), (b"host", b"evil.example")),
    (*OWN, (b"origin", b"http://evil.example")),
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_one_is_refused(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    start, body = answers("http", *headers)
    assert start["status"] == 403
    assert b"screens" not in body["body"]
    assert FRAMES.items() <= dict(start["headers"]).items()
    assert answers("websocket", *headers) == [{"type": "websocket.close", "code": 1008}]


SAFE = {
    "server.address": "127.0.0.1",
    "server.port": 8501,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Streamlit would say its settings are."""
    values = dict(SAFE)
    monkeypatch.setattr(config, "get_option", values.get)
    monkeypatch.setattr(config, "get_where_defined", lambda name: "environment variable")
    return values


def test_safe_settings_pass_without_a_word(settings: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    check_settings(LOOPBACK, exposed=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["server.enableXsrfProtection", "server.enableCORS"])
def test_a_protection_that_is_off_is_never_accepted(settings: dict[str, Any], name: str) -> None:
    settings[name] = False
    with pytest.raises(InputError, match=f"{name} is off .environment variable."):
        check_settings((*LOOPBACK, "lab.example"), exposed=True)


def test_an_address_that_others_reach_is_accepted_in_words_with_a_warning(
    settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    settings["server.address"] = "0.0.0.0"
    with pytest.raises(InputError, match=r"server\.address 0\.0\.0\.0"):
        check_settings((*LOOPBACK, "lab.example"), exposed=False)
    check_settings((*LOOPBACK, "lab.example"), exposed=True)
    assert capsys.readouterr().err.startswith("Warning: whoever reaches 0.0.0.0 on port 8501 sees every image")
