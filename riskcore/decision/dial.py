"""The risk dial: from calibrated probabilities to decisions, at one aversion or along the whole dial."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from riskcore.errors import InputError
from riskcore.severity import RULES, SeverityMatrix

# Expected harms and crossing points closer than this are ties, whatever rounding made of them.
TIE = 1e-12
CROSSING_TIE = 1e-9


@dataclass(frozen=True)
class Dial:
    """A setting of the risk dial.

    Attributes:
        rule: "severity" (harm H = M / max M) or "critical" (H = 1 where M ≥ τ).
        aversion: a in [0, 1]; 0 is the likeliest calibrated class, 1 the least expected harm.
    """

    rule: str
    aversion: float

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise InputError(f"rule: '{self.rule}' is not a rule of the risk dial; use one of {', '.join(RULES)}.")
        if not 0.0 <= self.aversion <= 1.0:
            raise InputError(f"aversion: {self.aversion} is outside 0 to 1; choose a number from 0 to 1.")

    def as_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "aversion": self.aversion}


def dial_grid() -> NDArray[np.float64]:
    """The 202 aversions of every frontier.

    a = λ / (1 + λ) for λ = 0 and 200 values log-spaced from 0.01 to 1,000; then a = 1.

    Returns:
        (202,) float64, ascending from 0 to 1.

    Example:
        >>> dial_grid()[[0, 1, -2, -1]].round(4).tolist()
        [0.0, 0.0099, 0.999, 1.0]
    """
    odds = np.geomspace(0.01, 1000.0, 200)
    return np.concatenate([[0.0], odds / (1.0 + odds), [1.0]])


@dataclass(frozen=True)
class Envelope:
    """Every case's decisions along a dial, stored as the points where they change.

    Case n decides `classes[n, s]` from grid point `starts[n, s]` up to the next start; of steps that start
    at the same point the last counts. There are at most K steps, however fine the grid.

    Attributes:
        classes: (N, S) int64.
        starts: (N, S) int64 in 0..points, never descending in a row, `starts[:, 0] == 0`; `points` is never.
        points: number of grid points A.
    """

    classes: NDArray[np.int64]
    starts: NDArray[np.int64]
    points: int

    def at(self, point: int) -> NDArray[np.int64]:
        """(N,) decisions at one grid point."""
        step = (self.starts <= point).sum(axis=1) - 1
        return self.classes[np.arange(len(step)), step]

    def decisions(self) -> NDArray[np.int64]:
        """(N, A) decisions at every grid point."""
        held = np.repeat(self.classes[:, :1], self.points, axis=1)
        for step in range(1, self.classes.shape[1]):
            np.copyto(held, self.classes[:, step, None], where=np.arange(self.points) >= self.starts[:, step, None])
        return held

    def changes(self, values: NDArray[Any], rows: NDArray[np.int64], size: int) -> coo_array:
        """How a sum over cases changes from grid point to grid point, per row (a clinical group of cases).

        Args:
            values: (N, K) what case n adds to the sum when it decides class j.
            rows: (N,) int64 in 0..size-1, the row of each case.

        Returns:
            sparse (A, size) D: Σ over g ≤ a of D[g, r] is the sum of row r at grid point a.
        """
        held = np.take_along_axis(values.astype(np.float64), self.classes, axis=1)
        delta = np.diff(held, axis=1, prepend=0.0)
        case, step = np.nonzero((delta != 0.0) & (self.starts < self.points))
        where = (self.starts[case, step], rows[case])
        return coo_array((delta[case, step], where), shape=(self.points, size))

    def totals(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(A,) sum over all cases at every grid point; `values` as in `changes`."""
        jumps = self.changes(values, np.zeros(len(values), dtype=np.int64), 1)
        return np.cumsum(np.bincount(jumps.coords[0], weights=jumps.data, minlength=self.points))


