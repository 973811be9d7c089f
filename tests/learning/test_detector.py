"""The detector against an independent package, plain loops and simulated truth."""

import numpy as np
import pytest
import torch

from riskcore.learning.backbones import import_timm
from riskcore.learning.detector import MOST_BYTES, MOST_KEPT, NEAREST, SHARE, Detector, fit, kept, turned_away


def drawn(images: int, seed: int, centre: float = 2.0, width: int = 16) -> np.ndarray:
    return np.random.default_rng(seed).normal(centre, 1, (images, width))


def detector(images: int = 1000, width: int = 16) -> Detector:
    labels = np.arange(images) % 3
    places = kept(labels)
    return fit(drawn(images, 0, width=width)[places], labels[places], places)


def test_distances_are_those_of_pytorch_ood() -> None:
    """It gives the Euclidean distance d of features of length 1: d² / 2 is 1 - cosine."""
    import_timm()  # makes torchvision, which the package imports, work beside torch's CPU build
    from pytorch_ood.detector import KNN

    own = detector()
    trained_on = torch.from_numpy(own.features.astype(np.float64))
    other = KNN(None, k=50).fit_features(trained_on, torch.from_numpy(own.labels))
    features = np.concatenate([drawn(50, 1), drawn(50, 2, centre=0.0)])
    expected = other.predict_features(torch.from_numpy(features)).numpy() ** 2 / 2
    np.testing.assert_allclose(own.distances(features), expected, atol=2e-4)  # theirs are of lengths that are rounded


def test_the_rank_follows_the_number_of_images_kept() -> None:
    own = detector(40)
    features = drawn(5, 1)
    lengths = [row / np.linalg.norm(row) for row in features]
    for found, row in zip(own.distances(features), lengths, strict=True):
        assert found == pytest.approx(sorted(1 - own.features.astype(float) @ row)[1], abs=1e-6)  # 5 % of 40
    assert detector(3).distances(features).shape == (5,)


def test_nearest_are_the_most_alike_with_their_rows_and_classes() -> None:
    own = detector()
    trained_on = drawn(1000, 0)
    for row in (0, 17, 999):
        found = own.nearest(trained_on[row])
        assert found[0] == (row, row % 3)
        assert len(found) == NEAREST
        cosines = [float(trained_on[place] @ trained_on[row] / np.linalg.norm(trained_on[place])) for place, _ in found]
        assert cosines == sorted(cosines, reverse=True)


def test_images_are_kept_of_every_class_alike_and_the_same_ones_each_time() -> None:
    labels = np.repeat([0, 1, 2], [5000, 100, 20])
    places = kept(labels)
    assert len(set(places.tolist())) == len(places) == MOST_KEPT
    assert np.bincount(labels[places]).tolist() == [880, 100, 20]
    np.testing.assert_array_equal(places, kept(labels))
    assert sorted(kept(np.zeros(7))) == list(range(7))


@pytest.mark.parametrize("width", [64, 1280, 4096])
def test_however_long_the_features_a_bundle_grows_by_less_than_three_megabytes(width: int) -> None:
    own = fit(drawn(MOST_KEPT, 0, width=width), np.zeros(MOST_KEPT), np.arange(MOST_KEPT))
    assert own.features.nbytes + own.rows.nbytes + own.labels.nbytes < 3_000_000
    assert len(own.features) == min(MOST_KEPT, MOST_BYTES // (2 * width))


@pytest.mark.parametrize("seed", range(5))
def test_the_limit_is_the_least_distance_that_turns_away_no_more_than_asked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 60, 300)
    distances = np.round(rng.random(300), 2)  # ties
    limit = turned_away(distances, groups)

    def share(threshold: float) -> float:
        return float(np.mean([np.mean(distances[groups == group] > threshold) for group in np.unique(groups)]))

    allowed = [threshold for threshold in np.unique(distances) if share(threshold) <= SHARE + 1e-12]
    assert limit.distance == min(allowed)
    assert limit.share == np.mean(distances > limit.distance)
    assert limit.low <= limit.share <= limit.high <= 1
    assert (limit.images, limit.groups) == (300, len(np.unique(groups)))


def test_few_images_are_all_kept_and_the_bound_says_how_little_that_shows() -> None:
    limit = turned_away(np.linspace(0, 1, 20), np.arange(20))
    assert (limit.distance, limit.share) == (1.0, 0.0)
    assert limit.bound == pytest.approx(1 - 0.05 ** (1 / 20), abs=1e-6)
    assert limit.beyond == "less like the training images than each of 20 validation images"


@pytest.mark.parametrize("single", [True, False])
def test_the_bound_holds_as_often_as_it_says(single: bool) -> None:
    """Images of one group share most of their distance; the true share at a limit is that of 200,000 other groups."""
    rng = np.random.default_rng(1)
    draws, groups, broken = 400, 150, 0

    def distances(number: int) -> tuple[np.ndarray, np.ndarray]:
        sizes = np.ones(number, dtype=int) if single else rng.integers(1, 8, number)
        own = np.repeat(rng.normal(size=number), sizes) + 0.3 * rng.normal(size=sizes.sum())
        return own, np.repeat(np.arange(number), sizes)

    others, codes = distances(200_000)
    weights = 1 / (np.bincount(codes)[codes] * 200_000)
    order = np.argsort(others)
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    for _ in range(draws):
        limit = turned_away(*distances(groups))
        true = 1 - below[np.searchsorted(others[order], limit.distance, side="right")]
        broken += true > limit.bound
    assert broken / draws <= 0.05 + 2 * (0.05 * 0.95 / draws) ** 0.5


@pytest.mark.parametrize("features", [np.zeros((0, 4)), np.zeros(4)])
def test_nothing_to_compare_with_is_refused(features: np.ndarray) -> None:
    with pytest.raises(ValueError, match="holds no features"):
        Detector(features.astype(np.float16), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))
