"""The wheel: engine and dashboard inside one package, usable without a checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.helpers.servers import Server

ROOT = Path(__file__).parents[1]
CARRIED = ("app.py", "pages", "assets", ".streamlit")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation of the wheel puts into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    subprocess.run([*command, "-w", str(folder), str(ROOT)], check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("riskcore-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def test_it_carries_every_file_of_the_dashboard(unpacked: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", *CARRIED], cwd=ROOT, capture_output=True, text=True, check=True)
    names = tracked.stdout.split()
    assert len(names) > 20
    assert [name for name in names if not (unpacked / "riskcore" / "dashboard" / name).is_file()] == []


def test_riskcore_app_starts_from_it(unpacked: Path, tmp_path: Path) -> None:
    code = "import riskcore.cli.dashboard as d; print(d.script())"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()) == unpacked / "riskcore" / "dashboard" / "app.py"
    server = Server(tmp_path / "home", {"PYTHONPATH": str(unpacked)})
    server.kill()
    assert f"http://127.0.0.1:{server.port}" in server.log
    assert "Traceback" not in server.log
