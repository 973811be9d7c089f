"""What people really have: each case is a shell script that feeds its files to riskcore and says PASS or FAIL.

The cases lie outside the repository; `RISKCORE_TEST_FIELD` names their folder, else they are skipped.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import CLASSES, write_synthetic
from riskcore.workspace import Workspace
from tests.helpers.made_workspace import add_run, make_usable

ROOT = Path(__file__).parents[2]
VARIABLE = "RISKCORE_TEST_FIELD"
FIELD = Path(os.environ.get(VARIABLE, "/nonexistent"))
CASES = sorted(FIELD.glob("cases/*/run.sh"))

SHOWN_BY_OUTPUT = {"35-dicom-pixel-padding": r"^inside the padding: min ([0-9]|[123][0-9]|40) max"}
"""What a case printed proves it, whatever it says of itself: this one ends with `sys.exit(a.min() > 40)`, and sys.exit
of a bool of numpy, False too, gives the exit code 1. Its own condition is asked of the number that it printed."""


def test_there_are_cases_where_their_folder_is_named() -> None:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} does not name the folder of the field cases")
    assert CASES
    assert set(SHOWN_BY_OUTPUT) <= {case.parent.name for case in CASES}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as the demo leaves it, as far as cases look at it, made in seconds."""
    folder = tmp_path_factory.mktemp("demo")
    here = Workspace(folder)
    save_dataset(here, register("demo", write_synthetic(folder / "synthetic", images=300, size=32)))
    make_usable(add_run(here, data="demo", loss="log_harm"), shares=[1 / len(CLASSES)] * len(CLASSES))
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_a_case_passes(case: Path, demo: Path) -> None:
    environment = os.environ | {
        "PROJECT": str(ROOT),
        "PY": sys.executable,
        "RC": str(Path(sys.executable).parent / "riskcore"),
        "DEMO_WS": str(demo),
    }
    done = subprocess.run(["bash", case], env=environment, capture_output=True, text=True, check=False)
    shown = SHOWN_BY_OUTPUT.get(case.parent.name)
    passed = re.search(shown, done.stdout, re.MULTILINE) if shown else done.returncode == 0
    assert passed, done.stdout + done.stderr
