"""The sample of mutants: what is left alone, what moves it, what becomes of results; and one run from end to end."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutation.__main__ import EQUIVALENTS, mirror, targets
from tools.mutation.places import Mutant, files, of_line, places, sample
from tools.mutation.results import KEY, Row, append_row, killed_share, read_equivalents, read_rows, row_of, table

ROOT = Path(__file__).parents[1]

SOURCE = '''"""Numbers 1 + 2."""

from dataclasses import dataclass

__all__ = ["f"] + []


@dataclass(frozen=True)
class Pair:
    """Of 2."""

    first: int | None = 3


def f(x: int | float, y: float = 4, *, v: int = 9) -> int | None:
    """Not 5."""
    if x < y:
        raise ValueError(f"{x + 6} is below {y * 7}")
    ü = "ü" * 1; z = x - 8
    return z
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for room in ("severity", "metrics", "decision", "judging", "learning"):
        (tmp_path / "riskcore" / room).mkdir(parents=True)
    (tmp_path / "riskcore/learning/losses.py").write_text("A = 1\n")
    (tmp_path / "riskcore/metrics/a.py").write_text(SOURCE)
    lines = [f"def f{n}(x, y):\n    return x * y + {n} if x > y else x - {n}\n" for n in range(20)]
    (tmp_path / "riskcore/judging/b.py").write_text("\n\n".join(lines))
    return tmp_path


def test_what_says_nothing_of_results_is_left_alone() -> None:
    found = places("a.py", SOURCE)
    mutated = {place.text[place.columns[0] : place.columns[1]] for place in found}
    assert {"3", "4", "<", "8", "-", "*", "1"} <= mutated
    assert [place.text for place in found if place.text[slice(*place.columns)] == "*"] == ['ü = "ü" * 1; z = x - 8']
    assert not {"2", "5", "6", "7", "|", "True", "+"} & mutated


def test_the_sample_is_fixed_and_every_mutant_is_another_program(tree: Path) -> None:
    drawn = sample(tree, 15, 24)
    assert drawn == sample(tree, 15, 24)
    assert len({each.key for each in drawn}) == 15
    assert drawn[:4] == sample(tree, 4, 24)
    assert {each.key for each in drawn} != {each.key for each in sample(tree, 15, 25)}
    for each in drawn:
        source = (tree / each.file).read_text()
        compile(each.code, each.file, "exec")
        assert each.code != source
        assert source.splitlines()[each.line - 1].strip() == each.before.split("⏎")[0]


def test_lines_that_come_and_go_elsewhere_leave_most_of_the_sample(tree: Path) -> None:
    before = {each.key for each in sample(tree, 15, 24)}
    file = tree / "riskcore/judging/b.py"
    file.write_text("NEW = 1\n\n\n" + file.read_text().replace("return x * y + 7 if", "return x * y + 70 if"))
    after = {each.key for each in sample(tree, 15, 24)}
    assert len(before & after) >= 12


def test_every_mutant_of_a_line(tree: Path) -> None:
    found = of_line(tree, "riskcore/metrics/a.py", 17)
    assert {each.line for each in found} == {17}
    assert {each.after for each in found} >= {"if x >= y:", "if x > y:", "if not x < y:"}
    assert len({each.key for each in found}) == len(found)


def test_results_are_kept_and_a_torn_line_is_not(tmp_path: Path) -> None:
    path = tmp_path / "build" / "rows.csv"
    mutants = [Mutant("a.py", n, "AddNot", f"if {n}, x:", f"if not {n}, x:", 0, "") for n in range(3)]
    for each, outcome in zip(mutants, ("killed", "survived", "timeout"), strict=True):
        append_row(path, row_of(each, outcome, 1.25, "abc", "def"))
    rows = read_rows(path)
    assert [row.outcome for row in rows] == ["killed", "survived", "timeout"]
    assert rows[0].key == mutants[0].key
    path.write_text(path.read_text() + "a.py,4,AddNot")
    assert read_rows(path) == rows
    assert read_rows(tmp_path / "none.csv") == []


def test_the_share_leaves_equivalents_out_and_survivors_are_listed() -> None:
    outcomes = ["killed"] * 7 + ["timeout"] * 2 + ["survived"] + ["equivalent"] * 10
    rows = [Row("a.py", "3", "AddNot", "if x:", "if not x:", str(n), o, "1", "c", "d") for n, o in enumerate(outcomes)]
    assert killed_share(rows) == pytest.approx(0.9)
    assert killed_share([]) == 1
    text = table(rows)
    assert "| a.py | 20 | 7 | 2 | 1 | 10 |" in text
    assert "\na.py:3 AddNot\n- if x:\n+ if not x:" in text
    assert text.count("AddNot") == 1


def test_equivalents_have_a_reason_and_are_of_code_that_is_there() -> None:
    for key, reason in read_equivalents(EQUIVALENTS).items():
        file, _, before, after, occurrence = key
        assert reason.strip()
        lines = [line.strip() for line in (ROOT / file).read_text().splitlines()]
        assert lines.count(before.split("⏎")[0]) > int(occurrence), key
        assert before != after
    with EQUIVALENTS.open(newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == len(read_equivalents(EQUIVALENTS))
    assert set(KEY) | {"reason"} == set(EQUIVALENTS.read_text().splitlines()[0].split(","))


def test_tests_of_a_module_are_its_doctests_and_its_mirror() -> None:
    assert mirror("riskcore/learning/losses.py") == "tests/learning/test_losses.py"
    for file in files(ROOT):
        assert targets(ROOT, file)[0] == file
        assert (ROOT / targets(ROOT, file)[-1]).exists()


def test_a_run_finds_what_tests_see_and_what_they_do_not(tmp_path: Path) -> None:
    """A repository of its own: one line that its test checks, one that no test reaches, and one that never ends."""
    for name, text in {
        "riskcore/__init__.py": "",
        "riskcore/metrics/__init__.py": "",
        "riskcore/metrics/m.py": (
            "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x - 1\n\n\n"
            "def h(x):\n    while x > 0:\n        x -= 1\n    return x\n"
        ),
        "riskcore/learning/losses.py": "",
        "docs/a.md": "",
        "tests/metrics/test_m.py": (
            "from riskcore.metrics.m import f, h\n\n\n"
            "def test_f():\n    assert f(1) == 2\n    assert f(3) == 4\n\n\ndef test_h():\n    assert h(3) == 0\n"
        ),
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--doctest-modules --import-mode=importlib"\n',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for room in ("severity", "decision", "judging"):
        (tmp_path / "riskcore" / room).mkdir()
    subprocess.run(["cp", "-r", str(ROOT / "tools"), str(tmp_path / "tools")], check=True)
    (tmp_path / "tools/mutation/equivalents.csv").write_text(",".join([*KEY, "reason"]) + "\n")
    forked = tmp_path / "tools/mutation/forked.py"
    light = 'HEAVY = ("_hypothesis_pytestplugin", "pytest_timeout", "_pytest.doctest")'
    forked.write_text(re.sub(r"(?s)HEAVY = \(.*?\n\)", light, forked.read_text()))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True, capture_output=True)

    def mutate(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tools.mutation", "--results", "rows.csv", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    lines = [f"--line=riskcore/metrics/m.py:{n}" for n in (2, 6, 10)]
    first = mutate(*lines)
    assert first.returncode == 1, first.stdout + first.stderr
    outcomes: dict[str, set[str]] = {}
    for row in read_rows(tmp_path / "rows.csv"):
        outcomes.setdefault(row.line, set()).add(row.outcome)
    assert outcomes["2"] == {"killed"}
    assert outcomes["6"] == {"survived"}
    assert outcomes["10"] <= {"killed", "timeout", "survived"}
    assert "riskcore/metrics/m.py:6 " in first.stdout
    assert ", 0 to run" in mutate(*lines).stdout
    assert (tmp_path / "riskcore/metrics/m.py").read_text().startswith("def f(x):\n    return x + 1\n")
    broken = tmp_path / "tests/metrics/test_m.py"
    broken.write_text(broken.read_text() + "    assert h(1) == 1\n")
    subprocess.run([*git, "commit", "-qam", "b"], cwd=tmp_path, check=True)
    second = mutate(*lines[:1])
    assert second.returncode == 2
    assert "their own tests fail: riskcore/metrics/m.py" in second.stdout
