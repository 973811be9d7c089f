"""How much of a method's maps falls on the lesions, and whether the maps depend on the model's weights."""

import copy
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from research.maps.methods import methods
from riskcore.data.synthetic import draw, lesion_mask, lesions
from riskcore.learning.network import Network
from riskcore.learning.predictor import Predictor
from riskcore.metrics.resampling import bootstrap_weights, group_codes, group_sums

DRAWN = 1500
"""Images of the set."""

SHIFT = 0.2
"""Of the side: how far images are displaced, what leaves on one side coming in on the other."""


@dataclass(frozen=True)
class Picture:
    """A synthetic image (S, S, 3), where its lesion is (S, S), and which lesion it shows."""

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    lesion: int


@dataclass(frozen=True)
class Row:
    """A method on the images of one part, for the class that the model finds likeliest.

    Attributes:
        ratio: mean share of the map on the lesion / mean share of the area that is lesion; low, high: its 95 %
            interval, resampled by lesion.
        other: the same ratio with the map of another image. displaced, displaced_other: the same two with images that
            were displaced, since lesions lie in the middle otherwise.
        randomised: mean rank correlation with the maps of the model with its weights shuffled.
        seconds: per image and class, on one core.
    """

    model: str
    part: str
    method: str
    images: int
    nothing: int
    share: float
    area: float
    ratio: float
    low: float
    high: float
    other: float
    displaced: float
    displaced_other: float
    randomised: float
    seconds: float


def pictures(samples: Sequence[str], size: int) -> list[Picture]:
    """The images of these names, drawn again with their masks."""
    known = {lesion.number: lesion for lesion in lesions(DRAWN, seed=0)}
    found = []
    for sample in samples:
        match = re.search(r"lesion_(\d+)_(\d+)", sample)
        assert match is not None
        lesion, view = known[int(match[1])], int(match[2]) - 1
        found.append(Picture(draw(lesion, view, size=size), lesion_mask(lesion, view, size=size), lesion.number))
    return found


def displaced(given: Sequence[Picture]) -> list[Picture]:
    """The same, each moved towards one of the four corners in turn."""
    found = []
    for place, one in enumerate(given):
        step = round(SHIFT * len(one.image))
        by = (step if place % 2 else -step, step if place // 2 % 2 else -step)
        found.append(Picture(np.roll(one.image, by, (0, 1)), np.roll(one.mask, by, (0, 1)), one.lesion))
    return found


def shuffled(classifier: Network, seed: int = 0) -> Network:
    """The same network with the values of each weight tensor in a random order (Adebayo et al., 2018)."""
    generator = torch.Generator().manual_seed(seed)
    parts = [copy.deepcopy(part) for part in (classifier.front, classifier.trained)]
    with torch.no_grad():
        for part in parts:
            for weights in part.parameters() if part is not None else ():
                if weights.ndim > 1:
                    order = torch.randperm(weights.numel(), generator=generator)
                    weights.copy_(weights.flatten()[order].view_as(weights))
    front, trained = parts
    assert trained is not None
    return Network(front, trained, classifier.preprocessing)


def measured(predictor: Predictor, model: str, part: str, given: Sequence[Picture], chosen_only: bool) -> list[Row]:
    """A row for each method."""
    random = Predictor(predictor.bundle, shuffled(predictor.classifier), torch.device("cpu"))
    ready, ready_random = (methods(one, chosen_only) for one in (predictor, random))
    classes, moved = predictor.bundle.classes, displaced(given)
    names = [classes[place] for place in predictor.logits(np.stack([one.image for one in given])).argmax(1)]
    names_moved = [classes[place] for place in predictor.logits(np.stack([one.image for one in moved])).argmax(1)]
    rows = []
    for name, method in ready.items():
        started = time.perf_counter()
        maps = [method(one.image, called) for one, called in zip(given, names, strict=True)]
        seconds = (time.perf_counter() - started) / len(given)
        maps_moved = [method(one.image, called) for one, called in zip(moved, names_moved, strict=True)]
        alike = [
            _rank_correlation(own, ready_random[name](one.image, called))
            for own, one, called in zip(maps, given, names, strict=True)
        ]
        ratio, low, high, share, area = on_lesion(maps, given)
        rows.append(
            Row(
                *(model, part, name, len(given), sum(own is None for own in maps), share, area, ratio, low, high),
                on_lesion(_of_next(maps), given)[0],
                on_lesion(maps_moved, moved)[0],
                on_lesion(_of_next(maps_moved), moved)[0],
                float(np.nanmean(alike)),
                seconds,
            )
        )
    return rows


def on_lesion(
    maps: Sequence[NDArray[np.float64] | None], given: Sequence[Picture]
) -> tuple[float, float, float, float, float]:
    """Ratio as in `Row` with its interval, mean share of the map on the lesion, mean share of the area."""
    kept = [(own, one) for own, one in zip(maps, given, strict=True) if own is not None]
    shares = np.array([own[one.mask].sum() / own.sum() for own, one in kept])
    areas = np.array([one.mask.mean() for _, one in kept])
    codes, groups = group_codes([one.lesion for _, one in kept])
    weights = bootstrap_weights(groups)
    sums = [weights @ group_sums(values, codes, groups) for values in (shares, areas)]
    low, high = np.quantile(sums[0] / sums[1], (0.025, 0.975))
    return float(shares.mean() / areas.mean()), float(low), float(high), float(shares.mean()), float(areas.mean())


def _of_next(maps: Sequence[NDArray[np.float64] | None]) -> list[NDArray[np.float64] | None]:
    return [*maps[1:], *maps[:1]]


def _rank_correlation(one: NDArray[np.float64] | None, other: NDArray[np.float64] | None) -> float:
    if one is None or other is None:
        return float("nan")
    return float(spearmanr(one.ravel(), other.ravel()).statistic)
