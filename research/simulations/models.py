"""Two simulated models on the same cases, with quality, noise and class bias set by hand.

Four classes, the last of which is critical and holds a quarter of the cases. The logits of a case of class y are

    z[k] = scale · (log prior[k] + quality · 1[k = y] + group[k] + case[k] + model[k] + training[k]) + bias[k]

with independent normal terms: `group` is shared by the cases of a patient and by both models, `case` by both models,
`model` by all trainings of one model, `training` belongs to one training alone. A training also has a quality and
class biases of its own, which new cases do not average out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

CLASSES = ("naevus", "keratosis", "vascular", "melanoma")
SHARES = np.array([0.40, 0.20, 0.15, 0.25])
MATRIX = SeverityMatrix(CLASSES, [[0, 1, 1, 3], [1, 0, 1, 3], [1, 1, 0, 3], [10, 10, 10, 0]], critical=10)


@dataclass(frozen=True)
class Model:
    """A recipe: what its trainings have in common, and how far they differ."""

    quality: float = 2.0
    scale: float = 1.0
    bias: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    shared: float = 0.7
    """Standard deviation of `case` and, where there are groups, of `group`."""
    own: float = 0.7
    """Of `model`."""
    training: float = 0.5
    """Of `training`."""
    between: float = 0.0
    """Of the quality, and of each class bias, of one training against another's."""


@dataclass(frozen=True)
class Design:
    """How many cases, groups, seeds and folds two models are judged on.

    Attributes:
        test, validation: cases of each part (of all folds together, and of each fold).
        groups: of the test part; None: each case is its own. Validation has as many cases a group.
        seeds, folds: of each side.
    """

    test: int
    validation: int
    groups: int | None = None
    seeds: int = 1
    folds: int = 1


@dataclass(frozen=True)
class _Images:
    truth: np.ndarray
    groups: np.ndarray
    group: np.ndarray
    case: np.ndarray


def _images(count: int, groups: int | None, rng: np.random.Generator) -> _Images:
    truth = rng.choice(4, count, p=SHARES)
    if groups is None:
        return _Images(truth, np.arange(count), np.zeros((count, 4)), rng.normal(size=(count, 4)))
    codes = np.arange(count) % groups
    # Patients differ in how hard their images are, and in what they have.
    mostly = rng.choice(4, groups, p=SHARES)[codes]
    truth = np.where(rng.random(count) < 0.5, mostly, truth)
    return _Images(truth, codes, rng.normal(size=(groups, 4))[codes], rng.normal(size=(count, 4)))


@dataclass(frozen=True)
class _Training:
    quality: float
    bias: np.ndarray


def trainings(model: Model, seeds: int, rng: np.random.Generator) -> list[_Training]:
    """What each training of a model got by chance."""
    return [_Training(model.between * rng.normal(), model.between * rng.normal(size=4)) for _ in range(seeds)]


def simulate(
    design: Design, models: Sequence[Model], trained: Sequence[Sequence[_Training]], rng: np.random.Generator
) -> list[RunPredictions]:
    """Draw cases and what each model says of them.

    Args:
        design: how many.
        models: the sides.
        trained: for each side its trainings, one a seed.
        rng: of everything.
    """
    parts = []
    for fold in range(design.folds):
        of_fold = design.test // design.folds
        groups = None if design.groups is None else design.groups // design.folds
        per_group = None if groups is None else max(2, design.validation * groups // of_fold)
        for name, count, own in (("v", design.validation, per_group), ("t", of_fold, groups)):
            parts.append((f"{name}{fold}-", _images(count, own, rng)))
    runs = []
    for number, (model, chances) in enumerate(zip(models, trained, strict=True)):
        common = [rng.normal(size=images.case.shape) for _, images in parts]
        members = []
        for seed, chance in enumerate(chances):
            cases = [
                _cases(prefix, images, own, model, chance, rng)
                for (prefix, images), own in zip(parts, common, strict=True)
            ]
            for fold in range(design.folds):
                pair = cases[2 * fold], cases[2 * fold + 1]
                members.append(Member(*pair, seed, fold if design.folds > 1 else None))
        runs.append(RunPredictions(f"model {number}", CLASSES, members))
    return runs


def _cases(
    prefix: str, images: _Images, common: np.ndarray, model: Model, chance: _Training, rng: np.random.Generator
) -> Cases:
    count = len(images.truth)
    logits = np.log(SHARES) + model.shared * (images.group + images.case) + model.own * common
    logits += model.training * rng.normal(size=(count, 4)) + chance.bias
    logits[np.arange(count), images.truth] += model.quality + chance.quality
    names = np.char.add(prefix, np.arange(count).astype(str))
    owners = np.char.add(prefix, images.groups.astype(str))
    return Cases(model.scale * logits + np.array(model.bias), images.truth, names, owners)
