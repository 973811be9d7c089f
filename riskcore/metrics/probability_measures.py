"""Measures of the probabilities themselves, whatever is decided from them: ranking and calibration.

Each measure is written once, for many weightings of the cases: the value of the sample is the weighting by
ones, its bootstrap replicates are the weightings by group counts.
"""

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.critical_risk import critical_risk
from riskcore.metrics.intervals import Rate, resampling_interval
from riskcore.metrics.resampling import group_codes, resampled_ratios
from riskcore.severity import SeverityMatrix

ECE_BINS = 15  # equal width on [0, 1]
_CHUNK = 32  # resamples at a time: (10,000 cases, 32) float32 is 1.3 MB, which fits the processor's cache


def _checked(truth: ArrayLike, probabilities: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    y, p = np.asarray(truth, np.int64), np.asarray(probabilities, np.float64)
    if p.ndim != 2 or y.shape != p.shape[:1]:
        raise InputError(f"probabilities have shape {p.shape} and truth {y.shape}, expected (N, K) and (N,).")
    if p.size and not (np.isfinite(p).all() and p.min() >= 0 and np.allclose(p.sum(axis=1), 1, atol=1e-3)):
        row = int(np.argmin(np.isfinite(p).all(1) & (p >= 0).all(1) & (np.abs(p.sum(1) - 1) <= 1e-3)))
        raise InputError(f"probabilities: row {row} is {p[row].tolist()}; each row must be in 0..1 and sum to 1.")
    return y, p


def _one_weighting(n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return np.arange(n), np.ones((1, n), np.float32)


def auroc_replicates(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    codes: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Weighted area under the ROC curve, under every weighting.

    auroc_r = Σ_{i positive} w_i·(W⁻(s < s_i) + ½·W⁻(s = s_i)) / (W⁺·W⁻), W⁻ and W⁺ the negatives' and
    positives' weight: the negatives are sorted once, then cumulative sums serve all weightings.
    Inputs: scores (N,) float; positive (N,) bool; codes (N,) in 0..G-1; weights (R, G).
    Returns: (R,) float64, nan where a weighting holds no positive or no negative.
    Source: Hanley & McNeil, Radiology 143, 1982 (the Mann–Whitney form).

    >>> positive = np.array([False, False, True])
    >>> auroc_replicates(np.array([0.1, 0.4, 0.4]), positive, np.arange(3), np.ones((1, 3), np.float32))
    array([0.75])
    """
    negatives = np.flatnonzero(~positive)
    negatives = negatives[np.argsort(scores[negatives])]
    ranked, of_positive = scores[negatives], scores[positive]
    below = np.searchsorted(ranked, of_positive, side="left")
    up_to = np.searchsorted(ranked, of_positive, side="right")
    tied = bool((below != up_to).any())
    result = np.empty(len(weights))
    for start in range(0, len(weights), _CHUNK):
        counts = np.ascontiguousarray(weights[start : start + _CHUNK].T)  # (G, r): rows gather fast
        cumulative = np.zeros((len(negatives) + 1, counts.shape[1]), np.float32)
        # float32: counts are whole numbers, exact below 2**24
        np.cumsum(counts[codes[negatives]], axis=0, out=cumulative[1:])
        outranked = (cumulative[below] + cumulative[up_to]) / 2 if tied else cumulative[below]
        heads = counts[codes[positive]]
        wins = np.einsum("ir,ir->r", heads, outranked, dtype=np.float64)
        pairs = heads.sum(axis=0, dtype=np.float64) * cumulative[-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            result[start : start + counts.shape[1]] = np.where(pairs > 0, wins / pairs, np.nan)
    return result


def measure_replicates(
    truth: ArrayLike,
    probabilities: ArrayLike,
    matrix: SeverityMatrix,
    codes: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> dict[str, NDArray[np.float64]]:
    """macro_auroc, critical_auroc, ece and brier under every weighting of the groups.

    Two models judged with the same codes and weights have paired replicates: the interval of their difference
    is `resampling_interval(a - b, replicates_a - replicates_b, ...)`.
    Inputs: truth (N,) int; probabilities (N, K); codes (N,) in 0..G-1; weights (R, G).
    Returns: name -> (R,) float64; nan where a measure does not exist under a weighting.
    Raises InputError on shapes that do not fit or rows that are not probabilities.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> two_weightings = np.array([[1, 1], [2, 0]], np.float32)
    >>> p = [[0.6, 0.4], [0.2, 0.8]]
    >>> measure_replicates([0, 1], p, m, np.arange(2), two_weightings)["critical_auroc"]
    array([ 1., nan])
    """
    y, p = _checked(truth, probabilities)
    return {
        "macro_auroc": _macro(y, p, codes, weights),
        "critical_auroc": _critical(y, p, matrix, codes, weights),
        "ece": np.abs(_calibration_gaps(y, p, codes, weights)).sum(axis=1),
        "brier": _brier(y, p, codes, weights),
    }


def _macro(
    y: NDArray[np.int64], p: NDArray[np.float64], codes: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    return mean_where_there(np.stack([auroc_replicates(p[:, k], y == k, codes, weights) for k in range(p.shape[1])]))


def _critical(
    y: NDArray[np.int64],
    p: NDArray[np.float64],
    matrix: SeverityMatrix,
    codes: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> NDArray[np.float64]:
    return auroc_replicates(critical_risk(p, matrix), matrix.critical_classes[y], codes, weights)


def within_parts(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    parts: NDArray[np.int64],
    codes: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Mean over parts, such as folds, of the AUROC among the cases of each, under every weighting.

    Pooled, the cases of one part are also ranked against those of another, so parts whose probabilities are
    calibrated differently lower the pooled AUROC, and this mean not.
    Inputs: scores (N,) float; positive (N,) bool; parts (N,) int; codes (N,) in 0..G-1; weights (R, G).
    Returns: (R,) float64; parts without a positive or a negative are left out, nan where none is left.
    Source: Forman & Scholz, ACM SIGKDD Explorations 12, 2010 (the average over folds beside the merged AUROC).

    >>> positive, parts = np.array([False, True, False, True]), np.array([0, 0, 1, 1])
    >>> scores, weights = np.array([0.1, 0.2, 0.8, 0.9]), np.ones((1, 4), np.float32)
    >>> within_parts(scores, positive, parts, np.arange(4), weights)
    array([1.])
    >>> auroc_replicates(scores, positive, np.arange(4), weights)
    array([0.75])
    """
    each = [
        auroc_replicates(scores[inside], positive[inside], codes[inside], weights)
        for inside in (parts == part for part in np.unique(parts))
    ]
    return mean_where_there(np.stack(each))


def mean_where_there(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the first axis of what is not nan; nan where nothing is left.

    >>> mean_where_there(np.array([[0.5, np.nan], [1.0, np.nan]]))
    array([0.75,  nan])
    """
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(there, values, 0).sum(axis=0) / there.sum(axis=0)


def _calibration_gaps(
    y: NDArray[np.int64], p: NDArray[np.float64], codes: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """(R, bins) share of cases in a bin times its mean confidence minus accuracy."""
    confidence = p.max(axis=1, initial=0.0)
    bins = np.clip(np.ceil(confidence * ECE_BINS) - 1, 0, ECE_BINS - 1)
    gap = confidence - (p.argmax(axis=1) == y)
    by_bin = np.where(bins[:, None] == np.arange(ECE_BINS), gap[:, None], 0.0)
    return resampled_ratios(by_bin, np.ones((len(y), 1)), codes, weights)


def _brier(
    y: NDArray[np.int64], p: NDArray[np.float64], codes: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    squared = ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)
    return resampled_ratios(squared[:, None], np.ones((len(y), 1)), codes, weights)[:, 0]


def macro_auroc(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean over classes of the AUROC of that class against the rest, by its probability.

    Classes without cases, or with all cases, have no AUROC and are left out; nan when none is left.
    Inputs: truth (N,) int in 0..K-1; probabilities (N, K), rows sum to 1. Returns: float in 0..1.
    Source: one-vs-rest, Provost & Domingos, CeDER report IS-00-04, 2000 (there weighted by class).

    >>> macro_auroc([0, 1, 1], [[0.8, 0.2], [0.3, 0.7], [0.9, 0.1]])
    0.5
    """
    y, p = _checked(truth, probabilities)
    return float(_macro(y, p, *_one_weighting(len(y)))[0])


def critical_auroc(truth: ArrayLike, probabilities: ArrayLike, matrix: SeverityMatrix) -> float:
    """AUROC of critical against other classes, by the summed probability of the critical classes.

    Inputs: truth (N,) int; probabilities (N, K). Returns: float in 0..1; nan where either side has no cases.

    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> critical_auroc([0, 1, 1], [[0.8, 0.2], [0.3, 0.7], [0.9, 0.1]], m)
    0.5
    """
    y, p = _checked(truth, probabilities)
    return float(_critical(y, p, matrix, *_one_weighting(len(y)))[0])


def ece(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Expected calibration error of the likeliest class.

    Σ_b (n_b/N)·|mean confidence − accuracy| over 15 bins of equal width (i/15, (i+1)/15], by the largest
    probability. Biased upwards in small samples.
    Inputs: truth (N,) int; probabilities (N, K). Returns: float in 0..1.
    Source: Guo et al., ICML 2017.

    >>> round(ece([0, 1], [[0.8, 0.2], [0.2, 0.8]]), 6)
    0.2
    """
    y, p = _checked(truth, probabilities)
    return float(np.abs(_calibration_gaps(y, p, *_one_weighting(len(y)))).sum())


def brier(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Brier score over all classes: mean of Σ_k (p_k − 1[y = k])², in 0..2.

    Inputs: truth (N,) int; probabilities (N, K).
    Source: Brier, Monthly Weather Review 78, 1950 (the original form: with two classes twice the binary one).

    >>> round(brier([0], [[0.8, 0.2]]), 6)
    0.08
    """
    y, p = _checked(truth, probabilities)
    return float(_brier(y, p, *_one_weighting(len(y)))[0])


def probability_measures(
    truth: ArrayLike,
    probabilities: ArrayLike,
    matrix: SeverityMatrix,
    groups: ArrayLike,
    weights: NDArray[np.float32],
    level: float = 0.95,
    parts: ArrayLike | None = None,
) -> dict[str, Rate]:
    """macro_auroc, critical_auroc, ece and brier with bootstrap intervals over groups.

    All are of the cases pooled; where several parts (folds, seeds) are given, critical_auroc_within_folds is the mean
    of the AUROC within each (`within_parts`), which differently calibrated folds do not lower.

    Percentile intervals, with two exceptions. ECE v is biased upwards and its replicates once more, so its
    interval is reflected: [2v − q_high, 2v − q_low], widened to hold v; its lower end is 0 where v is no
    larger than the replicates' distance Σ_b |gap_b(r) − gap_b| from the sample, which good calibration would
    give too. An AUROC of exactly 1 is 1 in every resample; its lower end is the exact one of as many disjoint
    pairs as there are groups on the smaller side: (α/2)^(1/pairs), averaged over classes for the macro AUROC.

    Inputs: truth (N,) int; probabilities (N, K); groups (N,); weights (R, G), or codes in place of groups
    with weights from `crossed_weights`; parts (N,) int, the fold or member behind each case.
    Returns: name -> Rate; macro_auroc's method names the classes left out.
    Raises InputError: no critical cell in the matrix, or weights drawn for another number of groups.
    Source: `resampling_interval`; reflected: Davison & Hinkley, Bootstrap Methods, 1997, § 5.2.

    >>> from riskcore.metrics.resampling import bootstrap_weights
    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]])
    >>> result = probability_measures([0, 0, 1, 1], p, m, [0, 1, 2, 3], bootstrap_weights(4, 200))
    >>> result["critical_auroc"].value, round(result["critical_auroc"].low, 3)
    (1.0, 0.158)
    """
    matrix.require_critical()
    y, p = _checked(truth, probabilities)
    codes, number = group_codes(groups)
    if weights.shape[1] != number or len(codes) != len(y):
        raise InputError(
            f"{len(y)} cases with {len(codes)} groups, {number} of them different, and weights for "
            f"{weights.shape[1]}: draw bootstrap_weights({number})."
        )
    replicates = measure_replicates(y, p, matrix, codes, weights)
    values = measure_replicates(y, p, matrix, *_one_weighting(len(y)))
    if parts is not None and len(np.unique(members := np.asarray(parts, np.int64))) > 1:
        ranked = critical_risk(p, matrix), matrix.critical_classes[y], members
        replicates["critical_auroc_within_folds"] = within_parts(*ranked, codes, weights)
        values["critical_auroc_within_folds"] = within_parts(*ranked, *_one_weighting(len(y)))
    value = {name: float(array[0]) for name, array in values.items()}
    replicates["ece"] = 2 * value["ece"] - replicates["ece"]
    result = {name: resampling_interval(value[name], replicates[name], len(y), number, level=level) for name in value}
    gaps = _calibration_gaps(y, p, *_one_weighting(len(y)))
    noise = np.abs(_calibration_gaps(y, p, codes, weights) - gaps).sum(axis=1)
    calibrated = value["ece"] <= np.quantile(noise, (1 + level) / 2)
    error = result["ece"]
    result["ece"] = dataclasses.replace(
        error,
        low=0.0 if calibrated else min(max(error.low, 0.0), error.value),
        high=max(error.high, error.value),
        method=f"{error.method}, reflected",
    )
    sides = {
        "critical_auroc": [matrix.critical_classes[y]],
        "critical_auroc_within_folds": [matrix.critical_classes[y]],
        "macro_auroc": [y == k for k in range(p.shape[1])],
    }
    for name, positives in sides.items():
        if value.get(name) == 1:
            ends = [perfect_low(positive, codes, level) for positive in positives if 0 < positive.sum() < len(y)]
            method = "exact lower end of disjoint pairs (perfect ranking)"
            result[name] = dataclasses.replace(result[name], low=float(np.mean(ends)), method=method)
    absent = [name for k, name in enumerate(matrix.classes) if not (y == k).any()]
    if absent:
        macro = result["macro_auroc"]
        method = f"{macro.method}; no cases of {', '.join(absent)}"
        result["macro_auroc"] = dataclasses.replace(macro, method=method)
    return result


def perfect_low(positive: NDArray[np.bool_], codes: NDArray[np.int64], level: float = 0.95) -> float:
    """The exact lower end of a perfect AUROC: (α/2)^(1/pairs), pairs: groups on the smaller side.

    Inputs: positive (N,) bool, both sides present; codes (N,) of groups.

    >>> round(perfect_low(np.array([True, False, False]), np.arange(3)), 3)
    0.025
    """
    pairs = min(len(np.unique(codes[positive])), len(np.unique(codes[~positive])))
    return math.pow((1 - level) / 2, 1 / pairs)
