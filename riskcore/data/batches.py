"""From cached uint8 images to augmented, normalised batches on the device.

All randomness is a function of (seed, epoch, step), so that a resumed run sees the same batches.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from riskcore.errors import InputError

Sampler = Literal["shuffle", "class_balanced"]
Level = Literal["none", "light", "standard"]


@dataclass(frozen=True)
class Strength:
    """Largest change of each kind at one augmentation level."""

    rotation: float  # degrees either way
    scale: float  # share either way
    shift: float  # share of the side either way
    flip_vertical: bool
    brightness: float
    contrast: float
    saturation: float


STRENGTHS: dict[str, Strength] = {
    "light": Strength(10, 0.05, 0.05, False, 0.1, 0.1, 0.0),
    "standard": Strength(30, 0.15, 0.08, True, 0.15, 0.15, 0.15),
}


def stream_seed(*parts: int) -> int:
    """One 63-bit seed from several integers, e.g. (seed, epoch, step); zeros at the end do not count.

    Example:
        >>> stream_seed(0, 1, 2) == stream_seed(0, 1, 2) != stream_seed(0, 2, 1)
        True
    """
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0] >> 1)


def epoch_batches(
    labels: NDArray[np.int64],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    sampler: Sampler = "shuffle",
    processes: int = 1,
) -> list[NDArray[np.int64]]:
    """Positions of the cases of each batch of one epoch.

    Args:
        labels: (N,) int64 class of each training case.
        batch_size: cases a batch, at most; batches of one epoch differ by one case at most.
        sampler: ``shuffle`` visits each case once; ``class_balanced`` draws N cases, each class equally often.
        processes: how many share each batch. Each gets two cases or more, as batch normalisation cannot use one;
            where that takes larger batches, they are made.

    Returns:
        Index arrays into `labels`, the same for the same (seed, epoch).

    Raises:
        InputError: fewer than two cases a process.

    Example:
        >>> [len(batch) for batch in epoch_batches(np.zeros(33, dtype=np.int64), 16, seed=0, epoch=0)]
        [11, 11, 11]
    """
    random = np.random.default_rng(stream_seed(seed, epoch))
    count = len(labels)
    if sampler == "shuffle":
        order = random.permutation(count)
    else:
        frequency = np.bincount(labels)[labels]
        order = random.choice(count, size=count, p=(1 / frequency) / np.sum(1 / frequency))
    most = count // (2 * processes)
    if most == 0:
        raise InputError(
            f"There are {count} training images, too few for training; add some, {2 * processes} are needed."
        )
    batches = min(math.ceil(count / batch_size), most)
    return [np.asarray(part, dtype=np.int64) for part in np.array_split(order, batches)]


def to_float(images: torch.Tensor) -> torch.Tensor:
    """(N, H, W, 3) uint8 to (N, 3, H, W) float32 in [0, 1], channels last in memory."""
    return images.permute(0, 3, 1, 2).to(torch.float32).div_(255).contiguous(memory_format=torch.channels_last)


def normalise(images: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> torch.Tensor:
    """Subtract the channel mean and divide by the channel deviation that the weights were trained with."""
    shape = (1, 3, 1, 1)
    centre = torch.tensor(mean, device=images.device).view(shape)
    return (images - centre) / torch.tensor(std, device=images.device).view(shape)


def mirror(images: torch.Tensor) -> torch.Tensor:
    """Flip left and right."""
    return images.flip(-1)


def augment(images: torch.Tensor, level: Level, seed: int) -> torch.Tensor:
    """Change each image of a batch at random: one affine grid an image, then colour.

    Args:
        images: (N, 3, H, W) float32 in [0, 1].
        level: ``none``, ``light`` (small shifts, left-right mirror) or ``standard`` (also upside down, for
            images without an up side such as skin and tissue).
        seed: the parameters of the whole batch are a function of it.

    Returns:
        (N, 3, H, W) float32 in [0, 1].
    """
    if level == "none":
        return images
    strength = STRENGTHS[level]
    count = len(images)
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.empty(count).uniform_(low, high, generator=generator)

    def sign() -> torch.Tensor:
        return torch.randint(0, 2, (count,), generator=generator).mul(2).sub(1).float()

    angle = uniform(-strength.rotation, strength.rotation) * math.pi / 180
    zoom = 1 / (1 + uniform(-strength.scale, strength.scale))
    horizontal = sign()
    vertical = sign() if strength.flip_vertical else torch.ones(count)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    shift_x, shift_y = (uniform(-2 * strength.shift, 2 * strength.shift) for _ in range(2))
    theta = torch.stack(
        [
            torch.stack([cos * horizontal, -sin * vertical, shift_x], 1),
            torch.stack([sin * horizontal, cos * vertical, shift_y], 1),
        ],
        1,
    ).to(images.device)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)

    def factor(amount: float) -> torch.Tensor:
        return (1 + uniform(-amount, amount)).view(-1, 1, 1, 1).to(images.device)

    moved = moved * factor(strength.brightness)
    mean = moved.mean(dim=(1, 2, 3), keepdim=True)
    moved = mean + (moved - mean) * factor(strength.contrast)
    grey = moved.mean(dim=1, keepdim=True)
    moved = grey + (moved - grey) * factor(strength.saturation)
    return moved.clamp_(0, 1)