def join_envelopes(parts: Sequence[Envelope]) -> Envelope:
    """The cases of several envelopes over one grid, one after the other.

    A part whose cases change less often repeats its last decision.
    """
    steps = max(part.classes.shape[1] for part in parts)

    def padded(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.pad(values, ((0, 0), (0, steps - values.shape[1])), mode="edge")

    return Envelope(
        np.concatenate([padded(part.classes) for part in parts]),
        np.concatenate([padded(part.starts) for part in parts]),
        parts[0].points,
    )


def envelope(
    probabilities: NDArray[np.float64],
    matrix: SeverityMatrix,
    rule: str,
    grid: NDArray[np.float64] | None = None,
) -> Envelope:
    """Decide every case at every grid point, exactly.

    With λ = a / (1 − a) the cost of class j is a line in λ, (1 − pⱼ) + λ·Eⱼ with Eⱼ = Σᵢ pᵢ·H[i, j], and the
    decision is the lowest line. So each case starts at its likeliest class (λ = 0) and walks to the line with
    smaller Eⱼ that it meets next: K − 1 steps at most, and nothing depends on the number of grid points.
    Where lines meet on a grid point the one before is kept, which is the likelier class.

    Args:
        probabilities: (N, K) float in [0, 1], calibrated, columns in the order of `matrix.classes`.
        matrix: the severity matrix.
        rule: "severity" or "critical".
        grid: (A,) ascending aversions in [0, 1]; default `dial_grid()`.

    Returns:
        The decisions.

    Raises:
        InputError: the number of columns differs from the number of classes, or a probability is not finite.
    """
    grid = dial_grid() if grid is None else np.asarray(grid, dtype=np.float64)
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] != matrix.number_of_classes:
        raise InputError(
            f"probabilities: shape {p.shape} does not fit a matrix of {matrix.number_of_classes} classes; "
            "give one column a class."
        )
    if not np.isfinite(p).all():  # argmax would take a nan for the greatest
        row = int((~np.isfinite(p)).any(axis=1).argmax())
        raise InputError(f"probabilities: row {row} holds a number that is not finite, so nothing is decided.")
    harm = p @ matrix.cost(rule)
    with np.errstate(divide="ignore"):
        odds = grid / (1.0 - grid)

    current = p.argmax(axis=1)
    classes, crossings = [current], [np.full(len(p), -np.inf)]
    moving = np.arange(len(p))
    while len(moving):
        p_now, harm_now = p[moving, current[moving]], harm[moving, current[moving]]
        gain = harm_now[:, None] - harm[moving]
        meets = np.full(gain.shape, np.inf)
        np.divide(p_now[:, None] - p[moving], gain, out=meets, where=gain > TIE)
        first = meets.min(axis=1)
        going = np.isfinite(first)
        moving, meets, first = moving[going], meets[going], first[going]
        if not len(moving):
            break
        # Of several lines met at one point the likelier comes first; the walk goes on from there.
        together = meets <= first[:, None] * (1.0 + CROSSING_TIE)
        current = current.copy()
        current[moving] = np.where(together, p[moving], -1.0).argmax(axis=1)
        crossing = np.full(len(p), np.inf)
        crossing[moving] = first
        classes.append(current)
        crossings.append(crossing)

    met = np.stack(crossings, axis=1) * (1.0 + CROSSING_TIE)
    starts = np.searchsorted(odds, met, side="right")
    starts[np.isinf(met) & (met > 0)] = len(grid)
    return Envelope(np.stack(classes, axis=1), np.maximum.accumulate(starts, axis=1), len(grid))


def decide_grid(
    probabilities: NDArray[np.float64],
    matrix: SeverityMatrix,
    rule: str,
    grid: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Decisions at every point of the dial: column a equals `decide` at `grid[a]`.

    Args and errors: as `envelope`.

    Returns:
        (N, A) int64 class index.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 1], [10, 0]], critical=10)
        >>> decide_grid(np.array([[0.8, 0.2]]), M, "severity", grid=np.array([0.0, 0.8, 0.9, 1.0])).tolist()
        [[0, 0, 1, 1]]
    """
    return envelope(probabilities, matrix, rule, grid).decisions()


def decide(
    probabilities: NDArray[np.float64], matrix: SeverityMatrix, aversion: float, rule: str = "severity"
) -> NDArray[np.int64]:
    """The decision of least expected cost at one setting of the dial.

    argminⱼ Σᵢ pᵢ·C[i, j],  C = (1 − a)·(1 − I) + a·H

    H = M / max M for rule "severity", H = 1[M ≥ τ] for "critical". Ties go to the likelier class, then to the
    one listed first.

    Args:
        probabilities: (N, K) float in [0, 1], calibrated, columns in the order of `matrix.classes`.
        matrix: the severity matrix, rows the truth.
        aversion: a in [0, 1].
        rule: "severity" or "critical".

    Returns:
        (N,) int64 class index.

    Raises:
        InputError: unknown rule, aversion outside 0 to 1, a wrong number of columns, or a probability that is not
            finite.

    Source: conditional risk minimisation, e.g. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI
    2001.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 1], [10, 0]], critical=10)
        >>> decide(np.array([[0.8, 0.2]]), M, aversion=1.0).tolist()
        [1]
    """
    dial = Dial(rule, aversion)
    return envelope(probabilities, matrix, dial.rule, np.array([dial.aversion])).at(0)
