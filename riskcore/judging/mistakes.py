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
    found = worst_calls(decided, wrong_calls(decided, critical_only=critical_only, cell=cell))
    rows, classes = found.rows, decided.judged.classes
    order = np.lexsort((decided.samples[rows], -found.probability, -found.severity))
    return [
        Mistake(
            sample=str(decided.samples[rows[place]]),
            truth=classes[decided.truth[rows[place]]],
            said=classes[decided.dial[rows[place]]],
            severity=float(found.severity[place]),
            critical=bool(found.critical[place]),
            probability=float(found.probability[place]),
            seeds=int(found.seeds[place]),
            judged=int(found.judged[place]),
        )
        for place in order
    ]


def wrong_calls(
    decided: PooledDecisions, *, critical_only: bool = False, cell: tuple[str, str] | None = None
) -> NDArray[np.bool_]:
    """(N,) which decisions are wrong; arguments as for `mistakes`."""
    kept = decided.truth != decided.dial
    if critical_only:
        kept &= decided.judged.matrix.critical_cells[decided.truth, decided.dial]
    if cell is not None:
        truth, said = (decided.judged.classes.index(name) for name in cell)
        kept &= (decided.truth == truth) & (decided.dial == said)
    return kept


@dataclass(frozen=True)
class WorstCalls:
    """Of C cases the worst call that any seed made.

    Attributes:
        rows: (C,) a decision of each case that says so, as an index into the decisions, by name of the case.
        severity, critical: (C,) of these calls.
        probability, truth_probability: (C,) calibrated, of what was said and of the truth; means of the seeds that
            said it.
        seeds, judged: (C,) how many seeds said it, and how many judged the case.
    """

    rows: NDArray[np.int64]
    severity: NDArray[np.float64]
    critical: NDArray[np.bool_]
    probability: NDArray[np.float64]
    truth_probability: NDArray[np.float64]
    seeds: NDArray[np.int64]
    judged: NDArray[np.int64]


def worst_calls(decided: PooledDecisions, kept: NDArray[np.bool_]) -> WorstCalls:
    """Of each case with a kept decision the worst of them, then the one that most seeds made; wrong before right.

    Args:
        decided: decisions on the test cases of a run or pool.
        kept: (N,) which of them count.
    """
    matrix, number = decided.judged.matrix, len(decided.judged.classes)
    _, codes = np.unique(decided.samples, return_inverse=True)
    # One row a case and call, whichever seeds made it.
    calls, first, of_call = np.unique(codes[kept] * number + decided.dial[kept], return_index=True, return_inverse=True)
    rows = np.flatnonzero(kept)[first]
    seeds = np.bincount(of_call, minlength=len(calls))

    def mean(classes: NDArray[np.int64]) -> NDArray[np.float64]:
        shares = decided.probabilities[kept, classes[kept]]
        return np.bincount(of_call, weights=shares, minlength=len(calls)) / np.maximum(seeds, 1)

    probability, truth_probability = mean(decided.dial), mean(decided.truth)
    severity = matrix.values[decided.truth[rows], decided.dial[rows]]
    right = decided.truth[rows] == decided.dial[rows]
    within = np.lexsort((-probability, -seeds, -severity, right, calls // number))
    worst = within[np.unique((calls // number)[within], return_index=True)[1]]
    rows = rows[worst]
    return WorstCalls(
        rows=rows,
        severity=severity[worst],
        critical=matrix.critical_cells[decided.truth[rows], decided.dial[rows]],
        probability=probability[worst],
        truth_probability=truth_probability[worst],
        seeds=seeds[worst],
        judged=np.bincount(codes)[codes[rows]],
    )


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
