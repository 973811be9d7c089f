import math

import numpy as np
import pytest
import torch
from torch import Tensor

from riskcore.data import batches
from riskcore.data.batches import STRENGTHS, Strength, augment, epoch_batches, mirror, normalise, stream_seed, to_float
from riskcore.errors import InputError

STILL = {
    "rotation": 0.0,
    "scale": 0.0,
    "shift": 0.0,
    "flip_vertical": False,
    "brightness": 0.0,
    "contrast": 0.0,
    "saturation": 0.0,
}
SIDE = 65


def only(monkeypatch: pytest.MonkeyPatch, **changes: float) -> None:
    """Let the standard level make these changes and no others."""
    monkeypatch.setitem(batches.STRENGTHS, "standard", Strength(**{**STILL, **changes}))  # type: ignore[arg-type]


def dot(count: int, row: int, column: int) -> Tensor:
    """Black images with a small bright disc, whose centre of mass can be found to a fraction of a pixel."""
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    image = torch.exp(-((y - row) ** 2 + (x - column) ** 2) / 8.0)
    return image.expand(count, 3, SIDE, SIDE).clone()


def centres(images: Tensor) -> Tensor:
    """(N, 2) centre of mass as (right, down) of the middle, in pixels."""
    grey = images.mean(1)
    place = torch.arange(SIDE) - (SIDE - 1) / 2
    mass = grey.sum((1, 2))
    return torch.stack([(grey.sum(1) * place).sum(1) / mass, (grey.sum(2) * place).sum(1) / mass], 1)


def mirrored_at_random(images: Tensor) -> set[str]:
    return {f"{'-' if x < 0 else '+'}{'-' if y < 0 else '+'}" for x, y in centres(images).tolist()}


@pytest.mark.parametrize("count", [4, 31, 32, 33, 64, 65, 97])
@pytest.mark.parametrize("size", [2, 3, 32])
def test_each_case_comes_once_and_no_batch_is_a_single_case(count: int, size: int) -> None:
    found = epoch_batches(np.zeros(count, dtype=np.int64), size, seed=3, epoch=1)
    assert sorted(np.concatenate(found).tolist()) == list(range(count))
    lengths = [len(batch) for batch in found]
    assert min(lengths) >= 2
    assert max(lengths) <= max(size, 3)
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("processes", [2, 3, 8])
def test_each_process_gets_two_cases_of_each_batch(processes: int) -> None:
    found = epoch_batches(np.zeros(50, dtype=np.int64), 4, seed=0, epoch=0, processes=processes)
    for batch in found:
        assert min(len(batch[rank::processes]) for rank in range(processes)) >= 2
    assert sorted(np.concatenate(found).tolist()) == list(range(50))


def test_too_few_images_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        epoch_batches(np.zeros(7, dtype=np.int64), 32, seed=0, epoch=0, processes=4)
    assert str(caught.value) == "There are 7 training images, too few for training; add some, 8 are needed."


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return np.concatenate(epoch_batches(np.zeros(40, dtype=np.int64), 8, seed=seed, epoch=epoch)).tolist()

    assert order(0, 1) == order(0, 1)
    assert len({tuple(order(*each)) for each in [(0, 0), (0, 1), (1, 0), (1, 1)]}) == 4


def test_class_balanced_batches_hold_each_class_equally_often() -> None:
    labels = np.repeat([0, 1, 2], [900, 90, 10])
    drawn = np.concatenate(
        [
            batch
            for epoch in range(20)
            for batch in epoch_batches(labels, 50, seed=0, epoch=epoch, sampler="class_balanced")
        ]
    )
    assert len(drawn) == 20 * 1000
    share = np.bincount(labels[drawn]) / len(drawn)
    assert share == pytest.approx([1 / 3] * 3, abs=5 * math.sqrt(2 / 9 / len(drawn)))  # five standard errors
    within = np.bincount(drawn, minlength=1000)[labels == 2] / (labels[drawn] == 2).sum()
    assert within == pytest.approx([0.1] * 10, abs=0.02)


def test_streams_differ() -> None:
    seeds = {stream_seed(*parts) for parts in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0, 2), (1, 1, 1)]}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_bytes_become_shares_in_channel_order() -> None:
    images = torch.randint(0, 256, (2, 5, 5, 3), dtype=torch.uint8)
    shares = to_float(images)
    assert shares.shape == (2, 3, 5, 5)
    assert shares[1, 2, 3, 4] == images[1, 3, 4, 2] / 255
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    assert normalise(shares, mean, std)[0, 1, 2, 2] == pytest.approx((float(shares[0, 1, 2, 2]) - 0.2) / 0.6)
    assert torch.equal(mirror(shares)[..., 0], shares[..., -1])


