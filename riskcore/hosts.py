"""Who may ask the dashboard: the names it answers to, pages that may open it, and addresses it may listen on.

There is no sign-in, so a foreign page must not get in through the browser of the one who runs the server. A page that
has its own name point at this machine (DNS rebinding) sends that name as Host; a page on another port sends its Origin.
"""

import ipaddress
import os
import re
from collections.abc import Iterable

from riskcore.errors import InputError

VARIABLE = "RISKCORE_ALLOWED_HOSTS"
"""Names that the dashboard answers to beside those of this machine, joined by commas."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names that always mean this machine."""

EXPOSE = "--expose-without-sign-in"
"""The option that lets the dashboard listen on another address than this machine's own."""

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


def allowed_hosts(named: Iterable[str] = ()) -> tuple[str, ...]:
    """The names that the dashboard answers to: this machine's, those given, and those of `RISKCORE_ALLOWED_HOSTS`.

    Args:
        named: host names or addresses without a port; wildcards are none.

    Raises:
        InputError: one is no host name.

    Example:
        >>> allowed_hosts(["Lab.Example"])
        ('127.0.0.1', 'localhost', '::1', 'lab.example')
        >>> allowed_hosts(["*"])
        Traceback (most recent call last):
        riskcore.errors.InputError: '*' is no host name; write it without scheme, port, path and wildcard.
    """
    wanted = [*named, *filter(None, (name.strip() for name in os.environ.get(VARIABLE, "").split(",")))]
    return tuple(dict.fromkeys([*LOOPBACK, *map(_checked, wanted)]))


def check_address(address: str | None, hosts: Iterable[str], exposed: bool) -> None:
    """Refuse to listen beyond this machine, unless that has been asked for in words.

    Args:
        address: where the server would listen; None: everywhere.
        hosts: from `allowed_hosts`.
        exposed: whether `--expose-without-sign-in` was given.

    Raises:
        InputError: others could reach the address and that was not asked for, or no name was given for them to use.

    Example:
        >>> check_address("127.0.0.1", LOOPBACK, exposed=False)
        >>> check_address("0.0.0.0", LOOPBACK, exposed=False)
        Traceback (most recent call last):
        riskcore.errors.InputError: server.address 0.0.0.0 is not this machine's own (127.0.0.1): ...
    """
    if is_loopback(address):
        return
    shown = address or "of every network"
    if not exposed:
        raise InputError(
            f"server.address {shown} is not this machine's own (127.0.0.1): there is no sign-in, so whoever reaches "
            f"it sees and deletes all. Forward the port with ssh instead, or say {EXPOSE}."
        )
    if set(hosts) <= set(LOOPBACK):
        raise InputError(f"name what browsers call server.address {shown}, with --allow-host NAME or {VARIABLE}.")


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches an address.

    Example:
        >>> [is_loopback(each) for each in ("127.0.0.2", "::1", "localhost", "::", "192.0.2.1", None)]
        [True, True, True, False, False, False]
    """
    if address in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def may_ask(host: str | None, origin: str | None, hosts: Iterable[str]) -> bool:
    """Whether a request is from a page of this server, or from no page.

    Args:
        host, origin: headers of the request; None where it has none.
        hosts: from `allowed_hosts`. The port is the browser's affair, as it differs behind a forwarded port.

    Example:
        >>> may_ask("localhost:8501", "http://localhost:8501", LOOPBACK)
        True
        >>> may_ask("localhost:8501", "http://localhost:9999", LOOPBACK)
        False
        >>> may_ask("evil.example:8501", "http://evil.example:8501", LOOPBACK)
        False
    """
    split = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(:[0-9]{1,5})?", (host or "").lower())
    if split is None or split[1].strip("[]").removesuffix(".") not in hosts:
        return False
    return origin is None or origin.lower() in (f"http://{split[0]}", f"https://{split[0]}")


def _checked(name: str) -> str:
    text = name.strip().lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        if not _NAME.fullmatch(text):
            shown = repr(name[:60])
            raise InputError(f"{shown} is no host name; write it without scheme, port, path and wildcard.") from None
        return text
