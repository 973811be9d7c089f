"""Differences of the rates of two sides, from what each side's decisions come to in every replicate."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from riskcore.comparing.paired import Paired, class_tables, table_of
from riskcore.metrics.differences import Difference, pseudo_groups
from riskcore.severity import SeverityMatrix

Floats = NDArray[np.float64]

RATES = ("accuracy", "cer", "critical_miss_rate", "over_call_rate", "balanced_accuracy")
"""What stands beside every answer."""


def counted_tables(matrix: SeverityMatrix) -> Floats:
    """(2 + K, K, K) what is counted: critical errors, over-calls, and the correct decisions of each class.

    Example:
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> counted_tables(matrix).astype(int).tolist()
        [[[0, 0], [1, 0]], [[0, 1], [0, 0]], [[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    """
    harms = [table_of(matrix, measure).astype(np.float64) for measure in ("critical", "over_call")]
    return np.concatenate([np.stack(harms), class_tables(matrix)])


def rate_differences(
    paired: Paired, run: Floats, baseline: Floats, by_group: Floats, rng: np.random.Generator
) -> dict[str, Difference]:
    """Differences of all `RATES`.

    Args:
        paired: both sides and the draws.
        run, baseline: (2 + K, 1 + R) counts on test, over resampled groups and seeds, in the order of `counted_tables`.
        by_group: (2 + K, G) run − baseline in the sample, what each group adds.
        rng: of the pseudo-groups.

    Returns:
        Name -> difference; nan where the sample has no case in the denominator.
    """
    matrix = paired.matrix
    classes = matrix.number_of_classes
    critical, over_call = (run - baseline)[:2]
    of_class = (run - baseline)[2:]
    everyone = np.ones(classes, bool)

    def difference(counts: Floats, own: Floats, marked: NDArray[np.bool_], possible: bool = True) -> Difference:
        n, groups = paired.distinct_test(marked)
        if not possible:  # two sides without a possible event are not equally good
            return Difference(float("nan"), np.full(counts.shape[-1] - 1, np.nan), n, groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = counts / paired.cases(marked)
        noise = pseudo_groups(own, groups, len(values) - 1, rng)
        return Difference(float(values[0]), values[1:] + noise, n, groups)

    recalls = [
        difference(of_class[k], by_group[2 + k], everyone_of)
        for k, everyone_of in enumerate(np.eye(classes, dtype=bool))
        if paired.distinct_test(everyone_of)[0]
    ]
    return {
        "accuracy": difference(of_class.sum(axis=0), by_group[2:].sum(axis=0), everyone),
        "cer": difference(critical, by_group[0], everyone, paired.distinct_test(matrix.critical_classes)[0] > 0),
        "critical_miss_rate": difference(critical, by_group[0], matrix.critical_classes),
        "over_call_rate": difference(over_call, by_group[1], ~matrix.critical_classes),
        "balanced_accuracy": _mean(recalls, *paired.distinct_test()),
    }


def _mean(recalls: Sequence[Difference], n: int, groups: int) -> Difference:
    """Mean over the classes that a replicate holds."""
    every = np.stack([each.replicates for each in recalls])
    there = ~np.isnan(every)
    replicates = np.where(there, every, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    value = float(np.mean([each.value for each in recalls]))
    return Difference(value, replicates, n, groups, counted=False)
