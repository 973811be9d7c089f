"""What a set of decisions costs: outcomes of each case, rates with intervals, tables, subgroups.

A decision is a class index a case; what looks at probabilities is in `probability_measures`.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.intervals import Rate, mean_interval, proportion, stratified
from riskcore.metrics.resampling import group_codes
from riskcore.severity import SeverityMatrix

NO_DANGEROUS_CASE = "no dangerous case"
"""Method of a CER or critical miss rate without value: no case is of a critical class, so no critical error can be."""
SUBGROUP_MINIMUM = 20  # different cases in a rate's denominator below which nothing is claimed of a subgroup


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """What happened to each of N cases.

    Attributes:
        correct: (N,) bool, the prediction is the truth.
        critical: (N,) bool, the error is critical (M[y, ŷ] ≥ tau).
        critical_class: (N,) bool, the truth is a critical class.
        over_call: (N,) bool, the truth is no critical class, but the prediction is one.
        noncritical_class: (N,) bool, the truth is no critical class.
        severity: (N,) float64, M[y, ŷ].
    """

    correct: NDArray[np.bool_]
    critical: NDArray[np.bool_]
    critical_class: NDArray[np.bool_]
    over_call: NDArray[np.bool_]
    noncritical_class: NDArray[np.bool_]
    severity: NDArray[np.float64]


def class_indices(name: str, values: ArrayLike, classes: int) -> NDArray[np.int64]:
    indices = np.asarray(values)
    if indices.ndim != 1 or not np.issubdtype(indices.dtype, np.integer):
        if indices.size:
            raise InputError(f"{name} must be a list of class indices, one a case: map class names to 0..K-1.")
        return np.zeros(0, np.int64)
    if indices.size and not (indices.min() >= 0 and indices.max() < classes):
        raise InputError(f"{name} ranges over {indices.min()}..{indices.max()}, expected 0..{classes - 1}.")
    return indices.astype(np.int64)


def _truth_and_prediction(
    truth: ArrayLike, predicted: ArrayLike, classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    y, decision = class_indices("truth", truth, classes), class_indices("predicted", predicted, classes)
    if len(y) != len(decision):
        raise InputError(f"truth has {len(y)} cases and predicted {len(decision)}: pass one prediction a case.")
    return y, decision


def outcomes(truth: ArrayLike, predicted: ArrayLike, matrix: SeverityMatrix) -> Outcomes:
    """What happened to each case.

    Inputs: truth, predicted (N,) int in 0..K-1, in the class order of the matrix.
    Returns: Outcomes. Raises InputError on differing lengths or an index out of range.

    >>> from riskcore.severity import SeverityMatrix
    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> outcomes([0, 1, 1], [1, 0, 1], m).critical
    array([False,  True, False])
    """
    y, decision = _truth_and_prediction(truth, predicted, len(matrix.classes))
    of_critical_class = matrix.critical_classes[y]
    return Outcomes(
        correct=y == decision,
        critical=matrix.critical_cells[y, decision],
        critical_class=of_critical_class,
        over_call=~of_critical_class & matrix.critical_classes[decision],
        noncritical_class=~of_critical_class,
        severity=matrix.values[y, decision],
    )


def majority_accuracy(truth: ArrayLike) -> float:
    """Accuracy of always saying the commonest class: max_k n_k / N; nan where there are no cases.

    Inputs: truth (N,) int.

    >>> majority_accuracy([0, 0, 0, 1])
    0.75
    """
    y = np.asarray(truth)
    return float(np.unique(y, return_counts=True)[1].max() / y.size) if y.size else float("nan")


def rates(
    truth: ArrayLike,
    predicted: ArrayLike,
    matrix: SeverityMatrix,
    groups: ArrayLike,
    *,
    prevalence: float | None = None,
    samples: ArrayLike | None = None,
    level: float = 0.95,
) -> dict[str, Rate]:
    """Every rate of a set of decisions, with its interval.

    accuracy = correct / N; cer = critical errors / N; critical_miss_rate = critical errors / cases of
    critical classes; over_call_rate = other cases called a critical class / cases of other classes;
    expected_severity = mean of M[y, ŷ]; balanced_accuracy = mean recall of the classes present.

    At a stated prevalence π of critical classes the decisions stay and cases are re-weighted:
    accuracy and expected_severity = π·(mean over critical classes) + (1−π)·(mean over the others), cer =
    π·critical_miss_rate; the two conditional rates and balanced_accuracy do not depend on π.

    Where no case is of a critical class no critical error is possible: cer has n and 0 events, but no value (nan), as 0
    would read like a model that makes none; its method and that of critical_miss_rate is "no dangerous case".

    Inputs: truth, predicted (N,) int in 0..K-1; groups (N,) of any sortable dtype (integers are fastest);
    prevalence in (0, 1) or None for that of the sample; samples (N,) names, where seeds repeat a case: n then counts
    different cases, and events are their mean over seeds.
    Returns: accuracy, cer, critical_miss_rate, over_call_rate, expected_severity, balanced_accuracy.
    Raises InputError: no critical cell in the matrix, differing lengths, or a prevalence that cannot be had.
    Source: `proportion`, `mean_interval` and `stratified` of riskcore.metrics.intervals.

    >>> from riskcore.severity import SeverityMatrix
    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> result = rates([0, 0, 1, 1], [0, 1, 0, 1], m, ["a", "b", "c", "d"])
    >>> result["cer"].value, result["critical_miss_rate"].value, result["expected_severity"].value
    (0.25, 0.5, 3.0)
    >>> rates([0, 0, 1, 1], [0, 1, 0, 1], m, ["a", "b", "c", "d"], prevalence=0.125)["cer"].value
    0.0625
    """
    matrix.require_critical()
    y, _ = _truth_and_prediction(truth, predicted, len(matrix.classes))
    case = outcomes(truth, predicted, matrix)
    codes = group_codes(groups)[0]
    if len(codes) != len(y):
        raise InputError(f"groups has {len(codes)} cases and truth {len(y)}: pass one group a case.")
    names = None if samples is None else group_codes(samples)[0]
    everyone = np.ones(len(y), bool)

    def share(events: NDArray[np.bool_], eligible: NDArray[np.bool_]) -> Rate:
        distinct = None if names is None else group_codes(names[eligible])[1]
        return proportion(events, eligible, codes, level, distinct)

    result = {
        "accuracy": share(case.correct, everyone),
        "cer": share(case.critical, everyone),
        "critical_miss_rate": share(case.critical, case.critical_class),
        "over_call_rate": share(case.over_call, case.noncritical_class),
        "expected_severity": mean_interval(case.severity, codes, float(matrix.values.max()), level),
        "balanced_accuracy": _balanced_accuracy(case.correct, y, codes, level),
    }
    if len(y) and not case.critical_class.any():
        for name in ("cer", "critical_miss_rate"):
            result[name] = dataclasses.replace(
                result[name], value=math.nan, low=math.nan, high=math.nan, method=NO_DANGEROUS_CASE
            )
    if prevalence is not None:
        result |= _at_prevalence(prevalence, case, codes, matrix, result["critical_miss_rate"], level)
    if names is None:
        return result
    denominators = {"critical_miss_rate": case.critical_class, "over_call_rate": case.noncritical_class}
    return {
        name: per_seed(rate, group_codes(names[denominators.get(name, everyone)])[1]) for name, rate in result.items()
    }


def per_seed(rate: Rate, distinct: int) -> Rate:
    """A rate over seeds that repeat their cases, with its counts as means over the seeds.

    Inputs: distinct, different cases in the denominator. Returns: the rate with n = distinct.

    >>> found = per_seed(Rate(0.1, 0.05, 0.2, 5, 50, 20, ""), 25)
    >>> found.events, found.n
    (2.5, 25)
    """
    if rate.n == distinct:
        return rate
    events = None if rate.events is None else rate.events * distinct / rate.n
    return dataclasses.replace(rate, events=events, n=distinct)


def _balanced_accuracy(
    correct: NDArray[np.bool_], y: NDArray[np.int64], codes: NDArray[np.int64], level: float
) -> Rate:
    strata, present = group_codes(y)
    if present == 0:
        return proportion(correct, correct, codes, level)
    rate = stratified(correct, strata, [1 / present] * present, codes, level)
    return dataclasses.replace(rate, events=None)


def _at_prevalence(
    prevalence: float,
    case: Outcomes,
    codes: NDArray[np.int64],
    matrix: SeverityMatrix,
    miss: Rate,
    level: float,
) -> dict[str, Rate]:
    if not 0 < prevalence < 1:
        raise InputError(f"prevalence is {prevalence}, expected a share between 0 and 1 such as 0.05.")
    if case.critical_class.all() or case.noncritical_class.all():
        raise InputError("prevalence: there are no cases of critical, or none of other classes, to re-weight.")
    strata, shares = case.noncritical_class.astype(np.int64), (prevalence, 1 - prevalence)
    # a critical error needs a critical class, so the other cases add neither events nor uncertainty
    cer = dataclasses.replace(
        miss,
        value=prevalence * miss.value,
        low=prevalence * miss.low,
        high=prevalence * miss.high,
        method=f"critical miss rate × prevalence {prevalence:g}; {miss.method}",
    )
    bound = float(matrix.values.max())
    return {
        "accuracy": stratified(case.correct, strata, shares, codes, level),
        "cer": cer,
        "expected_severity": stratified(case.severity, strata, shares, codes, level, bound),
    }


def per_class_recall(
    truth: ArrayLike,
    predicted: ArrayLike,
    classes: Sequence[str],
    groups: ArrayLike,
    *,
    samples: ArrayLike | None = None,
    level: float = 0.95,
) -> dict[str, Rate]:
    """Recall of each class: its cases that are called so / its cases; nan for a class without cases.

    Inputs: truth, predicted (N,) int in 0..K-1; classes, K names; groups (N,); samples (N,) as for `rates`.
    Returns: class name -> Rate.

    >>> per_class_recall([0, 0, 1], [0, 1, 1], ["naevus", "melanoma"], [0, 1, 2])["naevus"].value
    0.5
    """
    y, decision = _truth_and_prediction(truth, predicted, len(classes))
    codes = group_codes(groups)[0]
    names = np.arange(len(y)) if samples is None else group_codes(samples)[0]
    found = {}
    for k, name in enumerate(classes):
        distinct = group_codes(names[y == k])[1]
        found[name] = per_seed(proportion(decision == k, y == k, codes, level, distinct), distinct)
    return found


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Counts of each (truth, prediction).

    Inputs: truth, predicted (N,) int in 0..K-1; classes K. Returns: (K, K) int64, rows are the truth.

    >>> confusion([0, 0, 1], [0, 1, 1], 2)
    array([[1, 1],
           [0, 1]])
    """
    y, decision = _truth_and_prediction(truth, predicted, classes)
    return np.bincount(y * classes + decision, minlength=classes**2).reshape(classes, classes)


