"""Uploads go to the disk while they arrive, once Streamlit has let the request in, and never without a limit."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pages.kit.uploads import streamed, waiting
from pages.kit.uploads.streamed import Uploads
from riskcore.workspace import Workspace

ADDRESS = "/base/_stcore/upload_file/session/one"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("RISKCORE_HOME", str(tmp_path / "home"))
    yield Workspace(tmp_path / "home")
    waiting.forget("one")


def lying(here: Workspace) -> list[Path]:
    return sorted(here.uploads.iterdir()) if here.uploads.exists() else []


def multipart(name: str, content: bytes) -> bytes:
    head = f'--mark\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
    return head.encode() + b"Content-Type: application/zip\r\n\r\n" + content + b"\r\n--mark--\r\n"


class Sent:
    """What the server behind the middleware saw of a request, and what came back."""

    def __init__(self, method: str = "PUT", refuses: bool = False, boundary: str = "mark") -> None:
        self.method, self.refuses, self.boundary = method, refuses, boundary
        self.files: dict[str, bytes] = {}
        self.status = 0

    async def _answer(self, request: Request) -> Response:
        if self.refuses:
            raise HTTPException(403)
        if request.method == "PUT":
            assert "content-length" not in request.headers
            async with request.form() as form:
                for each in form.values():
                    assert not isinstance(each, str)
                    self.files[str(each.filename)] = await each.read()
        return Response(status_code=204)

    def __call__(self, *blocks: bytes, breaks_off: bool = False) -> "Sent":
        route = Route("/base/_stcore/upload_file/{session}/{file}", self._answer, methods=["PUT", "DELETE"])
        app: Any = Uploads(Starlette(routes=[route]))
        kind = f"multipart/form-data; boundary={self.boundary}"
        headers = [(b"content-type", kind.encode()), (b"content-length", b"99999999999")]
        scope = {
            "type": "http", "method": self.method, "path": ADDRESS, "raw_path": ADDRESS.encode(), "query_string": b"",
            "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": "",
        }  # fmt: skip
        messages = [{"type": "http.request", "body": block, "more_body": True} for block in blocks]
        if breaks_off or not messages:
            messages.append({"type": "http.disconnect"})
        else:
            messages[-1]["more_body"] = False

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]

        # In a thread of its own: in this one, a browser of other tests may keep a loop running.
        with ThreadPoolExecutor(1) as thread, pytest.raises(ClientDisconnect) if breaks_off else nullcontext():
            thread.submit(asyncio.run, app(scope, receive, send)).result()
        return self


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
@pytest.mark.parametrize("name", ["skin.zip", "Größe.ZIP", "skin/benign/1.png"])
def test_a_large_file_goes_to_the_disk_whatever_the_blocks(here: Workspace, name: str, size: int) -> None:
    content = bytes(range(256)) * 20 + b"\r\n--mark\r\n--mar"[: 16 if size > 1 else 0].replace(b"--mark", b"--marc")
    body = multipart(name, content)
    sent = Sent()(*(body[start : start + size] for start in range(0, len(body), size)))
    assert sent.status == 204
    assert sent.files == {name: b""}  # Streamlit holds nothing
    (path,) = lying(here)
    assert path.name.startswith(".tmp-")
    assert path.read_bytes() == content
    Sent("DELETE")()
    assert lying(here) == []


@pytest.mark.parametrize("size", [1, 50, 10**6])
def test_other_files_pass_as_they_are(here: Workspace, size: int) -> None:
    body = multipart("image.png", b"\x89PNG" * 99)
    sent = Sent()(*(body[start : start + size] for start in range(0, len(body), size)))
    assert (sent.status, sent.files) == (204, {"image.png": b"\x89PNG" * 99})
    assert lying(here) == []


def test_what_streamlit_refuses_is_not_written(here: Workspace) -> None:
    assert Sent(refuses=True)(multipart("skin.zip", b"x" * 999)).status == 403
    assert lying(here) == []


def test_a_file_taken_back_without_leave_stays(here: Workspace) -> None:
    Sent()(multipart("skin.zip", b"x"))
    Sent("DELETE", refuses=True)()
    assert len(lying(here)) == 1


def test_an_upload_that_breaks_off_leaves_nothing(here: Workspace) -> None:
    Sent()(multipart("skin.zip", b"x" * 999)[:500], breaks_off=True)
    assert lying(here) == []


def test_more_than_the_limit_is_refused_while_it_arrives(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "MOST_GIB", 1 / 2**20)  # a kibibyte
    body = multipart("skin.zip", bytes(5000))
    assert Sent()(*(body[start : start + 100] for start in range(0, len(body), 100))).status == 413
    assert lying(here) == []


def test_a_workspace_that_cannot_be_written_is_refused(here: Workspace) -> None:
    here.root.write_text("no folder")
    assert Sent()(multipart("skin.zip", b"x")).status == 507


@pytest.mark.parametrize("body", [b"nothing of a form", b"--mark\r\nno header\r\n\r\nx"])
def test_what_is_no_form_is_refused(here: Workspace, body: bytes) -> None:
    assert Sent()(body).status == 400
    assert lying(here) == []


def test_two_files_in_one_are_refused(here: Workspace) -> None:
    two = (
        multipart("a.zip", b"1").removesuffix(b"--\r\n")
        + b"\r\n"
        + multipart("b.zip", b"2").removeprefix(b"--mark\r\n")
    )
    assert Sent()(two).status == 400
    assert lying(here) == []


def test_a_second_upload_takes_the_place_of_the_first(here: Workspace) -> None:
    Sent()(multipart("skin.zip", b"1"))
    Sent()(multipart("skin.zip", b"2"))
    (path,) = lying(here)
    assert path.read_bytes() == b"2"
