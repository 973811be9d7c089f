"""The command line as a user has it: a real process with a workspace of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskcore.workspace import Workspace


@dataclass(frozen=True)
class CommandLine:
    """Runs `riskcore` in a process of its own with a workspace of its own."""

    home: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home)

    def __call__(self, *arguments: Any, code: int = 0, **environment: Any) -> subprocess.CompletedProcess[str]:
        """The finished process; its exit code must be `code`. No output may hold a traceback."""
        process = self.start(*arguments, **environment)
        try:
            stdout, stderr = process.communicate(timeout=240)
        finally:
            process.kill()
        assert process.returncode == code, f"exit code {process.returncode}\n{stdout}\n{stderr}"
        assert "Traceback" not in stdout + stderr
        return subprocess.CompletedProcess(process.args, code, stdout, stderr)

    def start(self, *arguments: Any, **environment: Any) -> subprocess.Popen[str]:
        """The process while it works."""
        # As in a terminal: where tests run in the background, children inherit that Ctrl-C is ignored.
        program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        command = [sys.executable, "-c", f"{program}; from riskcore.cli import main; main()", *map(str, arguments)]
        settings = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100", "RISKCORE_HOME": str(self.home)}
        settings |= {name: str(value) for name, value in environment.items()}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=settings, cwd=self.home.parent, stdout=pipe, stderr=pipe, text=True)

    def json(self, *arguments: Any, **environment: Any) -> Any:
        """The one JSON document that a command prints with --json; nothing else is on stdout."""
        return json.loads(self(*arguments, "--json", **environment).stdout)

    def error(self, *arguments: Any, code: int = 2, **environment: Any) -> str:
        """The one line on stderr of a command that fails, without its "Error: "."""
        lines = self(*arguments, code=code, **environment).stderr.splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("Error: ")
        return lines[0].removeprefix("Error: ")