def severity_confusion(truth: ArrayLike, predicted: ArrayLike, matrix: SeverityMatrix) -> NDArray[np.float64]:
    """What each confusion contributes to expected severity: counts[y, ŷ] · M[y, ŷ] / N.

    Inputs: truth, predicted (N,) int in 0..K-1, N ≥ 1. Returns: (K, K) float64; its sum is expected severity.

    >>> from riskcore.severity import SeverityMatrix
    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> severity_confusion([0, 0, 1, 1], [0, 1, 0, 1], m)
    array([[0. , 0.5],
           [2.5, 0. ]])
    """
    counts = confusion(truth, predicted, len(matrix.classes))
    return counts * matrix.values / max(int(counts.sum()), 1)


def by_subgroup(
    truth: ArrayLike,
    predicted: ArrayLike,
    matrix: SeverityMatrix,
    groups: ArrayLike,
    subgroups: Mapping[str, ArrayLike],
    *,
    samples: ArrayLike | None = None,
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """The same rates within each value of each subgroup column, as far as they may be claimed.

    A rate is claimed where its denominator holds at least 20 different cases: the critical miss rate needs 20 cases of
    critical classes, the over-call rate 20 of the others. Of the other rates value and interval are nan.

    Inputs: as `rates`; subgroups: column name -> (N,) str, "" where unknown.
    Returns: one dict a column and value: "column", "value" ("unknown" for ""), "n" and "groups" (int), "cases" (rate
    -> different cases in its denominator), "majority_accuracy" (float) and "rates" (as `rates` gives them); the last
    two are None where the subgroup has fewer than 20 different cases.

    >>> from riskcore.severity import SeverityMatrix
    >>> m = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
    >>> (row,) = by_subgroup([0] * 20 + [1] * 3, [0] * 22 + [1], m, range(23), {"sex": ["female"] * 23})
    >>> row["rates"]["accuracy"].value, row["rates"]["critical_miss_rate"].value, row["cases"]["critical_miss_rate"]
    (0.9130434782608695, nan, 3)
    """
    y, decision = _truth_and_prediction(truth, predicted, len(matrix.classes))
    codes = group_codes(groups)[0]
    names = None if samples is None else group_codes(samples)[0]
    identities = np.arange(len(y)) if names is None else names
    rows: list[dict[str, Any]] = []
    for column, given in subgroups.items():
        values = np.asarray(given)
        if values.shape != y.shape:
            raise InputError(f"subgroup {column!r} has {values.size} cases and truth {len(y)}: pass one value a case.")
        for value in np.unique(values):
            inside = values == value
            cases = _denominators(identities[inside], matrix.critical_classes[y[inside]])
            enough = cases["accuracy"] >= SUBGROUP_MINIMUM
            part = None if names is None else names[inside]
            within = (y[inside], decision[inside], matrix, codes[inside])
            rows.append(
                {
                    "column": column,
                    "value": str(value) or "unknown",
                    "n": int(inside.sum()),
                    "groups": len(np.unique(codes[inside])),
                    "cases": cases,
                    "majority_accuracy": majority_accuracy(y[inside]) if enough else None,
                    "rates": _claimed(rates(*within, samples=part, level=level), cases) if enough else None,
                }
            )
    return rows


def _denominators(identities: NDArray[np.int64], critical: NDArray[np.bool_]) -> dict[str, int]:
    """How many different cases each of `rates` is a share or mean of."""
    everyone = len(np.unique(identities))
    return dict.fromkeys(("accuracy", "cer", "expected_severity", "balanced_accuracy"), everyone) | {
        "critical_miss_rate": len(np.unique(identities[critical])),
        "over_call_rate": len(np.unique(identities[~critical])),
    }


def _claimed(named: dict[str, Rate], cases: Mapping[str, int]) -> dict[str, Rate]:
    """The rates, without value and interval where they rest on too few cases."""
    nan, method = math.nan, f"fewer than {SUBGROUP_MINIMUM} cases"
    return {
        name: rate
        if cases[name] >= SUBGROUP_MINIMUM
        else dataclasses.replace(rate, value=nan, low=nan, high=nan, method=method)
        for name, rate in named.items()
    }
