"""Whether an image is unlike the training images: its distance to their features, held against that of validation.

Source: Sun, Ming, Zhu, Li, Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022. Chosen among the
nearest neighbours, Mahalanobis distances and energies that `research/results/foreign` compares.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.decision.certificate import p_value
from riskcore.metrics.intervals import proportion
from riskcore.metrics.resampling import group_codes

SHARE = 0.02
"""Of genuine images so many may be turned away, on average over groups."""

CONFIDENCE = 0.95

MOST_BYTES = 2_800_000
"""Of the features that are kept."""

MOST_KEPT = 1_000
"""Training images that are kept."""

NEIGHBOUR = 0.05
"""The distance is that to the neighbour of this rank, as a share of the images kept: nearer ones tell the same image
source from another (of ISIC 2017 they turn away 15 % instead of 11 %), not one kind of image from another."""

ROUNDING = 1e-4
"""Distances that differ by less are equal: features are rounded to float16, and other batches round otherwise."""

NEAREST = 3
"""Training images that are named beside a judged one."""


@dataclass(frozen=True, eq=False)
class Detector:
    """Training images, a part of them, by their features.

    Attributes:
        features: (B, D) float16 of length 1.
        rows: (B,) int32 place of each image in its data set.
        labels: (B,) int32 class.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> trained_on = rng.normal(3, 1, (400, 8))
        >>> places = kept(np.arange(400) % 2)
        >>> detector = fit(trained_on[places], places % 2, places)
        >>> limit = turned_away(detector.distances(rng.normal(3, 1, (200, 8))), np.arange(200))
        >>> limit.exceeded(detector.distances(rng.normal(3, 1, (5, 8)))).tolist()
        [False, False, False, False, False]
        >>> limit.exceeded(detector.distances(rng.normal(0, 1, (5, 8)))).tolist()
        [True, True, True, True, True]
    """

    features: NDArray[np.float16]
    rows: NDArray[np.int32]
    labels: NDArray[np.int32]

    def __post_init__(self) -> None:
        if not len(self.features) or self.features.ndim != 2:
            raise ValueError("it holds no features")
        if self.rows.shape != self.labels.shape or len(self.rows) != len(self.features):
            raise ValueError("its images, classes and features are not equally many")

    def distances(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """(N,) 1 - cosine to the neighbour that counts, in 0..2, of (N, D) features; nan for such as are not finite."""
        rank = max(1, round(NEIGHBOUR * len(self.features)))
        return np.partition(self._apart(features), rank - 1, axis=1)[:, rank - 1]

    def nearest(self, features: NDArray[Any]) -> list[tuple[int, int]]:
        """(row, class) of the training images most alike to one image, the most alike first; features: (D,)."""
        order = self._apart(features[None])[0].argsort(kind="stable")[:NEAREST]
        return [(int(self.rows[place]), int(self.labels[place])) for place in order]

    def _apart(self, features: NDArray[Any]) -> NDArray[np.float64]:
        return 1 - _of_length_one(features) @ self._across

    @cached_property
    def _across(self) -> NDArray[np.float64]:
        return np.ascontiguousarray(self.features.T, dtype=np.float64)


@dataclass(frozen=True)
class Limit:
    """From which distance on an image is turned away, and how many of validation are.

    Attributes:
        distance: greater ones are turned away.
        images, groups: of validation.
        share, low, high: of its images that are turned away, with its 95 % interval.
        bound: with 95 % confidence at most this share of a group's images, on average over groups drawn like these.
    """

    distance: float
    images: int
    groups: int
    share: float
    low: float
    high: float
    bound: float

    def exceeded(self, distances: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) which images are turned away; those whose distance is no number, too."""
        return ~(distances <= self.distance + ROUNDING)

    @property
    def beyond(self) -> str:
        """What is said of an image that is turned away, a phrase."""
        if not self.share:
            return f"less like the training images than each of {self.images:,} validation images"
        return f"less like the training images than {100 * (1 - self.share):.0f} % of {self.images:,} validation images"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


def kept(labels: ArrayLike) -> NDArray[np.int64]:
    """Which training images are kept: at most `MOST_KEPT`, of each class as many as of the others if it has them.

    Args:
        labels: (N,) class of the training images.

    Returns: in a fixed random order by turns, one image of each class after the other.

    Example:
        >>> places = kept([0] * 5_000 + [1] * 20)
        >>> len(places), int((places >= 5_000).sum())
        (1000, 20)
    """
    classes = np.asarray(labels)
    shuffled = np.random.default_rng(0).permutation(len(classes))
    turn = np.empty(len(classes), dtype=np.int64)
    for label in np.unique(classes):
        own = shuffled[classes[shuffled] == label]
        turn[own] = np.arange(len(own))
    return shuffled[np.argsort(turn[shuffled], kind="stable")[:MOST_KEPT]]


def fit(features: NDArray[Any], labels: ArrayLike, rows: ArrayLike) -> Detector:
    """A detector of the training images that are `kept`, in their order; of long features the first that fit.

    Args:
        features: (B, D). labels: (B,) class. rows: (B,) place in the data set.
    """
    most = max(1, MOST_BYTES // (2 * features.shape[1]))
    return Detector(
        _of_length_one(features[:most]).astype(np.float16),
        np.asarray(rows)[:most].astype(np.int32),
        np.asarray(labels)[:most].astype(np.int32),
    )


def turned_away(distances: NDArray[np.float64], groups: ArrayLike, share: float = SHARE) -> Limit:
    """The least distance at which at most a share of genuine images is turned away, on average over groups.

    The bound is that of risk-controlling prediction sets: the share falls as the distance grows, so the distance at
    which it reaches what was fixed before keeps the bound that goes with it.

    Args:
        distances: (N,) of validation images, finite. groups: (N,) labels.

    Source: Bates, Angelopoulos, Lei, Malik, Jordan, Distribution-free risk-controlling prediction sets, JACM 2021.

    Example:
        >>> limit = turned_away(np.linspace(0, 1, 101), np.arange(101))
        >>> round(limit.distance, 2), round(limit.share, 3), round(limit.bound, 3)
        (0.98, 0.02, 0.061)
    """
    codes, number = group_codes(groups)
    weights = 1 / (np.bincount(codes)[codes] * number)
    order = np.argsort(distances, kind="stable")[::-1]
    ordered = distances[order]
    above = np.concatenate([[0.0], np.cumsum(weights[order])])[np.searchsorted(-ordered, -ordered, side="left")]
    distance = float(ordered[above <= share + 1e-12].min())
    away = ~(distances <= distance + ROUNDING)
    rate = proportion(away, np.ones(len(away), dtype=bool), groups)
    single = number == len(distances)
    return Limit(distance, len(distances), number, rate.value, rate.low, rate.high, _bound(share, number, single))


def _bound(share: float, groups: int, single: bool) -> float:
    """The least share that is rejected where the mean over groups is what was asked for, whatever was seen."""
    losses = np.full(groups, share)
    if single:  # of n images a whole number is turned away, and the binomial is exact
        losses = (np.arange(groups) < np.floor(share * groups + 1e-9)).astype(np.float64)
    low, high = share, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if p_value(losses, middle) <= 1 - CONFIDENCE else (middle, high)
    return high


def _of_length_one(features: NDArray[Any]) -> NDArray[np.float64]:
    wide = np.asarray(features, dtype=np.float64)
    return wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
