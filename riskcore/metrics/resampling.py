"""Groups and the resampling weights that every bootstrap shares.

Weights are drawn once, as counts (R, G): how often resample r drew group g. Any mean under any resample is
then a matrix product, and two models are compared on the same resamples.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from riskcore.errors import InputError

_DENSE = 16
"""Whole numbers below so many times their count are numbered by counting, which takes a tenth of sorting them."""


def group_codes(groups: ArrayLike) -> tuple[NDArray[np.int64], int]:
    """Number the groups.

    Inputs: groups (N,) of any sortable dtype; integers are fastest: number strings once.
    Returns: codes (N,) int64 in 0..G-1, and G.

    >>> group_codes(["b", "a", "b"])
    (array([1, 0, 1]), 2)
    """
    given = np.asarray(groups)
    if given.size and given.dtype.kind == "i" and 0 <= given.min() <= given.max() < _DENSE * given.size:
        present = np.bincount(given) > 0
        return (np.cumsum(present) - 1)[given], int(present.sum())
    names, codes = np.unique(given, return_inverse=True)
    return codes.astype(np.int64), len(names)


def group_sums(values: ArrayLike, codes: NDArray[np.int64], groups: int) -> NDArray[np.float64]:
    """Sum of the values within each group.

    Inputs: values (N,) or (N, A), bool or number; codes (N,) in 0..groups-1. Returns: (G,) or (G, A) float64.

    >>> group_sums([1, 0, 1], np.array([1, 0, 1]), 2)
    array([0., 2.])
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 1:
        return np.bincount(codes, weights=values, minlength=groups).astype(np.float64)
    rows = np.arange(len(codes))
    return sparse.csr_matrix((np.ones(len(codes)), (codes, rows)), shape=(groups, len(codes))) @ values


def bootstrap_weights(groups: int, resamples: int = 2000, seed: int = 0) -> NDArray[np.float32]:
    """How often each resample draws each group: multinomial counts.

    Each row: G draws with replacement from G groups. Inputs: groups G ≥ 1; resamples R ≥ 1; seed.
    Returns: (R, G) float32; rows sum to G. Raises InputError when there is no group.
    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993.

    >>> bootstrap_weights(5, resamples=3).sum(axis=1)
    array([5., 5., 5.], dtype=float32)
    """
    if groups < 1 or resamples < 1:
        raise InputError(f"{groups} groups and {resamples} resamples, expected at least 1 of each: nothing to draw.")
    rng = np.random.default_rng(seed)
    weights = np.empty((resamples, groups), np.float32)
    for row in weights:
        row[:] = np.bincount(rng.integers(0, groups, groups), minlength=groups)
    return weights


def unit_weights(units: int, resamples: int = 2000, seed: int = 0) -> NDArray[np.float32]:
    """How often each resample draws each group or seed, with the spread of independent ones even where they are few.

    Each row: n − 1 draws with replacement from n units, so that the variance of a mean over units is unbiased, where n
    draws make it too small by (n − 1)/n. One unit is always drawn.
    Inputs: units n ≥ 1; resamples R ≥ 1; seed. Returns: (R, n) float32; rows sum to max(n − 1, 1).
    Raises InputError when there is no unit.
    Source: Rao & Wu, Journal of the American Statistical Association 83, 1988 (rescaling bootstrap, m = n − 1).

    >>> unit_weights(5, resamples=3).sum(axis=1)
    array([4., 4., 4.], dtype=float32)
    """
    if units < 1 or resamples < 1:
        raise InputError(f"{units} units and {resamples} resamples, expected at least 1 of each: nothing to draw.")
    rng, draws = np.random.default_rng(seed), max(units - 1, 1)
    weights = np.empty((resamples, units), np.float32)
    for row in weights:
        row[:] = np.bincount(rng.integers(0, units, draws), minlength=units)
    return weights


def crossed_weights(
    groups: ArrayLike, seeds: ArrayLike, resamples: int = 2000, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Codes and weights that resample groups and training seeds, each independently.

    The weight of a case is the count of its group times the count of its seed. Only pairs of group and seed
    that occur get a column, and the result serves wherever (codes, weights) does.
    Inputs: groups (N,); seeds (N,), the seed of the run behind each case. Memory: 4·R·G·S bytes.
    Returns: codes (N,) int64 of the pairs, weights (R, pairs) float32. One seed: only groups vary.
    Source: Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007.

    >>> codes, weights = crossed_weights(["a", "b", "a", "b"], [0, 0, 1, 1], resamples=7)
    >>> codes, weights.shape
    (array([0, 2, 1, 3]), (7, 4))
    """
    group_of, number_of_groups = group_codes(groups)
    seed_of, number_of_seeds = group_codes(seeds)
    if group_of.shape != seed_of.shape:
        raise InputError(f"groups has {len(group_of)} cases and seeds {len(seed_of)}: pass one of each a case.")
    pairs, codes = np.unique(group_of * number_of_seeds + seed_of, return_inverse=True)
    of_groups = bootstrap_weights(number_of_groups, resamples, seed)
    of_seeds = bootstrap_weights(number_of_seeds, resamples, seed + 1)
    return codes, of_groups[:, pairs // number_of_seeds] * of_seeds[:, pairs % number_of_seeds]


def resampled_ratios(
    numerators: ArrayLike, denominators: ArrayLike, codes: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Ratios of sums under every resample.

    ratio[r, a] = Σ_i w_r(g_i)·num[i, a] / Σ_i w_r(g_i)·den[i, a], as two products (R, G) @ (G, A).
    Inputs: numerators (N, A); denominators (N, A) or (N, 1); codes (N,); weights (R, G).
    Returns: (R, A) float64, nan where a denominator is 0.

    >>> resampled_ratios([[1], [0]], [[1], [1]], np.array([0, 1]), np.array([[2, 0], [1, 1]], np.float32))
    array([[1. ],
           [0.5]])
    """
    above, below = (_weighted_sums(np.asarray(part), codes, weights) for part in (numerators, denominators))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _weighted_sums(values: NDArray[Any], codes: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    # float32 products: counts below 2**24 are exact, other sums are right to about 1e-6
    sums = group_sums(values, codes, weights.shape[1]).astype(np.float32)
    return (weights @ sums).astype(np.float64)