def test_level_none_changes_nothing() -> None:
    images = torch.rand(4, 3, 9, 9)
    assert torch.equal(augment(images, "none", 1), images)


def test_no_strength_changes_nothing_but_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    images = torch.rand(1, 3, 16, 16).expand(32, -1, -1, -1)
    found = augment(images, "standard", 1)
    same = [bool(torch.allclose(image, images[0], atol=1e-5)) for image in found]
    flipped = [bool(torch.allclose(image, images[0].flip(-1), atol=1e-5)) for image in found]
    assert all(one != other for one, other in zip(same, flipped, strict=True))
    assert 4 < sum(flipped) < 28


@pytest.mark.parametrize("level", STRENGTHS)
def test_changes_are_seeded_differ_between_images_and_stay_in_range(level: batches.Level) -> None:
    images = torch.rand(1, 3, 20, 20).expand(16, -1, -1, -1)
    found = augment(images, level, 5)
    assert torch.equal(found, augment(images, level, 5))
    assert not torch.allclose(found, augment(images, level, 6), atol=1e-2)
    assert found.min() >= 0
    assert found.max() <= 1
    distances = torch.cdist(found.flatten(1), found.flatten(1)) + torch.eye(16) * 9
    assert distances.min() > 0.05


def test_only_the_standard_level_turns_images_upside_down() -> None:
    images = dot(64, 20, 12)
    assert mirrored_at_random(augment(images, "standard", 0)) == {"--", "-+", "+-", "++"}
    assert mirrored_at_random(augment(images, "light", 0)) == {"--", "+-"}


def test_rotation_keeps_the_distance_and_turns_within_its_range(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, rotation=30.0)
    x, y = centres(augment(dot(400, 32, 52), "standard", 0)).T  # 20 pixels to the right of the middle
    assert torch.allclose((x**2 + y**2).sqrt(), torch.tensor(20.0), atol=0.2)
    angles = torch.rad2deg(torch.atan(y / x))
    assert angles.abs().max() <= 30.5
    assert angles.max() > 27
    assert angles.min() < -27


def test_scale_moves_along_the_ray_within_its_range(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, scale=0.15)
    x, y = centres(augment(dot(400, 47, 52), "standard", 0)).T  # 20 right, 15 down
    ratio = x.abs() / 20
    assert torch.allclose(y / 15, ratio, atol=0.02)
    assert ratio.min() == pytest.approx(0.85, abs=0.02)
    assert ratio.max() == pytest.approx(1.15, abs=0.02)


def test_shift_moves_by_a_share_of_the_side(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, shift=0.08)
    moved = centres(augment(dot(400, 32, 32), "standard", 0))
    assert moved.abs().amax(0).tolist() == pytest.approx([0.08 * SIDE] * 2, abs=0.2)
    assert abs(float(np.corrcoef(moved.T.numpy())[0, 1])) < 0.2


def test_colour_changes_are_factors_within_their_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = torch.tensor([0.6, 0.4, 0.2]).view(1, 3, 1, 1).expand(300, 3, 8, 8)
    only(monkeypatch, brightness=0.2)
    bright = augment(plain, "standard", 0).mean((2, 3)) / plain.mean((2, 3))
    assert torch.allclose(bright, bright[:, :1], atol=1e-5)
    assert (float(bright.min()), float(bright.max())) == pytest.approx((0.8, 1.2), abs=0.01)
    only(monkeypatch, saturation=0.3)
    coloured = augment(plain, "standard", 0).mean((2, 3))
    assert torch.allclose(coloured.mean(1), torch.tensor(0.4), atol=1e-5)  # the grey value stays
    factor = (coloured[:, 0] - 0.4) / 0.2
    assert (float(factor.min()), float(factor.max())) == pytest.approx((0.7, 1.3), abs=0.01)
    only(monkeypatch, contrast=0.2)
    stripes = torch.cat([torch.full((300, 3, 4, 8), 0.3), torch.full((300, 3, 4, 8), 0.7)], 2)
    contrasted = augment(stripes, "standard", 0)
    spread = (contrasted.amax((1, 2, 3)) - contrasted.amin((1, 2, 3))) / 0.4
    assert (float(spread.min()), float(spread.max())) == pytest.approx((0.8, 1.2), abs=0.01)
