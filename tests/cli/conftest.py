"""The command line as a user has it: a real process, a workspace of its own, and one small protocol trained once."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.workspace import Workspace
from tests.helpers.cli_inputs import PROTOCOL, TRAINING


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


@pytest.fixture
def riskcore(tmp_path: Path) -> CommandLine:
    """The command line over an empty workspace."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def config(riskcore, synthetic: Path, tmp_path: Path) -> Path:
    """A training file, and the data set that it names."""
    save_dataset(riskcore.workspace, register("toy", synthetic))
    path = tmp_path / "train.yaml"
    path.write_text(TRAINING)
    return path


@dataclass(frozen=True)
class Trained:
    """A workspace in which the protocol has been reproduced: two folds of two losses on synthetic images."""

    riskcore: CommandLine
    images: Path
    protocol: Path
    output: Path
    baseline: str
    other: str

    @property
    def run(self) -> str:
        """A run of the other loss."""
        return self.riskcore.json("runs", "list")[0]["id"]


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 small synthetic images of five classes, with groups and subgroups."""
    return write_synthetic(tmp_path_factory.mktemp("images"), images=150, size=32).parent


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, synthetic: Path) -> Trained:
    """To be read only; tests that change runs make their own."""
    folder = tmp_path_factory.mktemp("trained")
    command = CommandLine(folder / "home")
    save_dataset(command.workspace, register("toy", synthetic))
    protocol, output = folder / "protocol.yaml", folder / "output"
    protocol.write_text(PROTOCOL)
    command("reproduce", protocol, "-o", output)
    pools = {row["loss"]: row["pool"] for row in command.json("runs", "list", "--pools")}
    return Trained(command, synthetic, protocol, output, pools["ce"], pools["log_harm s=3"])
