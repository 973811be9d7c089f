"""The file of a bundle that holds its detector: training features as safetensors."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from riskcore.files import write_atomic
from riskcore.learning.bundle import link_shared, read_tensors
from riskcore.learning.description import DETECTOR
from riskcore.learning.detector import Detector

if TYPE_CHECKING:
    from torch import Tensor

_TYPES = {"features": "float16", "rows": "int32", "labels": "int32"}


def save_detector(detector: Detector, folder: Path, cache: Path) -> None:
    """Write a detector into a bundle; equal ones, as runs of one front and fold have, are one file on the disk.

    Args:
        folder: of the bundle. cache: where the shared file is.
    """
    from safetensors.numpy import save

    content = save({name: np.ascontiguousarray(getattr(detector, name)) for name in _TYPES})
    shared = cache / "detectors" / f"{hashlib.sha256(content).hexdigest()}.safetensors"
    if not shared.exists() or shared.read_bytes() != content:
        shared.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(shared, content)
    link_shared(shared, folder, DETECTOR)


def load_detector(path: Path, checksum: str | None, classes: int) -> Detector:
    """The detector of a bundle.

    Args:
        checksum: SHA-256 (hex) that the file must have; None: it has none to be held against.
        classes: number of them in the bundle.

    Raises:
        InputError: it is damaged.
    """

    def made(tensors: "dict[str, Tensor]") -> Detector:
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        if {name: values.dtype.name for name, values in arrays.items()} != _TYPES:
            raise ValueError("its numbers are not those of a detector")
        found = Detector(**arrays)
        if not np.isfinite(found.features).all() or not ((found.labels >= 0) & (found.labels < classes)).all():
            raise ValueError("it holds a number that is not finite, or a class that is not there")
        return found

    return read_tensors(path, made, checksum)
