"""riskcore app: the dashboard, on this machine only."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.output import note, workspace
from riskcore.errors import InputError, RunError

ADDRESS = "127.0.0.1"


def dashboard(port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8501) -> None:
    """Open the dashboard on 127.0.0.1; Ctrl+C ends it, and runs go on without it."""
    _refuse_taken(port)
    note(f"The dashboard: http://{ADDRESS}:{port} (workspace {workspace().root}); Ctrl+C ends it.")
    command = [sys.executable, str(script()), "--server.address", ADDRESS, "--server.port", str(port)]
    # A process of its own, so that the engine never imports the dashboard's libraries.
    server = subprocess.Popen(command, env={**os.environ, "RISKCORE_HOME": str(workspace().root)})
    # Ended by a service manager, say, it takes the server along, which would hold the port.
    signal.signal(signal.SIGTERM, lambda number, frame: server.terminate())
    try:
        code = server.wait()
    except KeyboardInterrupt:  # the server got it too and is ending
        code = server.wait()
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


def _refuse_taken(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((ADDRESS, port))
        except OSError as error:
            raise InputError(f"port {port} cannot be used ({error.strerror}); choose another with --port.") from error
