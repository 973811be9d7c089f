"""Detectors that were considered, from the package pytorch-ood, and the one that was taken."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from riskcore.learning import detector
from riskcore.learning.backbones import import_timm

Score = Callable[[NDArray[Any], NDArray[Any]], NDArray[np.float64]]
"""Of features (N, D) and logits (N, K); greater is stranger."""


def candidates(features: NDArray[np.float64], labels: NDArray[np.int64]) -> Iterator[tuple[str, Score]]:
    """Name and score of each, fitted on training features (N, D) and their classes."""
    import_timm()  # makes torchvision, which the package imports, work beside torch's CPU build
    from pytorch_ood.detector import KNN, EnergyBased, Mahalanobis

    trained_on, classes = torch.from_numpy(features).float(), torch.from_numpy(labels)
    places = detector.kept(labels)
    taken = detector.fit(features[places], labels[places], places)
    yield f"{len(taken.rows):,} images, 5 % nearest (taken)", lambda f, z: taken.distances(f)
    for neighbours in (1, 5, 50, 200):
        fitted = KNN(None, k=neighbours).fit_features(trained_on, classes)
        yield f"all images, k = {neighbours}", _of(fitted)
    yield "Mahalanobis by class", _of(Mahalanobis(None).fit_features(trained_on, classes))
    length_one = torch.nn.functional.normalize(trained_on, dim=1)
    by_length = Mahalanobis(None).fit_features(length_one, classes)
    yield (
        "Mahalanobis by class, features of length 1",
        lambda f, z: (
            by_length.predict_features(torch.nn.functional.normalize(torch.from_numpy(f).float(), dim=1))
            .numpy()
            .astype(np.float64)
        ),
    )
    yield "energy of the logits", lambda f, z: EnergyBased.score(torch.from_numpy(z)).numpy()


def _of(fitted: Any) -> Score:
    return lambda f, z: fitted.predict_features(torch.from_numpy(f).float()).numpy().astype(np.float64)
