"""Cases with a score that is known before their truth and a loss that is known after, and what their groups lose.

A case is answered where its score is at most a threshold. Groups (patients, slides, lesions) are the unit of every
certificate: a group's loss at a threshold is a mean over its cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.decision.dial import Dial, decide
from riskcore.errors import InputError
from riskcore.metrics.resampling import group_codes
from riskcore.severity import SeverityMatrix

Per = Literal["answered", "case"]
"""A group's loss is the mean over its answered cases, or over each case of it, an unanswered one being 0."""

THRESHOLDS = 200
"""Most thresholds that are tried: the scores of validation, or this many quantiles of them."""


@dataclass(frozen=True)
class Scored:
    """Cases with what is known of each before (score) and after (loss) its truth is seen.

    Attributes:
        scores: (N,) float64; the lower, the safer; infinite for a case that is never answered.
        losses: (N,) float64 in 0..1.
        groups: (N,) labels.
        claims: name of a further claim -> (N,) bool, the cases that it is about.
    """

    scores: NDArray[np.float64]
    losses: NDArray[np.float64]
    groups: NDArray[Any]
    claims: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cases = (len(self.scores),)
        if any(part.shape != cases for part in (self.losses, self.groups, *self.claims.values())):
            raise InputError("Expected one score, loss, group and claim a case.")
        if not ((self.scores > -np.inf).all() and ((self.losses >= 0) & (self.losses <= 1)).all()):
            raise InputError("Expected scores that are numbers, and losses from 0 to 1.")


def scored(
    y_true: ArrayLike,
    probabilities: ArrayLike,
    matrix: SeverityMatrix,
    dial: Dial,
    groups: ArrayLike,
    *,
    harm: bool = False,
    strange: ArrayLike | None = None,
) -> Scored:
    """Cases with the calibrated probability that their call is a critical error, and whether it is one.

    Args:
        y_true: (N,) int, places in the matrix's order. probabilities: (N, K), calibrated.
        dial: at which the calls are made. groups: (N,) labels.
        harm: the expected harm and the harm instead, as shares of the matrix's greatest cost.
        strange: (N,) bool, images that are not of the kind the model knows: they are never answered.

    Returns: a claim for each critical class, also where there is no case of it, as then nothing can be certified.

    Example:
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> found = scored([0, 1], [[0.9, 0.1], [0.6, 0.4]], matrix, Dial("severity", 0.0), ["p1", "p2"])
        >>> found.scores.tolist(), found.losses.tolist(), found.claims["melanoma"].tolist()
        ([0.1, 0.4], [0.0, 1.0], [False, True])
    """
    truth, p = np.asarray(y_true, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)
    calls = decide(p, matrix, dial.aversion, dial.rule)
    cost = matrix.values / matrix.values.max() if harm else matrix.critical_cells.astype(np.float64)
    danger = zip(matrix.classes, matrix.critical_classes, strict=True)
    scores = (p * cost[:, calls].T).sum(axis=1)
    return Scored(
        scores=scores if strange is None else np.where(np.asarray(strange, dtype=bool), np.inf, scores),
        losses=cost[truth, calls],
        groups=np.asarray(groups),
        claims={name: truth == place for place, (name, critical) in enumerate(danger) if critical},
    )


def grid(validation: Scored) -> NDArray[np.float64]:
    """(T,) thresholds, from few answers to many: validation's scores, or `THRESHOLDS` quantiles of them.

    Raises:
        InputError: no case of validation may be answered.
    """
    answerable = validation.scores[np.isfinite(validation.scores)]
    if not len(answerable):
        raise InputError("Expected cases of validation that may be answered.")
    return np.unique(np.quantile(answerable, np.linspace(0, 1, THRESHOLDS), method="higher"))


class GroupLosses:
    """What the groups of one claim lose at a threshold.

    Args:
        part: the cases. name: of the claim; "all" for every case.

    Attributes:
        name: of the claim. groups: with a case of it. every: groups of the whole part.

    Example:
        >>> cases = Scored(np.array([0.1, 0.2, 0.3]), np.array([0.0, 1.0, 1.0]), np.array(["p1", "p1", "p2"]))
        >>> of = GroupLosses(cases, "all")
        >>> of.at(0.2, "answered").tolist(), of.at(0.2, "case").tolist(), of.totals(np.array([0.1, 0.3])).tolist()
        ([0.5], [0.5, 0.0], [0.0, 1.5])
    """

    def __init__(self, part: Scored, name: str) -> None:
        everything = np.ones(len(part.scores), dtype=bool)
        inside = everything if name == "all" else part.claims.get(name, ~everything)
        self.name = name
        self.every = len(np.unique(part.groups))
        self._scores, self._losses = part.scores[inside], part.losses[inside]
        self._codes, self.groups = group_codes(part.groups[inside])
        self._cases = np.bincount(self._codes, minlength=self.groups)

    def answered(self, threshold: float) -> int:
        """Groups with an answered case."""
        return len(np.unique(self._codes[self._scores <= threshold]))

    def at(self, threshold: float, per: Per) -> NDArray[np.float64]:
        """(n,) loss of each group that counts: every one, or per answered case those with an answered one."""
        inside = self._scores <= threshold
        lost = np.bincount(self._codes[inside], self._losses[inside], self.groups)
        cases = np.bincount(self._codes[inside], minlength=self.groups) if per == "answered" else self._cases
        return lost[cases > 0] / cases[cases > 0]

    def totals(self, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T,) sum of the groups' losses per case; it never falls as the threshold rises."""
        order = np.argsort(self._scores, kind="stable")
        shares = (self._losses / self._cases[self._codes])[order]
        summed = np.append(0.0, np.cumsum(shares))
        return summed[np.searchsorted(self._scores[order], thresholds, side="right")]
