"""The dashboard's real server, for tests in a browser and for scripts that look at it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

COMMAND = (sys.executable, "-c", "from riskcore.cli import main; main()", "app")
START_SECONDS = 60


class Server:
    """`riskcore app` over a workspace, on a free port of this machine; `kill` ends it as a crash would.

    `path`: what addresses begin with. `options`: more of the command's.
    """

    def __init__(
        self, home: Path, environment: Mapping[str, str] | None = None, path: str = "", options: Sequence[str] = ()
    ) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}{path}"
        self._environment = environment or {}
        self._options = options
        self.start()

    def start(self) -> None:
        """Start it (again) and wait until it answers."""
        settings = {**os.environ, "OMP_NUM_THREADS": "1", "STREAMLIT_SERVER_HEADLESS": "true"}
        settings |= {"RISKCORE_HOME": str(self.home), **self._environment}
        self.home.parent.mkdir(parents=True, exist_ok=True)
        self._log = self.home.parent / f"server-{self.port}.log"
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*COMMAND, "--port", str(self.port), *self._options],
                cwd=self.home.parent,
                env=settings,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, f"the server ended:\n{self.log}"
            assert time.monotonic() < deadline, f"the server does not answer:\n{self.log}"
            time.sleep(0.1)

    @property
    def log(self) -> str:
        """What it printed, the faults that screens caught among it."""
        return self._log.read_text()

    @property
    def group(self) -> int:
        """The id of its group of processes."""
        return os.getpgid(self._process.pid)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Ask the command alone to end, as a service manager does, or kill it alone, and wait until it has."""
        self._process.send_signal(by)
        self._process.wait(timeout=START_SECONDS)

    def interrupt(self) -> int:
        """Ctrl+C in its terminal; the exit code of the command."""
        os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(timeout=START_SECONDS)

    def kill(self) -> None:
        """End the command and its server at once, without a chance to tidy up; their workers live on."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
        return False
