"""Imports lead one way, from a room to those below it; the order is the house's plan (CONTRIBUTING.md)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS: tuple[tuple[str, ...], ...] = (
    ("foreign_text",),
    ("errors", "formats", "progress"),
    ("files", "hosts", "readers"),
    ("predictions",),
    ("workspace",),
    ("versions",),
    ("marks",),
    ("severity",),
    ("metrics",),
    ("decision",),
    ("judging", "config"),
    ("comparing",),
    ("data",),
    ("learning", "plots"),
    ("runs",),
    ("jobs",),
    ("words",),
    ("reports",),
    ("cli",),
    ("pages",),
)
"""Rooms and single files of the engine, the lowest first; those that stand together may not import each other."""

TORCH = {"learning", "data.batches", "jobs.job", "jobs.speed_job", "jobs.external"}
"""Where torch or timm may be imported, directly or through what is imported; learning: all of it."""

TORCH_FREE_LEARNING = {"learning", "learning.bundle"}
"""What of learning finished runs are looked at with."""

MOST_FILES = 22
"""A room holds about twenty files."""

SCREENS = ("overview", "datasets", "severity", "train", "runs", "compare", "predict")


def modules() -> dict[str, Path]:
    """Every module of the engine and of the screens, by its full name."""
    found = {}
    for top in ("riskcore", "pages"):
        for file in (ROOT / top).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules()


def imported(node: ast.AST) -> Iterator[str]:
    """All modules that a tree imports, at its top or later; of ``from a import b`` ``a.b`` where that is one."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0, "modules are imported by their full names"
            for alias in each.names:
                full = f"{each.module}.{alias.name}"
                yield full if full in MODULES else str(each.module)


IMPORTS = {name: set(imported(ast.parse(file.read_text()))) for name, file in MODULES.items()}


def reached(name: str, edges: dict[str, set[str]]) -> set[str]:
    """What a module imports, directly or through others."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for other in edges.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def room(module: str) -> str:
    """The room of the engine that a module is in; "pages" for all screens."""
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] if first == "riskcore" else first


def floor(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(module) in rooms)


def test_every_room_is_in_the_plan() -> None:
    planned = {name for rooms in FLOORS for name in rooms}
    assert {room(name) for name in MODULES} - {""} == planned


def test_nothing_flows_back() -> None:
    """Also not through others: what a module reaches lies on a lower floor, or in its own room."""
    back = [
        f"{name} reaches {other}"
        for name in MODULES
        if room(name)
        for other in reached(name, IMPORTS) & set(MODULES)
        if room(other) not in ("", room(name)) and floor(other) >= floor(name)
    ]
    assert not back


def test_the_engine_knows_no_screen_and_no_streamlit() -> None:
    assert not [name for name in MODULES if room(name) != "pages" and "streamlit" in reached(name, IMPORTS)]


def test_a_screen_imports_its_own_files_and_the_kit() -> None:
    strangers = [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        for other in others
        if name.startswith("pages.") and other.startswith("pages.")
        if other.split(".")[1] not in ("kit", name.split(".")[1])
    ]
    assert not strangers


def test_no_two_modules_import_each_other() -> None:
    """Imports inside functions count: a circle that is hidden is one."""
    assert not [name for name in MODULES if name in reached(name, IMPORTS)]


def test_no_room_is_crowded() -> None:
    counts: dict[Path, int] = {}
    for file in MODULES.values():
        if file.name != "__init__.py":
            counts[file.parent] = counts.get(file.parent, 0) + 1
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > MOST_FILES}
    assert not crowded


def test_torch_lives_in_few_places() -> None:
    """At the top of a module; where it is wanted later, an import inside a function keeps it out until then."""
    top = {
        name: {
            other
            for node in ast.parse(file.read_text()).body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for other in imported(node)
        }
        for name, file in MODULES.items()
    }
    with_torch = {name.removeprefix("riskcore.") for name in MODULES if {"torch", "timm"} & reached(name, top)}
    allowed = {name for name in with_torch if name in TORCH or name.partition(".")[0] in TORCH} - TORCH_FREE_LEARNING
    assert with_torch == allowed


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"riskcore.{name}"
            for name in ("severity", "metrics", "decision", "judging", "comparing", "config", "plots", "runs")
        ),
        *("riskcore.words", "riskcore.reports", "riskcore.cli"),
        *(f"pages.{screen}" for screen in SCREENS),
    ],
)
def test_looking_at_finished_runs_loads_no_torch(name: str) -> None:
    """Every module of these rooms, imported in a fresh process."""
    inside = sorted(module for module in MODULES if module == name or module.startswith(f"{name}."))
    program = f"import sys; import {', '.join(inside)}; sys.exit(str(sorted({{'torch', 'timm'}} & set(sys.modules))))"
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.stderr.strip().splitlines()[-1:] == ["[]"]
