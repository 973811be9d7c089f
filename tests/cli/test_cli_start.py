"""What `riskcore` does before any command: help, unknown words, and what it imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.all_commands import all_commands

HEAVY = ("torch", "timm", "pandas", "sklearn", "scipy", "plotly", "matplotlib", "streamlit", "numpy")
LEARNING = ("torch", "timm", "torchvision", "accelerate", "streamlit")
COMMANDS = ("demo", "data", "matrix", "train", "runs", "evaluate", "compare", "predict", "reproduce")


def imported(code: str, names: tuple[str, ...]) -> list[str]:
    """Which of the packages a piece of Python imports."""
    report = (
        f"import sys, atexit; atexit.register(lambda: print([n for n in {names} if n in sys.modules], file=sys.stderr))"
    )
    done = subprocess.run([sys.executable, "-c", f"{report}; {code}"], capture_output=True, text=True, check=True)
    return eval(done.stderr.strip().splitlines()[-1])


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in COMMANDS)], ids=lambda a: a[0])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"sys.argv = ['riskcore', *{arguments}]; from riskcore.cli import main; main()"
    assert imported(code, HEAVY) == []


def test_the_public_names_that_need_no_model_load_no_torch() -> None:
    """Modules: tests/test_layers.py."""
    assert imported("import riskcore; riskcore.SeverityMatrix, riskcore.evaluate, riskcore.frontier", LEARNING) == []


def test_help_names_every_command(riskcore) -> None:
    shown = riskcore("--help").stdout
    for command in COMMANDS:
        assert f" {command} " in shown
    assert "not a medical device" in shown


@pytest.mark.parametrize("arguments", [["matrix", "list"], ["--help"], ["trian"]])
def test_on_windows_the_first_line_says_where_riskcore_runs(arguments: list[str]) -> None:
    """Windows has no module fcntl; so seen here."""
    code = f"import sys; sys.modules['fcntl'] = None; sys.argv = ['riskcore', *{arguments}]"
    command = [sys.executable, "-c", f"{code}; from riskcore.cli import main; main()"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    words = "riskcore runs on Linux and macOS; on Windows use WSL."
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {words}\n")
    assert words in (Path(__file__).parents[2] / "docs" / "install.md").read_text()


def test_unknown_commands_and_options_are_one_line(riskcore) -> None:
    assert riskcore.error("trian") == "No such command 'trian'. Did you mean 'train'? See `riskcore --help`."
    assert riskcore.error("runs", "list", "--sate", "x").startswith("No such option: --sate")
    assert riskcore.error("data", "add", "x").startswith("Missing argument 'path'")
    assert riskcore.error("compare", "x").startswith("Expected --baseline: the run, pool or file that the others are ")


def test_every_command_that_reports_takes_json() -> None:
    """Each command of each group, not only those that tests happen to call."""
    found = all_commands()
    del found["app"]  # a server, which ends with no report
    assert {"train", "runs trash", "matrix generate", "data audit"} <= set(found)
    for path, command in found.items():
        assert "--json" in {option for parameter in command.params for option in parameter.opts}, path
        assert command.help, path
