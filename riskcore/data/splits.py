"""Dividing a data set into training, validation and test: by group, stratified by class, seeded."""

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.data.manifest import Manifest
from riskcore.data.rare_classes import (
    cut_with_every_class,
    folds_with_every_class,
    left_out_of_cut,
    left_out_of_folds,
)
from riskcore.errors import InputError
from riskcore.foreign_text import quoted

ORDER = {"": -1, "train": 0, "validation": 1, "certify": 2, "test": 3}
"""The parts, the later the less may be known of them; -1: unused."""

# Cutting off a part: few groups are tried in this many orders; many groups, which always fit, in one or two.
_MOST_ORDERS = 100
_MOST_STEPS = 20_000


def assign(
    manifest: Manifest,
    *,
    folds: int | Literal["published"] | None = None,
    fold: int | None = None,
    validation: float = 0.15,
    test: float = 0.2,
    certify: float = 0.0,
    seed: int = 0,
) -> NDArray[np.str_]:
    """The part of every image; no group is divided, and every class keeps images in training.

    Without folds, published test and validation parts are kept as they are; what is not published is cut
    from training. With folds, fold number `fold` is the test part, validation is cut from the rest, and the
    folds run over all images outside a published test part, which is left unused.

    Each part holds every class where enough groups do: a division that leaves one out is looked for anew, with the
    fewest classes left out; every other one is what the plain division gives.

    Args:
        manifest: N images.
        folds: None (one division), a number of folds, or "published" for the folds of the data set.
        fold: which fold is the test part: 0 to folds − 1, or a published fold's own number.
        validation: share of the training images that goes to validation, above 0 and below 1.
        test: share of all images that goes to test where no test part is published, above 0 and below 1.
        certify: share of the training images that goes to a part for a certificate, cut last; 0: none.
        seed: the same seed gives the same division.

    Returns:
        (N,) "train", "validation", "test", "certify", or "" (unused), in the order of `manifest.table`.

    Raises:
        InputError: a fold that does not exist, no published folds, fewer groups than parts, or a class that
            would have no training images.

    Example:
        >>> from pathlib import Path
        >>> table = pd.DataFrame({"sample": [f"{i:02}.png" for i in range(40)], "label": ["a", "b"] * 20})
        >>> parts = assign(Manifest("toy", Path("/data"), "folder", ("a", "b"), table))
        >>> [int((parts == part).sum()) for part in ("train", "validation", "test")]
        [28, 4, 8]
    """
    _require_training_images(manifest, np.ones(len(manifest), dtype=bool))
    parts = manifest.table["split"].replace("", "train").to_numpy(dtype="U10")
    rng = np.random.default_rng(seed)
    if folds is None:
        if fold is not None:
            raise InputError(f"{manifest.name}: fold {fold} was given without folds; set folds too.")
        if not (parts == "test").any():
            later = not (parts == "validation").any()
            parts[_cut(manifest, parts == "train", test, rng, leave=1 + later, seed=seed)] = "test"
    else:
        numbers = _fold_numbers(manifest, parts != "test", folds, seed)
        choices = sorted(set(numbers[numbers >= 0].tolist()))
        if fold not in choices:
            raise InputError(
                f"{manifest.name}: expected fold to be one of {', '.join(map(str, choices))}, but got {fold}."
            )
        unused = parts == "test"
        parts[:] = "train"
        parts[numbers == fold] = "test"
        parts[unused] = ""
    if not (parts == "validation").any():
        parts[_cut(manifest, parts == "train", validation, rng, leave=1, seed=seed)] = "validation"
    if certify:
        parts[_cut(manifest, parts == "train", certify, rng, leave=1, seed=seed)] = "certify"
    _require_training_images(manifest, parts == "train")
    return parts


def straddling(manifest: Manifest, parts: NDArray[np.str_]) -> list[str]:
    """Samples whose group also stands in a later part, of which there are validation, certify and test.

    Leaving them out frees the later part, which is what results are reported on, of leaks by group.

    Example:
        >>> from pathlib import Path
        >>> columns = {"sample": ["1", "2", "3"], "label": ["a", "b", "b"], "group": ["x", "x", "y"]}
        >>> manifest = Manifest("toy", Path("/data"), "csv", ("a", "b"), pd.DataFrame(columns))
        >>> straddling(manifest, np.array(["train", "test", "test"]))
        ['1']
    """
    order = pd.Series(parts).map(ORDER)
    latest = order.groupby(manifest.table["group"].to_numpy()).transform("max")
    return manifest.table["sample"][((order >= 0) & (order < latest)).to_numpy()].tolist()


def check_groups(manifest: Manifest, parts: NDArray[np.str_]) -> None:
    """InputError when a group (patient, slide, lesion) has images in two parts; unused ones do not count."""
    divided = set(straddling(manifest, parts))
    if not divided:
        return
    groups = sorted(set(manifest.table["group"][manifest.table["sample"].isin(divided)]))
    counted = f"{len(groups):,} group{' has' if len(groups) == 1 else 's have'}"
    raise InputError(
        f"{manifest.name}: {counted} images in two parts "
        f"({', '.join(groups[:5])}{', …' if len(groups) > 5 else ''}), so that results would flatter; "
        f"data.drop_leaks=true leaves their {len(divided):,} images out of the earlier part."
    )


