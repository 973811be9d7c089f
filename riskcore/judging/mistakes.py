"""The cases that a model calls wrong, worst first, and the confusions they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import PooledDecisions
from riskcore.metrics import Rate, confusion, mean_interval, outcomes, per_seed, severity_confusion
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class Mistake:
    """A test case that is called wrong.

    Attributes:
        sample: names the image.
        truth, said: class names.
        severity: of this confusion; `critical`: whether that is a dangerous mistake.
        probability: calibrated, of the class that was said; the mean of the seeds that said it.
        seeds: how many seeds said this class of this case, out of `judged`.
    """

    sample: str
    truth: str
    said: str
    severity: float
    critical: bool
    probability: float
    seeds: int
    judged: int


def mistakes(
    decided: PooledDecisions, *, critical_only: bool = False, cell: tuple[str, str] | None = None
) -> list[Mistake]:
    """The wrong calls, the most severe first, then those that the model was surest of.

    A case that several seeds judged appears once: with its worst wrong call, then the one that most seeds made.

    Args:
        decided: decisions on the test cases of a run or pool.
        critical_only: leave out mistakes that are not critical.
        cell: (truth, said): this confusion only.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.judged_run import JudgedRun
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.log([[0.1, 0.9], [0.6, 0.4]]), np.array([0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M)
        >>> decided = pooled_decisions(run, Dial("severity", 0.0))
        >>> [(case.sample, case.said, case.severity) for case in mistakes(decided)]
        [('b', 'naevus', 10.0), ('a', 'melanoma', 2.0)]
    """
    matrix, classes = decided.judged.matrix, decided.judged.classes
    severity = matrix.values[decided.truth, decided.dial]
    critical = matrix.critical_cells[decided.truth, decided.dial]
    kept = decided.truth != decided.dial
    if critical_only:
        kept &= critical
    if cell is not None:
        kept &= (decided.truth == classes.index(cell[0])) & (decided.dial == classes.index(cell[1]))
    number = len(classes)
    _, codes = np.unique(decided.samples, return_inverse=True)
    judged = np.bincount(codes)
    # One row a case and wrong call, whichever seeds made it.
    calls, first, of_call = np.unique(codes[kept] * number + decided.dial[kept], return_index=True, return_inverse=True)
    rows = np.flatnonzero(kept)[first]
    seeds = np.bincount(of_call, minlength=len(calls))
    sure = decided.probabilities[kept, decided.dial[kept]]
    probability = np.bincount(of_call, weights=sure, minlength=len(calls)) / np.maximum(seeds, 1)
    within = np.lexsort((-probability, -seeds, -severity[rows], calls // number))
    worst = within[np.unique((calls // number)[within], return_index=True)[1]]
    order = worst[np.lexsort((decided.samples[rows[worst]], -probability[worst], -severity[rows[worst]]))]
    return [
        Mistake(
            sample=str(decided.samples[rows[place]]),
            truth=classes[decided.truth[rows[place]]],
            said=classes[decided.dial[rows[place]]],
            severity=float(severity[rows[place]]),
            critical=bool(critical[rows[place]]),
            probability=float(probability[place]),
            seeds=int(seeds[place]),
            judged=int(judged[codes[rows[place]]]),
        )
        for place in order
    ]


@dataclass(frozen=True)
class HarmTable:
    """The confusions of a run or pool, and what each adds to average harm.

    Attributes:
        matrix: the severity matrix in the order of the rows and columns.
        counts: (K, K) cases, rows = truth, summed over seeds.
        harm: (K, K) contribution to average harm; sums to it.
        average: the average harm with its interval.
        seeds: how many seeds the counts are sums of.
        cases: different test cases.
    """

    matrix: SeverityMatrix
    counts: NDArray[np.int64]
    harm: NDArray[np.float64]
    average: Rate
    seeds: int
    cases: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """(K, K) part of the average harm that each confusion brings; zeros where there is no harm at all."""
        total = self.harm.sum()
        return self.harm / total if total > 0 else np.zeros_like(self.harm)

    @property
    def worst(self) -> tuple[str, str] | None:
        """(truth, said) of the confusion that brings most harm; None where there is none."""
        if not self.harm.any():
            return None
        truth, said = np.unravel_index(self.harm.argmax(), self.harm.shape)
        return self.matrix.classes[truth], self.matrix.classes[said]

    @property
    def confusions(self) -> list[tuple[str, str]]:
        """(truth, said) of each confusion that happened, the one of most harm first, then by count."""
        truth, said = np.nonzero(self.counts * (1 - np.eye(len(self.counts), dtype=np.int64)))
        order = np.lexsort((-self.counts[truth, said], -self.harm[truth, said]))
        names = self.matrix.classes
        return [(names[truth[place]], names[said[place]]) for place in order]

    @property
    def dangerous_confusions(self) -> list[tuple[str, str]]:
        """Those of `confusions` that are dangerous mistakes."""
        place = {name: index for index, name in enumerate(self.matrix.classes)}
        return [cell for cell in self.confusions if self.matrix.critical_cells[place[cell[0]], place[cell[1]]]]


def harm_table(decided: PooledDecisions, order: Sequence[str] | None = None) -> HarmTable:
    """Count the confusions of the dials' decisions and weigh them by severity.

    Args:
        decided: decisions on the test cases of a run or pool.
        order: class names as rows and columns shall follow each other; default the run's.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.judged_run import JudgedRun
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.log([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M)
        >>> table = harm_table(pooled_decisions(run, Dial("severity", 0.0)))
        >>> table.harm.tolist(), table.worst
        ([[0.0, 0.0], [5.0, 0.0]], ('melanoma', 'naevus'))
    """
    values = decided.judged.matrix.values
    average = mean_interval(values[decided.truth, decided.dial], decided.groups, float(values.max()))
    average = per_seed(average, decided.distinct)
    return weighed(decided.judged, decided.truth, decided.dial, average, decided.distinct, order)


def weighed(
    judged: JudgedRun,
    truth: NDArray[np.int64],
    decided: NDArray[np.int64],
    average: Rate,
    cases: int,
    order: Sequence[str] | None = None,
) -> HarmTable:
    """The table of decisions on the test cases of all seeds, (N,) each; `cases` and `order` as in `harm_table`."""
    matrix = judged.matrix.reordered(order or judged.classes)
    place = np.array([matrix.classes.index(name) for name in judged.classes])
    truth, decided = place[truth], place[decided]
    return HarmTable(
        matrix=matrix,
        counts=confusion(truth, decided, len(place)),
        harm=severity_confusion(truth, decided, matrix),
        average=average,
        seeds=len(judged.seeds),
        cases=cases,
    )


def mistake_kind(truth: str, decision: str, matrix: SeverityMatrix) -> str | None:
    """What kind of mistake a call is, in words; None where it is right.

    Example:
        >>> M = SeverityMatrix(["naevus", "wart", "melanoma"], [[0, 1, 2], [1, 0, 2], [10, 10, 0]], critical=10)
        >>> [mistake_kind(truth, "naevus", M) for truth in M.classes], mistake_kind("naevus", "melanoma", M)
        ([None, 'another mistake', 'a dangerous mistake'], 'a false alarm')
    """
    case = outcomes([matrix.classes.index(truth)], [matrix.classes.index(decision)], matrix)
    if case.correct[0]:
        return None
    if case.critical[0]:
        return "a dangerous mistake"
    return "a false alarm" if case.over_call[0] else "another mistake"


def certainty(probability: float) -> str:
    """How sure a model was of a wrong call, in words; never 0 or 100 %, which no finite sample shows.

    Example:
        >>> certainty(0.997), certainty(0.31)
        ('The model was over 99 % sure, and wrong', 'The model was 31 % sure, and wrong')
    """
    percentage = round(100 * probability)
    number = "over 99" if percentage == 100 else "under 1" if percentage == 0 else str(percentage)
    return f"The model was {number} % sure, and wrong"
