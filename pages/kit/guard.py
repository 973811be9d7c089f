"""What stands before the server: requests of foreign names and pages are refused, and no page may frame a screen."""

import sys
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from riskcore.errors import InputError
from riskcore.hosts import EXPOSE, LOOPBACK, allowed_hosts, check_address, is_loopback, may_ask

HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Of every answer: no page may frame it, and no foreign page may load it as a script, an image or the like."""

REFUSED = b"Refused: this server does not answer to that name, or to pages of others; see --allow-host.\n"


class Guard:
    """ASGI middleware that judges every HTTP request and web socket by its Host and Origin.

    Streamlit itself looks at Host for web sockets only, and lets in pages of every port of this machine.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        """`hosts`: from `riskcore.hosts.allowed_hosts`."""
        self._app = app
        self._hosts = tuple(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on and add `HEADERS` to its answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not self._allows(scope["headers"]):
            await _refuse(scope["type"], send)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _allows(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        host, origin = ([value.decode("latin-1") for key, value in headers if key == name] for name in _JUDGED)
        if len(host) != 1 or len(origin) > 1:
            return False
        return may_ask(host[0], origin[0] if origin else None, self._hosts)


_JUDGED = (b"host", b"origin")


def check_settings(hosts: Sequence[str], exposed: bool) -> None:
    """Refuse settings under which others get in, wherever they were made: option, environment or file.

    Args:
        hosts: from `riskcore.hosts.allowed_hosts`.
        exposed: whether `--expose-without-sign-in` was given.

    Raises:
        InputError: with what to change. What is allowed and yet lets others in is said on stderr.
    """
    address = config.get_option("server.address")
    check_address(address, hosts, exposed)
    for name, what in (("server.enableXsrfProtection", "forged requests"), ("server.enableCORS", "foreign pages")):
        if not config.get_option(name):
            raise InputError(f"{name} is off ({config.get_where_defined(name)}), which lets in {what}; leave it on.")
    if not is_loopback(address):
        print(
            f"Warning: whoever reaches {address or 'this machine'} on port {config.get_option('server.port')} sees "
            f"every image and can delete runs, as there is no sign-in ({EXPOSE}).",
            file=sys.stderr,
        )


def is_private() -> bool:
    """Whether the server is for this machine alone: it listens here, and no other name (of a proxy, say) is allowed."""
    names = allowed_hosts(config.get_option("server.allowedHosts"))
    return is_loopback(config.get_option("server.address")) and set(names) == set(LOOPBACK)


async def _refuse(kind: str, send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the browser gets a 403
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(REFUSED)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": REFUSED})


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return sent