def _require_training_images(manifest: Manifest, training: NDArray[np.bool_]) -> None:
    counts = np.bincount(manifest.targets[training], minlength=len(manifest.classes))
    if absent := [label for label, count in zip(manifest.classes, counts, strict=True) if count == 0]:
        groups = manifest.table["group"][manifest.table["label"] == absent[0]].nunique()
        raise InputError(
            f"{manifest.name}: class {quoted(absent[0])} ({groups} group{'' if groups == 1 else 's'} in all) has no "
            "training images; add some, merge classes (data.classes=groups) or divide otherwise."
        )


def _fold_numbers(
    manifest: Manifest, eligible: NDArray[np.bool_], folds: int | Literal["published"], seed: int
) -> NDArray[np.int64]:
    """(N,) fold of each eligible image, -1 elsewhere."""
    if folds == "published":
        published = manifest.table["fold"].to_numpy()
        if not (published >= 0).any():
            raise InputError(f"{manifest.name}: the data set has no published folds; give a number of folds.")
        return np.where(eligible, published, -1)
    groups = manifest.table["group"].to_numpy()
    numbers = np.full(len(manifest), -1)
    try:
        numbers[eligible] = grouped_folds(manifest.targets[eligible], groups[eligible], folds, seed)
    except InputError as error:
        raise InputError(f"{manifest.name}: {error}") from None
    codes, counts = _counts(manifest, np.flatnonzero(eligible))
    plain = np.zeros(len(counts), dtype=np.int64)
    plain[codes] = numbers[eligible]
    if left_out := left_out_of_folds(counts, plain, folds):
        found, fewer = folds_with_every_class(counts, folds, seed)
        if fewer < left_out:
            numbers[eligible] = found[codes]
    return numbers


def grouped_folds(targets: NDArray[np.int64], groups: NDArray[Any], folds: int, seed: int) -> NDArray[np.int64]:
    """(N,) fold of each image, 0 to folds − 1: groups stay whole, classes are as even as they allow.

    Args:
        targets: (N,) class of each image.
        groups: (N,) patient, slide or lesion of each image.
        folds: how many, 2 and more.
        seed: the same seed gives the same folds.

    Raises:
        InputError: fewer groups than folds, or no class with as many images.

    Example:
        >>> folds = grouped_folds(np.array([0, 0, 1, 1]), np.array(["p", "p", "q", "r"]), 2, seed=0)
        >>> bool(folds[0] == folds[1]), sorted(set(folds.tolist()))
        (True, [0, 1])
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    number = len(set(groups))
    if not 2 <= folds <= number:
        raise InputError(f"{number:,} groups allow 2 to {number:,} folds, but got {folds}.")
    divider = StratifiedKFold if number == len(groups) else StratifiedGroupKFold
    numbers = np.full(len(groups), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class with fewer images than folds; training has its own check
        try:
            divisions = divider(folds, shuffle=True, random_state=seed).split(groups, targets, groups)
            for index, (_, held) in enumerate(divisions):
                numbers[held] = index
        except ValueError:  # scikit-learn asks for one class with at least as many images as folds
            raise InputError(f"no class has {folds} images; give fewer folds or add images.") from None
    return numbers


def _counts(manifest: Manifest, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of some rows the (N,) number of each one's group, and the (G, K) images of each group and class."""
    codes, groups = pd.factorize(manifest.table["group"].to_numpy()[rows], sort=True)
    counts = np.zeros((len(groups), len(manifest.classes)))
    np.add.at(counts, (codes, manifest.targets[rows]), 1)
    return codes, counts


def _cut(
    manifest: Manifest,
    eligible: NDArray[np.bool_],
    share: float,
    rng: np.random.Generator,
    *,
    leave: int,
    seed: int,
) -> NDArray[np.bool_]:
    """(N,) whole groups that hold about `share` of every class, leaving each class at least one group.

    Groups are taken in random order, each only if it brings the shares of the classes nearer to the wanted
    one (least squares); of several orders the one that ends nearest wins. scikit-learn's grouped divisions
    know no shares, and may take the only group of a class. Where it leaves a class out that has groups enough to stand
    in it and, `leave` times, outside it, one is looked for with the fewest classes left out.
    """
    rows = np.flatnonzero(eligible)
    if not len(rows):
        raise InputError(f"{manifest.name}: there are no training images; assign some to the split train.")
    codes, counts = _counts(manifest, rows)
    counts = counts[:, counts.any(axis=0)]
    groups, shares = len(counts), counts / counts.sum(axis=0)

    best: tuple[float, list[int]] = (np.inf, [])
    for _ in range(min(_MOST_ORDERS, max(1, _MOST_STEPS // groups))):
        taken: list[int] = []
        held = np.zeros(shares.shape[1])
        distance = float(((held - share) ** 2).sum())
        for group in rng.permutation(groups):
            grown = held + shares[group]
            new = float(((grown - share) ** 2).sum())
            # The first is taken in any case: where each group is a large piece of its class none is nearer.
            if grown.max() < 1 - 1e-9 and (new < distance or not taken):
                taken.append(int(group))
                held, distance = grown, new
        if taken and distance < best[0]:
            best = (distance, taken)
    if not best[1]:
        raise InputError(
            f"{manifest.name}: the training images form too few groups to cut a part off; add images of other groups."
        )
    taken_groups = np.isin(np.arange(groups), best[1])
    if left_out := left_out_of_cut(counts, taken_groups, leave):
        found, fewer = cut_with_every_class(counts, share, leave, seed)
        taken_groups = found if fewer < left_out else taken_groups
    cut = np.zeros(len(manifest), dtype=bool)
    cut[rows] = taken_groups[codes]
    return cut
