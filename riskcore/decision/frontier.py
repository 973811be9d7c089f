"""What the dial trades: each rate at every setting (frontier), the least CER for an accuracy (step curve)."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.decision.dial import Envelope, dial_grid, envelope
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frontier:
    """The rates at every grid point of the dial, for one rule; shares in 0..1, NaN where no case counts.

    Attributes:
        rule: "severity" or "critical".
        aversion: (A,) ascending.
        accuracy, cer, critical_miss_rate, over_call_rate, expected_severity: (A,) float64.
    """

    rule: str
    aversion: Floats
    accuracy: Floats
    cer: Floats
    critical_miss_rate: Floats
    over_call_rate: Floats
    expected_severity: Floats

    def points(self) -> list[dict[str, Any]]:
        """One dictionary a grid point, ready for JSON: NaN becomes None, and each carries its rule.

        The CER is None, too, where no case is of a critical class: no critical error was possible.
        """
        names = [field.name for field in fields(self) if field.name != "rule"]
        possible = {"cer": np.where(np.isnan(self.critical_miss_rate), np.nan, self.cer)}
        columns = [possible.get(name, getattr(self, name)).tolist() for name in names]
        return [
            {"rule": self.rule}
            | {name: None if value != value else value for name, value in zip(names, row, strict=True)}
            for row in zip(*columns, strict=True)
        ]


def tally(truth: NDArray[np.int64], decisions: Envelope, rule: str, grid: Floats, matrix: SeverityMatrix) -> Frontier:
    """The frontier of decisions already made along a grid."""
    critical_class = matrix.critical_classes
    false_alarm = ~critical_class[:, None] & critical_class[None, :]
    dangerous = decisions.totals(matrix.critical_cells[truth])
    with np.errstate(invalid="ignore", divide="ignore"):
        return Frontier(
            rule=rule,
            aversion=grid,
            accuracy=decisions.totals(np.eye(matrix.number_of_classes)[truth]) / len(truth),
            cer=dangerous / len(truth),
            critical_miss_rate=dangerous / critical_class[truth].sum(),
            over_call_rate=decisions.totals(false_alarm[truth]) / (~critical_class[truth]).sum(),
            # A running sum leaves rounding noise, which must not decide between settings that are equal.
            expected_severity=(decisions.totals(matrix.values[truth]) / len(truth)).round(12),
        )


def frontier(
    y_true: ArrayLike,
    probabilities: Floats,
    matrix: SeverityMatrix,
    rule: str = "severity",
    grid: Floats | None = None,
) -> Frontier:
    """The rates as the dial turns.

    At each aversion a of the grid: decide (see `riskcore.decision.dial.decide`), then accuracy = mean 1[ŷ = y],
    CER = mean 1[M[y, ŷ] ≥ τ], critical miss rate = critical errors / cases of critical classes, over-call
    rate = cases of other classes called a critical class / cases of other classes, expected severity = mean
    M[y, ŷ].

    Args:
        y_true: (N,) int class index in 0..K-1, N ≥ 1.
        probabilities: (N, K) float in [0, 1], calibrated, columns in the order of `matrix.classes`.
        matrix: the severity matrix, with a critical cell.
        rule: "severity" or "critical".
        grid: (A,) ascending aversions in [0, 1]; default `dial_grid()`.

    Returns:
        A `Frontier`.

    Raises:
        InputError: no case, lengths that differ, a class index out of range, or no critical cell.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 1], [10, 0]], critical=10)
        >>> points = frontier([0, 1], np.array([[0.8, 0.2], [0.6, 0.4]]), M, grid=np.array([0.0, 0.5, 1.0]))
        >>> points.cer.tolist(), points.accuracy.tolist()
        ([0.5, 0.0, 0.0], [0.5, 1.0, 0.5])
    """
    truth = np.asarray(y_true, dtype=np.int64)
    if truth.ndim != 1 or len(truth) != len(probabilities) or not len(truth):
        raise InputError(
            f"y_true: {truth.size} labels for {len(probabilities)} rows of probabilities; "
            "give one label a row, and at least one."
        )
    if truth.min() < 0 or truth.max() >= matrix.number_of_classes:
        raise InputError(
            f"y_true: class indices must lie in 0 to {matrix.number_of_classes - 1}; check the class order."
        )
    matrix.require_critical()
    grid = dial_grid() if grid is None else np.asarray(grid, dtype=np.float64)
    return tally(truth, envelope(probabilities, matrix, rule, grid), rule, grid, matrix)


def step_curve(accuracy: Floats, cer: Floats) -> tuple[Floats, Floats]:
    """The least CER that can be had with at least a given accuracy.

    least(x) = min { CER of a point : its accuracy ≥ x }

    Args:
        accuracy: (P,) accuracies of any points, e.g. of both rules' frontiers joined.
        cer: (P,) their CERs.

    Returns:
        levels: (L,) the distinct accuracies, ascending, and least: (L,) ascending, the least CER at that
            level.
        For an accuracy x between levels take the next level: `least[np.searchsorted(levels, x)]`.

    Example:
        >>> step_curve(np.array([0.8, 0.7, 0.6]), np.array([0.06, 0.03, 0.04]))
        (array([0.6, 0.7, 0.8]), array([0.03, 0.03, 0.06]))
    """
    order = np.lexsort((cer, accuracy))
    levels, first = np.unique(accuracy[order], return_index=True)
    least = np.minimum.accumulate(cer[order][first][::-1])[::-1]
    return levels, least
