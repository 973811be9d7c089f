"""Zip files and files of folders go to the disk while they arrive: Streamlit itself would hold them in memory."""

import re
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.kit.uploads import waiting
from riskcore.data.arrivals.temporary import new_temporary
from riskcore.errors import RunError
from riskcore.workspace import Workspace

MOST_GIB = 4
"""Of one file; what is unpacked has the same limit (`riskcore.data.arrivals.zip_file.MOST_PACKED`)."""

_ADDRESS = re.compile(r"/_stcore/upload_file/[^/]+/(?P<id>[^/]+)$")


class Uploads:
    """ASGI middleware around Streamlit's uploads.

    Streamlit checks a request as ever (its token against forgery, its session) before it asks for the body. Then a zip
    file, or a file of a dropped folder, is written to the workspace, and Streamlit gets an empty file in its place,
    whose id `pages.kit.uploads.waiting` knows. Any other file passes through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        address = _ADDRESS.search(scope["path"]) if scope["type"] == "http" else None
        if address is None or scope["method"] not in ("PUT", "DELETE"):
            await self._app(scope, receive, send)
            return
        done = False

        async def noted(message: Message) -> None:
            nonlocal done
            if message["type"] == "http.response.start":
                done = message["status"] < 300
            await send(message)

        if scope["method"] == "DELETE":
            await self._app(scope, receive, noted)
            if done:
                waiting.forget(address["id"])
            return
        body = _Body(receive, _boundary(scope["headers"]))
        # Streamlit judges the size that is announced by the limit for files that it holds itself.
        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        try:
            await self._app({**scope, "headers": headers}, body.receive, noted)
        finally:
            body.close()
            if body.path is not None:
                waiting.wait(address["id"], body.path)
                if not done:
                    waiting.forget(address["id"])


def _boundary(headers: list[tuple[bytes, bytes]]) -> bytes:
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    return bytes(parse_options_header(kind)[1].get(b"boundary", b""))


class _Body:
    """The body of one upload, as it is or, if it goes to the disk, with an empty file in its place.

    Attributes:
        path: of the file on the disk, or None.
    """

    def __init__(self, receive: Receive, boundary: bytes) -> None:
        self.path: Path | None = None
        self._receive, self._boundary = receive, boundary
        self._passes = not boundary
        self._held: list[Message] = []  # until it is known what to do with them
        self._name, self._value, self._headers = b"", b"", list[tuple[bytes, bytes]]()
        self._file: BinaryIO | None = None
        self._blocks: list[bytes] = []
        self._size = 0
        self._known = False
        self._parser = None if self._passes else MultipartParser(
            boundary,
            {
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
            },
        )  # fmt: skip

    async def receive(self) -> Message:
        """The next message for Streamlit."""
        while not self._passes:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            more = bool(message.get("more_body", False))
            self._parse(message)
            if self._file is None:
                self._held.append(message)
                self._passes = self._known or not more
            elif not more:
                self.close()
                self._passes = True
                return {"type": "http.request", "body": self._empty(), "more_body": False}
        return self._held.pop(0) if self._held else await self._receive()

    def close(self) -> None:
        """Write no more; whoever has the path removes the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _parse(self, message: Message) -> None:
        assert self._parser is not None
        try:
            self._parser.write(message.get("body", b""))
        except ValueError:
            raise HTTPException(400, "The upload is not in the form that was announced.") from None
        self._size += sum(map(len, self._blocks))
        if self._size > MOST_GIB * 2**30:
            raise HTTPException(413, f"The file takes more than {MOST_GIB} GiB.")
        try:
            if self._file is not None:
                self._file.writelines(self._blocks)
        except OSError:
            raise HTTPException(507, "The disk is full.") from None
        self._blocks.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers.append((self._name.lower(), self._value))
        self._name = self._value = b""

    def _on_headers_finished(self) -> None:
        if self._known:
            raise HTTPException(400, "One file an upload is expected.")
        self._known = True
        given = dict(self._headers).get(b"content-disposition", b"")
        name = bytes(parse_options_header(given)[1].get(b"filename", b""))
        if name.lower().endswith(b".zip") or b"/" in name:
            try:
                self.path = new_temporary(Workspace.default())
                self._file = self.path.open("xb")
            except (OSError, RunError):
                self.path = None
                raise HTTPException(507, "The workspace cannot be written.") from None

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._blocks.append(data[start:end])

    def _empty(self) -> bytes:
        """The body of an upload with the same headers and no content."""
        lines = [b"--" + self._boundary, *(name + b": " + value for name, value in self._headers), b"", b""]
        return b"\r\n".join([*lines, b"--" + self._boundary + b"--", b""])
