"""Figures at a stated share of critical classes: re-weighted cases, shifted probabilities, predictive values."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.intervals import Rate, proportion
from riskcore.metrics.resampling import group_codes, group_sums
from riskcore.severity import SeverityMatrix


def check_prevalence(prevalence: float) -> None:
    """InputError where it is no share between 0 and 1.

    >>> check_prevalence(0.05)
    """
    if not 0 < prevalence < 1:
        raise InputError(f"prevalence is {prevalence}, expected a share between 0 and 1 such as 0.05.")


def critical_share(truth: ArrayLike, matrix: SeverityMatrix) -> float:
    """Share of the cases that are of critical classes.

    Inputs: truth (N,) int in 0..K-1. Raises InputError where it is 0 or 1: nothing can be re-weighted then.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> critical_share([0, 0, 0, 1], m)
    0.25
    """
    critical = matrix.critical_classes[np.asarray(truth, dtype=np.int64)]
    if critical.all() or not critical.any():
        raise InputError("prevalence: there are no cases of critical, or none of other classes, to re-weight.")
    return float(critical.mean())


def case_weights(truth: ArrayLike, matrix: SeverityMatrix, prevalence: float) -> NDArray[np.float64]:
    """What each case counts at a prevalence π of critical classes: π / share, or (1 − π) / (1 − share).

    Inputs: truth (N,) int in 0..K-1. Returns: (N,) float64, mean 1.
    Raises InputError: a prevalence outside 0 to 1, or cases of one kind only.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> case_weights([0, 0, 0, 1], m, 0.1).round(2).tolist()
    [1.2, 1.2, 1.2, 0.4]
    """
    check_prevalence(prevalence)
    share = critical_share(truth, matrix)
    critical = matrix.critical_classes[np.asarray(truth, dtype=np.int64)]
    return np.where(critical, prevalence / share, (1 - prevalence) / (1 - share))


def weighted_confusion(
    truth: ArrayLike, predicted: ArrayLike, classes: int, weights: ArrayLike, of: float
) -> NDArray[np.float64]:
    """How many of `of` cases fall on each (truth, prediction), where cases count differently.

    Inputs: truth, predicted (N,) int in 0..K-1; classes K; weights (N,), one a case.
    Returns: (K, K) float64, rows are the truth; it sums to `of`.

    >>> weighted_confusion([0, 0, 1], [0, 1, 1], 2, [0.75, 0.75, 1.5], of=1000).tolist()
    [[250.0, 250.0], [0.0, 500.0]]
    """
    weight, total = np.asarray(weights, dtype=np.float64), np.zeros((classes, classes))
    np.add.at(total, (np.asarray(truth), np.asarray(predicted)), weight)
    return total * (of / weight.sum())


def shift(
    probabilities: NDArray[np.float64], matrix: SeverityMatrix, share: float, prevalence: float
) -> NDArray[np.float64]:
    """Probabilities at another prevalence of critical classes than the one that they are calibrated for.

    p'_k ∝ p_k · π / share for critical classes, p_k · (1 − π) / (1 − share) for the others; the mix of classes within
    either kind stays.

    Inputs: probabilities (N, K), rows sum to 1, columns in the order of the matrix; share: of critical classes where
    they were calibrated; prevalence π: where they are used; both in (0, 1).
    Returns: (N, K) float64, rows sum to 1.
    Source: Saerens, Latinne & Decaestecker, Neural Computation 14, 2002, eq. 2.4.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> shift(np.array([[0.5, 0.5]]), m, share=0.5, prevalence=0.1).round(3).tolist()
    [[0.9, 0.1]]
    """
    check_prevalence(prevalence)
    factor = np.where(matrix.critical_classes, prevalence / share, (1 - prevalence) / (1 - share))
    weighted = probabilities * factor
    return weighted / weighted.sum(axis=1, keepdims=True)


def predictive_values(
    truth: ArrayLike,
    predicted: ArrayLike,
    matrix: SeverityMatrix,
    groups: ArrayLike,
    *,
    prevalence: float | None = None,
    samples: ArrayLike | None = None,
    level: float = 0.95,
) -> dict[str, Rate]:
    """PPV and NPV of the call "critical", which is any critical class.

    ppv: of the cases called a critical class, the share that is of one; npv: of those called another class, the share
    that is of another. At a prevalence π both follow from sensitivity se (share of critical cases called a critical
    class) and specificity sp (share of the others called another class) by Bayes:
    ppv = π·se / (π·se + (1−π)·(1−sp)), npv = (1−π)·sp / ((1−π)·sp + π·(1−se)).

    Intervals: of the sample those of `proportion`. By Bayes, x / (1 + x) of x = odds · ratio of two rates (the
    likelihood ratios), whose interval is that of a ratio by MOVER from the rates' own intervals, with their
    correlation through groups that hold cases of both kinds.

    Inputs: truth, predicted (N,) int in 0..K-1; groups (N,); prevalence in (0, 1), None for that of the sample;
    samples (N,) names, where seeds repeat a case.
    Returns: ppv, npv; nan where no case is called so. Raises InputError as `case_weights`.
    Source: Altman & Bland, BMJ 309, 1994; MOVER of a ratio: Donner & Zou, Statistical Methods in Medical Research 21,
    2012.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> truth, called = [0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1]
    >>> predictive_values(truth, called, m, range(6))["ppv"].value.__round__(3)
    0.667
    >>> predictive_values(truth, called, m, range(6), prevalence=0.1)["ppv"].value.__round__(3)
    0.308
    """
    critical = matrix.critical_classes[np.asarray(truth, dtype=np.int64)]
    called = matrix.critical_classes[np.asarray(predicted, dtype=np.int64)]
    codes = group_codes(groups)[0]
    names = None if samples is None else group_codes(samples)[0]

    def share(events: NDArray[np.bool_], eligible: NDArray[np.bool_]) -> Rate:
        distinct = None if names is None else group_codes(names[eligible])[1]
        return proportion(events, eligible, codes, level, distinct)

    if prevalence is None:
        return {"ppv": share(critical, called), "npv": share(~critical, ~called)}
    check_prevalence(prevalence)
    critical_share(np.asarray(truth), matrix)
    odds = prevalence / (1 - prevalence)
    found = {}
    for name, call, of, against in (("ppv", called, critical, odds), ("npv", ~called, ~critical, 1 / odds)):
        right, wrong = share(call, of), share(call, ~of)
        ratio, low, high = _ratio(right, wrong, _correlation(call, of, codes))
        value, lower, upper = (_from_odds(against * each) for each in (ratio, low, high))
        method = f"Bayes at prevalence {prevalence:g}; MOVER of a ratio of Clopper–Pearson intervals"
        found[name] = Rate(value, lower, upper, None, right.n + wrong.n, len(np.unique(codes)), method)
    return found


def _from_odds(odds: float) -> float:
    return 1.0 if math.isinf(odds) else odds / (1 + odds)


def _ratio(above: Rate, below: Rate, correlation: float) -> tuple[float, float, float]:
    """Ratio of two rates with its interval: the roots R of (a − R·b)² = d_a² + R²·d_b² − 2·r·R·d_a·d_b.

    d: distance of a rate to the end of its interval, a's lower and b's upper for the lower root, else the others.
    """
    a, b = above.value, below.value
    if a == b == 0:
        return math.nan, math.nan, math.nan

    def terms(of_a: float, of_b: float) -> tuple[float, float, float, float]:
        middle = a * b - correlation * of_a * of_b
        square, constant = b**2 - of_b**2, a**2 - of_a**2
        return middle, square, constant, math.sqrt(max(middle**2 - square * constant, 0.0))

    middle, _, constant, root = terms(a - above.low, below.high - b)
    low = constant / (middle + root) if middle + root > 0 else 0.0
    middle, square, _, root = terms(above.high - a, b - below.low)
    high = (middle + root) / square if square > 0 else math.inf
    return (a / b if b else math.inf), max(low, 0.0), high


def _correlation(call: NDArray[np.bool_], of: NDArray[np.bool_], codes: NDArray[np.int64]) -> float:
    """Of the two rates through groups with cases of both kinds; 0 where there are none."""
    sums = []
    for inside in (of, ~of):
        residual = np.where(inside, call - call[inside].mean(), 0.0)
        sums.append(group_sums(residual, codes, int(codes.max()) + 1))
    spread = math.sqrt(float((sums[0] ** 2).sum() * (sums[1] ** 2).sum()))
    return float((sums[0] * sums[1]).sum()) / spread if spread else 0.0
