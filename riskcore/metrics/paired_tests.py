"""Tests of two models on the same cases, and Holm's correction for several comparisons."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.resampling import group_codes, group_sums

EXACT_GROUPS = 16  # 2**16 sign patterns are enumerated in milliseconds
_CHUNK = 500  # sign patterns at a time, which bounds memory


def sign_flip_test(a: ArrayLike, b: ArrayLike, groups: ArrayLike, draws: int = 9999, seed: int = 0) -> float:
    """Two-sided p value that a and b have the same mean, by flipping the sign of whole groups.

    d_g = Σ_{i in g} (a_i − b_i); under the null each d_g is as likely as −d_g, so p is the share of sign
    patterns with |Σ ±d_g| ≥ |Σ d_g|: all 2^G of them for up to 16 groups that differ, else (b + 1)/(m + 1)
    with b of m random patterns at least as extreme.
    Inputs: a, b (N,) bool or number, case by case; groups (N,); draws m; seed. Returns: p in (0, 1].
    Raises InputError on differing lengths.
    Source: Fisher, The Design of Experiments, 1935, § 21; (b + 1)/(m + 1): Phipson & Smyth, SAGMB 9, 2010.

    >>> sign_flip_test([1, 1, 1, 1], [0, 0, 0, 0], ["p", "q", "r", "s"])
    0.125
    """
    a, b, groups = np.asarray(a, np.float64), np.asarray(b, np.float64), np.asarray(groups)
    _check_lengths(a, b, groups)
    codes, number = group_codes(groups)
    differences = group_sums(a - b, codes, number)
    differences = differences[differences != 0]
    g = len(differences)
    # patterns as extreme up to rounding count as extreme
    threshold = abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    if g <= EXACT_GROUPS:
        patterns = np.arange(2**g)[:, None] >> np.arange(g) & 1
        return float((np.abs((2 * patterns - 1) @ differences) >= threshold).mean())
    rng = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, draws, _CHUNK):
        signs = 2.0 * rng.integers(0, 2, (min(_CHUNK, draws - start), g), dtype=np.int8) - 1
        extreme += int((np.abs(signs @ differences) >= threshold).sum())
    return (extreme + 1) / (draws + 1)


def mcnemar_test(a: ArrayLike, b: ArrayLike) -> float:
    """Two-sided exact McNemar p value for independent cases; with groups use `sign_flip_test`.

    Of the cases where only one of a, b holds, the number where it is a is Binomial(·, 1/2).
    Inputs: a, b (N,) bool, case by case. Returns: p in (0, 1], 1 when a and b agree everywhere.
    Source: McNemar, Psychometrika 12, 1947.

    >>> mcnemar_test([1, 1, 1, 1, 0], [0, 0, 0, 0, 0])
    0.125
    """
    from scipy.stats import binomtest  # takes half a second to import, and screens import this module

    a, b = np.asarray(a, bool), np.asarray(b, bool)
    _check_lengths(a, b)
    only_a, discordant = int((a & ~b).sum()), int((a != b).sum())
    return float(binomtest(only_a, discordant).pvalue) if discordant else 1.0


def paired_test(a: ArrayLike, b: ArrayLike, groups: ArrayLike) -> tuple[float, str]:
    """p value and name of the test that fits: McNemar when every case is its own group, else sign flips.

    Inputs: a, b (N,) bool, such as correct or critical; groups (N,). Returns: p, "McNemar" or "sign-flip".

    >>> paired_test([1, 1, 1, 1], [0, 0, 0, 0], ["p", "p", "q", "q"])
    (0.5, 'sign-flip')
    """
    if group_codes(groups)[1] == len(np.asarray(groups)):
        return mcnemar_test(a, b), "McNemar"
    return sign_flip_test(a, b, groups), "sign-flip"


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Holm's adjusted p values, which keep the family-wise error rate.

    In ascending order: adjusted_(i) = max_{j ≤ i} min(1, (m − j + 1)·p_(j)).
    Inputs: p_values (m,) in 0..1. Returns: (m,) in the order given. Raises InputError outside 0..1.
    Source: Holm, Scandinavian Journal of Statistics 6, 1979.

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError(f"p_values are {p.tolist()}, expected numbers in 0..1: leave out tests not made.")
    order = np.argsort(p)
    stepped = np.minimum(1.0, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
    adjusted = np.empty_like(p)
    adjusted[order] = stepped
    return adjusted


def _check_lengths(*arrays: NDArray[np.generic]) -> None:
    if len({array.shape for array in arrays}) > 1:
        shapes = " and ".join(str(array.shape) for array in arrays)
        raise InputError(f"a, b and groups have shapes {shapes}: pass the same cases in the same order.")
