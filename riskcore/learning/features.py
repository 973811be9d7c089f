"""Activations of a frozen front, computed once and cached, so that only the rest is trained.

Each image has a fixed number of views: the image, its mirror image, then randomly augmented ones.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor, nn

from riskcore.data.batches import Level, augment, mirror, normalise, stream_seed, to_float
from riskcore.errors import InputError
from riskcore.files import disk_full_is_clear, write_json
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.bundle import describe, described, save_weights
from riskcore.learning.network import Network, as_stored
from riskcore.progress import OnProgress
from riskcore.readers import read_json

RECIPE = 2  # raise it when the same key would no longer mean the same numbers
CLEAN_VIEWS = 2  # the image and its mirror: what evaluation averages over
BATCH = 64


@dataclass(frozen=True)
class ActivationKey:
    """Everything that the numbers depend on."""

    images: str  # key of the decoded images
    weights: str  # what the front's weights are
    size: int
    stages: int
    views: int
    level: Level

    @property
    def digest(self) -> str:
        """A name for the cache file."""
        return hashlib.sha256(json.dumps([RECIPE, *vars(self).values()]).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Activations:
    """What the cache holds for one key.

    Attributes:
        values: (V, N, ...) float16, memory-mapped; view 0 is the image, view 1 its mirror image.
        front_file: weights of the front that computed them, as safetensors.
        preprocessing: what the front expects of images.
    """

    values: NDArray[np.float16]
    front_file: Path
    preprocessing: Preprocessing


def cached_activations(
    key: ActivationKey,
    folder: Path,
    build: Callable[[], Network],
    images: NDArray[np.uint8],
    device: torch.device,
    progress: OnProgress,
) -> Activations:
    """The activations of `images` (N, S, S, 3) uint8, from the cache or computed into it.

    Two processes that want the same activations take turns: the second finds them done. An interrupted
    computation leaves nothing that could be mistaken for a result, and damaged files are computed anew.

    Args:
        key: everything that the numbers depend on.
        folder: of the cache.
        build: makes the network whose front is to be run; called only when the cache does not hold the key.
        images: decoded images.
        device: where to compute.
        progress: told (done, total, "features") after each batch.

    Raises:
        RunError: the disk is full.
    """
    path, description = folder / f"{key.digest}.npy", folder / f"{key.digest}.json"
    front_file = folder / f"{key.digest}.safetensors"
    with disk_full_is_clear(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{key.digest}.lock"):
        if (preprocessing := _intact(description, path, front_file)) is None:
            network = build()
            assert network.front is not None
            preprocessing = network.preprocessing
            save_weights(front_file, network.front)
            partial = path.with_suffix(".partial")
            try:
                with disk_full_is_clear(path):
                    with partial.open("wb") as stream:
                        _compute(key, stream, network.front.to(device), preprocessing, images, device, progress)
                    partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
            checksums = {file.suffix: _checksum(file) for file in (path, front_file)}
            write_json(description, {"preprocessing": describe(preprocessing), "checksums": checksums})
    return Activations(np.load(path, mmap_mode="r"), front_file, preprocessing)


def _intact(description: Path, *files: Path) -> Preprocessing | None:
    """What `description`, which is written last, tells of `files`; None unless they are as they were written."""
    try:
        content: dict[str, Any] = read_json(description)
        if content["checksums"] != {file.suffix: _checksum(file) for file in files}:
            return None
        return described(content["preprocessing"])
    except (InputError, OSError, KeyError, TypeError):
        return None


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            checksum = zlib.crc32(chunk, checksum)
    return checksum


def _compute(
    key: ActivationKey,
    stream: BinaryIO,
    front: nn.Module,
    preprocessing: Preprocessing,
    images: NDArray[np.uint8],
    device: torch.device,
    progress: OnProgress,
) -> None:
    """Write an .npy file front to back; not through a memory map, which a full disk would kill with a signal."""
    total = key.views * len(images)
    front = front.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    done = 0
    for view in range(key.views):
        for start in range(0, len(images), BATCH):
            batch = torch.from_numpy(np.array(images[start : start + BATCH])).to(device)
            with torch.inference_mode():
                output = as_stored(front(_view(to_float(batch), view, start, key.level, preprocessing))).cpu().numpy()
            if done == 0:
                shape = (key.views, len(images), *output.shape[1:])
                header = {"descr": output.dtype.str, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(stream, header)
            stream.write(np.ascontiguousarray(output).data)
            done += len(batch)
            progress(done, total, "features")


def _view(images: Tensor, view: int, start: int, level: Level, preprocessing: Preprocessing) -> Tensor:
    if view == 1:
        images = mirror(images)
    elif view >= CLEAN_VIEWS:
        images = augment(images, level, stream_seed(view, start))
    return normalise(images, preprocessing.mean, preprocessing.std)


class ActivationSource:
    """Batches of cached activations; a training batch draws one view for each case.

    Without augmentation training sees the image alone; its mirror image serves evaluation.
    """

    def __init__(self, activations: NDArray[np.float16], level: Level, device: torch.device) -> None:
        self.activations = activations
        self.training_views = 1 if level == "none" else len(activations)
        self.device = device

    def _load(self, picked: NDArray[np.float16]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(picked)).to(self.device).float()

    def training_batch(self, rows: NDArray[np.int64], seed: int) -> Tensor:
        """Activations (B, ...) of `rows`, each from a view drawn with `seed`."""
        views = np.random.default_rng(seed).integers(self.training_views, size=len(rows))
        return self._load(self.activations[views, rows])

    def clean_batches(self, rows: NDArray[np.int64], batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Pairs (image, mirror image) of activations, `batch_size` rows at a time."""
        for start in range(0, len(rows), batch_size):
            part = rows[start : start + batch_size]
            yield self._load(self.activations[0, part]), self._load(self.activations[1, part])


class ImageSource:
    """Batches of decoded images, augmented on the device."""

    def __init__(
        self, images: NDArray[np.uint8], preprocessing: Preprocessing, level: Level, device: torch.device
    ) -> None:
        self.images = images
        self.preprocessing = preprocessing
        self.level = level
        self.device = device

    def _load(self, rows: NDArray[np.int64]) -> Tensor:
        return to_float(torch.from_numpy(np.ascontiguousarray(self.images[rows])).to(self.device))

    def _normalise(self, images: Tensor) -> Tensor:
        return normalise(images, self.preprocessing.mean, self.preprocessing.std)

    def training_batch(self, rows: NDArray[np.int64], seed: int) -> Tensor:
        """Normalised images (B, 3, S, S) of `rows`, augmented with `seed`."""
        return self._normalise(augment(self._load(rows), self.level, seed))

    def clean_batches(self, rows: NDArray[np.int64], batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Pairs (image, mirror image) of normalised images, `batch_size` rows at a time."""
        for start in range(0, len(rows), batch_size):
            images = self._normalise(self._load(rows[start : start + batch_size]))
            yield images, mirror(images)
