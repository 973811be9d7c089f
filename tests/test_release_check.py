"""The part of `make release-check` that reads: versions and changelog."""

import shutil
from pathlib import Path

import pytest

from tools.release_check import faults, versions

ROOT = Path(__file__).parents[1]
READ = ("pyproject.toml", "riskcore/__init__.py", "CITATION.cff", "CHANGELOG.md")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What is read, to be changed."""
    for name in READ:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_this_checkout_is_in_order() -> None:
    assert faults(ROOT) == []


@pytest.mark.parametrize("name", READ[:3])
def test_a_version_that_differs_is_named_with_its_file(copy: Path, name: str) -> None:
    change(copy / name, versions(copy)[name], "7.8.9")
    (fault,) = faults(copy)
    assert f"{name} 7.8.9" in fault


def test_a_version_that_is_not_stated_differs(copy: Path) -> None:
    change(copy / "riskcore/__init__.py", "__version__", "version")
    (fault,) = faults(copy)
    assert "riskcore/__init__.py none" in fault


def test_the_changelog_needs_an_entry(copy: Path) -> None:
    change(copy / "CHANGELOG.md", f"## [{versions(copy)['pyproject.toml']}]", "## [7.8.9]")
    (fault,) = faults(copy)
    assert "no entry" in fault


@pytest.mark.parametrize("date", ["soon", "1 May 2027"])
def test_the_entry_is_dated_or_unreleased(copy: Path, date: str) -> None:
    version = versions(copy)["pyproject.toml"]
    (copy / "CHANGELOG.md").write_text(f"## [{version}] - {date}\n\n- A change.\n")
    assert "no entry" in faults(copy)[0]
    (copy / "CHANGELOG.md").write_text(f"## [{version}] - 2027-05-01\n\n- A change.\n")
    assert faults(copy) == []


def test_an_entry_names_a_change_of_its_own(copy: Path) -> None:
    version = versions(copy)["pyproject.toml"]
    (copy / "CHANGELOG.md").write_text(f"## [{version}] - unreleased\n\n## [0.0.1] - 2026-01-01\n\n- A change.\n")
    assert "names no change" in faults(copy)[0]
