"""riskcore app: the dashboard, on this machine only unless more is asked for in words."""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import workspace
from riskcore.errors import InputError, RunError
from riskcore.hosts import EXPOSE, VARIABLE, allowed_hosts, check_address
from riskcore.jobs.lifeline import tied_child

ADDRESS = "127.0.0.1"


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8501,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"A name that browsers may use for it; repeatable, also {VARIABLE}."),
    ] = None,
    address: Annotated[str, typer.Option(help=f"Where to listen; beyond this machine only with {EXPOSE}.")] = ADDRESS,
    exposed: Annotated[
        bool, typer.Option(EXPOSE, help="Let others reach it: there is no sign-in, they see and delete all.")
    ] = False,
) -> None:
    """Open the dashboard on 127.0.0.1; Ctrl+C ends it, and runs go on without it."""
    hosts = allowed_hosts(allow_host or ())
    check_address(address, hosts, exposed)
    _refuse_taken(address, port)
    command = [sys.executable, str(script()), "--server.address", address, "--server.port", str(port)]
    command += [part for name in hosts for part in ("--allow-host", name)] + [EXPOSE] * exposed
    # A process of its own, so that the engine never imports the dashboard's libraries; killed, this one takes it along,
    # since it would hold the port.
    with tied_child(command, {**os.environ, "RISKCORE_HOME": str(workspace().root)}) as server:
        # Ended by a service manager, say, it lets the server end in order.
        signal.signal(signal.SIGTERM, lambda number, frame: server.terminate())
        try:
            code = server.wait()
        except KeyboardInterrupt:  # the server got it too and is ending
            code = server.wait()
    if code == 2:  # it refused its settings, and has said so
        raise typer.Exit(2)
    if code > 0:
        raise RunError(f"The dashboard's server ended with code {code}; what it printed says why.")


def script() -> Path:
    """The dashboard's entry: inside the installed package, or beside it in a checkout.

    Raises:
        InputError: neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "dashboard", package.parent):
        if (folder / "app.py").is_file() and (folder / "pages").is_dir():
            return folder / "app.py"
    raise InputError("The dashboard's files are not installed; install riskcore from its wheel or a full checkout.")


def _refuse_taken(address: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError as error:
            shown = f"port {port}" if address == ADDRESS else f"port {port} of {address}"
            raise InputError(f"{shown} cannot be used ({error.strerror}); choose another with --port.") from error
