"""The lock: every package that `make` installs, in one version and with hashes; torch alone is left out."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
ELSEWHERE = {"torch", "torchvision"}
"""Pinned in requirements.txt only: which build it is, is the user's choice."""

PYTHONS = ("3.11.0", "3.11.9", "3.12.0", "3.13.0")
PLATFORMS = ("linux", "darwin")


def entries() -> list[tuple[Requirement, list[str]]]:
    """Requirements with their hashes."""
    found = []
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        if not entry.startswith("#"):
            requirement, *hashes = re.split(r" \\\n +--hash=", entry)
            found.append((Requirement(requirement), hashes))
    return found


ENTRIES = entries()


def pins(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_it_names_no_host_and_no_path() -> None:
    assert "://" not in LOCK
    assert "--index-url" not in LOCK
    assert "--find-links" not in LOCK
    assert not re.search(r"(^|[\s@=])[./~]*/\w", LOCK.replace("docs/install.md", ""))
    assert not [requirement for requirement, _ in ENTRIES if requirement.url]


def test_everything_is_pinned_and_hashed() -> None:
    assert len(ENTRIES) > 100
    for requirement, hashes in ENTRIES:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), requirement


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_it_holds_every_pin(name: str) -> None:
    locked = {(canonicalize_name(each.name), str(each.specifier)) for each, _ in ENTRIES if not each.marker}
    wanted = {(canonicalize_name(each.name), str(each.specifier)) for each in pins(name) if each.name not in ELSEWHERE}
    assert wanted - locked == set()


def test_torch_and_what_its_cuda_builds_need_are_left_out() -> None:
    names = {canonicalize_name(requirement.name) for requirement, _ in ENTRIES}
    assert not [name for name in names if name in ELSEWHERE | {"triton"} or name.startswith(("nvidia-", "cuda-"))]
    assert {pin.name for pin in pins("requirements.txt")} >= ELSEWHERE


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_is_in_it_twice_for_the_same_machine(python: str, platform: str) -> None:
    machine = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": platform,
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
    }
    chosen = [
        canonicalize_name(requirement.name)
        for requirement, _ in ENTRIES
        if requirement.marker is None or requirement.marker.evaluate(machine)
    ]
    assert len(chosen) == len(set(chosen))


def test_the_wheel_is_built_with_what_is_locked() -> None:
    """`make` builds without isolation, so the pins of the build are those of the environment."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert set(wanted) <= {str(pin) for pin in pins("requirements-dev.txt")}
