"""Dividing groups so that rare classes stand in as many parts as their groups allow.

Only asked where the plain division leaves a class out of a part although enough groups hold it: whatever else was
divided before stays as it was.
"""

import numpy as np
from numpy.typing import NDArray

_MOST_TRIES = 100
_MOST_STEPS = 50_000


def left_out_of_cut(counts: NDArray[np.float64], cut: NDArray[np.bool_], leave: int) -> int:
    """How many classes a cut or what it leaves lacks, beyond what the classes' groups make unavoidable.

    A class should stand in the cut and keep `leave` groups outside it: one for training, two where another part is
    still to be cut off.

    Args:
        counts: (G, K) images of each group and class.
        cut: (G,) the groups that are cut off.
        leave: groups of each class that the rest should keep.

    Example:
        >>> counts = np.array([[4, 0], [4, 0], [0, 4], [0, 4]])  # two groups hold each of the two classes
        >>> left_out_of_cut(counts, np.array([True, False, False, False]), leave=1)
        1
        >>> left_out_of_cut(counts, np.array([True, False, True, False]), leave=1)
        0
    """
    held = counts > 0
    inside, rest = held[cut].sum(axis=0), held[~cut].sum(axis=0)
    lacking = (inside == 0) + np.maximum(0, leave - rest)
    return int((lacking - np.maximum(0, 1 + leave - held.sum(axis=0)))[held.any(axis=0)].sum())


def cut_with_every_class(
    counts: NDArray[np.float64], share: float, leave: int, seed: int
) -> tuple[NDArray[np.bool_], int]:
    """Whole groups that hold about `share` of every class, and a group of every class first of all.

    Of a fixed number of random cuts the one that leaves out the fewest classes, then the one nearest to the shares
    (least squares). Each takes a group of every class, the rarest first, then more groups in random order as long as
    they bring the shares nearer; no class loses its last groups.

    Args:
        counts: (G, K) images of each group and class; every class has some.
        share: of every class, in 0..1.
        leave: groups of each class that the rest should keep.
        seed: the same seed gives the same cut.

    Returns:
        (G,) the groups that are cut off, and what `left_out_of_cut` says of them.

    Example:
        >>> counts = np.array([[4, 0], [4, 0], [0, 4], [0, 4]])
        >>> cut, left_out = cut_with_every_class(counts, 0.2, leave=1, seed=0)
        >>> counts[cut].sum(axis=0).tolist(), left_out
        ([4, 4], 0)
    """
    random = np.random.default_rng(seed)
    held, shares = counts > 0, counts / counts.sum(axis=0)
    floor = np.minimum(leave, np.maximum(1, held.sum(axis=0) - 1))
    best: tuple[tuple[int, float], NDArray[np.bool_]] | None = None
    for _ in range(_tries(len(counts))):
        order = random.permutation(len(counts))
        cut, taken = np.zeros(len(counts), dtype=bool), np.zeros(counts.shape[1])
        kept = held.sum(axis=0)

        def free(group: int, kept: NDArray[np.int64]) -> bool:
            return bool((kept - held[group] >= floor)[held[group]].all())

        for label in np.argsort(kept, kind="stable"):
            if not (cut & held[:, label]).any():
                group = next((g for g in order if held[g, label] and free(g, kept)), None)
                if group is not None:
                    cut[group], taken, kept = True, taken + shares[group], kept - held[group]
        for group in order:
            nearer = ((taken + shares[group] - share) ** 2).sum() < ((taken - share) ** 2).sum()
            if nearer and not cut[group] and free(group, kept):
                cut[group], taken, kept = True, taken + shares[group], kept - held[group]
        score = left_out_of_cut(counts, cut, leave), float(((taken - share) ** 2).sum())
        if best is None or score < best[0]:
            best = score, cut
    assert best is not None
    return best[1], best[0][0]


def left_out_of_folds(counts: NDArray[np.float64], numbers: NDArray[np.int64], folds: int) -> int:
    """How many times a class is missing in a fold although it has groups enough to stand in more of them.

    Args:
        counts: (G, K) images of each group and class.
        numbers: (G,) fold of each group.
        folds: how many.

    Example:
        >>> counts = np.array([[4, 0], [4, 0], [0, 4], [0, 4]])
        >>> left_out_of_folds(counts, np.array([0, 0, 0, 1]), 2), left_out_of_folds(counts, np.array([0, 1, 0, 1]), 2)
        (1, 0)
    """
    held = counts > 0
    missing = sum((~held[numbers == fold].any(axis=0)).astype(int) for fold in range(folds))
    return int((missing - np.maximum(0, folds - held.sum(axis=0)))[held.any(axis=0)].sum())


def folds_with_every_class(counts: NDArray[np.float64], folds: int, seed: int) -> tuple[NDArray[np.int64], int]:
    """Folds of whole groups with every class in as many of them as it can be, classes as even as they allow.

    Of a fixed number of random orders of the groups the one whose folds leave out the fewest classes, then the most
    even (least squares of the shares). Each group goes to the fold that holds least of its classes.

    Args:
        counts: (G, K) images of each group and class.
        folds: how many, at most G.
        seed: the same seed gives the same folds.

    Returns:
        (G,) fold of each group, and what `left_out_of_folds` says of them.

    Example:
        >>> numbers, left_out = folds_with_every_class(np.array([[4, 0], [4, 0], [0, 4], [0, 4]]), 2, seed=0)
        >>> left_out, sorted(numbers[:2].tolist()), sorted(numbers[2:].tolist())
        (0, [0, 1], [0, 1])
    """
    random = np.random.default_rng(seed)
    present = counts.any(axis=0)
    shares, sizes = counts[:, present] / counts[:, present].sum(axis=0), counts.sum(axis=1)
    best: tuple[tuple[int, float], NDArray[np.int64]] | None = None
    for _ in range(_tries(len(counts))):
        numbers = np.zeros(len(counts), dtype=np.int64)
        taken, images = np.zeros((folds, shares.shape[1])), np.zeros(folds)
        for group in random.permutation(len(counts)):
            fold = int(np.lexsort((images, (taken @ shares[group]).round(12)))[0])
            numbers[group] = fold
            taken[fold] += shares[group]
            images[fold] += sizes[group]
        score = left_out_of_folds(counts, numbers, folds), float(((taken - 1 / folds) ** 2).sum())
        if best is None or score < best[0]:
            best = score, numbers
    assert best is not None
    return best[1], best[0][0]


def _tries(groups: int) -> int:
    return min(_MOST_TRIES, max(3, _MOST_STEPS // groups))
