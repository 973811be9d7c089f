"""Every module of the rooms that judge has its mirror test, at the place where contributors look for it."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("severity", "metrics", "decision", "judging", "comparing")

WITHOUT = {
    "severity/__init__.py": "names only",
    "metrics/__init__.py": "names only",
    "decision/__init__.py": "a docstring",
}
"""Modules without a mirror, and why."""


def modules() -> set[str]:
    """Those that hold anything."""
    found = {path for room in ROOMS for path in (ROOT / "riskcore" / room).rglob("*.py") if path.stat().st_size}
    return {path.relative_to(ROOT / "riskcore").as_posix() for path in found} | {"learning/losses.py"}


def mirror(module: str) -> Path:
    path = Path(module)
    return ROOT / "tests" / path.with_name(f"test_{path.name}")


def test_every_module_has_its_mirror_test() -> None:
    lacking = {module for module in modules() if not mirror(module).exists()}
    assert lacking == set(WITHOUT)


def test_no_mirror_mirrors_nothing() -> None:
    tests = {path for room in ROOMS for path in (ROOT / "tests" / room).glob("test_*.py")}
    known = {mirror(module) for module in modules()}
    assert {path.relative_to(ROOT).as_posix() for path in tests - known} == set()
