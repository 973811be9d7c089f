"""The command line as a user has it: a real process, a workspace of its own, and one small protocol trained once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from tests.helpers.cli_inputs import PROTOCOL, TRAINING
from tests.helpers.command_line import CommandLine


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
