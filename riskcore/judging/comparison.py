"""Runs beside a baseline: at argmax, at the operating point, and at equal accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.equal_accuracy import EqualAccuracy, equal_accuracy, frontier_area, holm_adjusted
from riskcore.metrics import majority_accuracy, rates
from riskcore.metrics.intervals import Rate
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class ComparedRun:
    """A run of a comparison.

    Attributes:
        id: of the run or pool.
        loss: what it is called.
        seeds: of its members.
        argmax, dial: rates on test at the likeliest class and at the operating point, as `metrics.rates` names them.
        reached: whether every member found a dial that fulfils the wish.
        equal_accuracy: beside the baseline at one accuracy; None for the baseline.
        frontier_area: mean gap between the frontiers; None for the baseline, or where it was not asked for.
    """

    id: str
    loss: str
    seeds: tuple[int, ...]
    argmax: Mapping[str, Rate]
    dial: Mapping[str, Rate]
    reached: bool
    equal_accuracy: EqualAccuracy | None = None
    frontier_area: Rate | None = None


@dataclass(frozen=True)
class Comparison:
    """Runs beside a baseline.

    Attributes:
        reference: the baseline.
        others: the other runs, each with its `equal_accuracy`.
        matrix: what they were judged by, in the order of the baseline's classes.
        wish: what the operating points were chosen for.
        n, groups, critical_cases: different test cases, however many seeds judge them.
        majority_accuracy: of always saying the commonest class.
        synthetic: whether images drawn by the program were learnt from.
    """

    reference: ComparedRun
    others: tuple[ComparedRun, ...]
    matrix: SeverityMatrix
    wish: Wish
    n: int
    groups: int
    critical_cases: int
    majority_accuracy: float
    synthetic: bool = False

    @property
    def runs(self) -> tuple[ComparedRun, ...]:
        """All of them, the baseline first."""
        return (self.reference, *self.others)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, but for the sentences, which `riskcore.words.answer` adds."""
        return {
            "baseline": self.reference.id,
            "matrix": self.matrix.to_dict(),
            "wish": str(self.wish),
            "n": self.n,
            "groups": self.groups,
            "critical_cases": self.critical_cases,
            "majority_accuracy": self.majority_accuracy,
            "runs": [self._row(run) for run in self.runs],
            "synthetic": self.synthetic,
        }

    def _row(self, run: ComparedRun) -> dict[str, Any]:
        return {
            "id": run.id,
            "loss": run.loss,
            "seeds": list(run.seeds),
            "argmax": {name: rate.as_dict() for name, rate in run.argmax.items()},
            "dial": {name: rate.as_dict() for name, rate in run.dial.items()}
            | {"wish": str(self.wish), "reached": run.reached},
            "equal_accuracy": None if run.equal_accuracy is None else run.equal_accuracy.as_dict(),
            "frontier_area": None if run.frontier_area is None else run.frontier_area.as_dict(),
        }


def compare(
    runs: Sequence[RunPredictions],
    baseline: RunPredictions,
    matrix: SeverityMatrix,
    *,
    labels: Mapping[str, str],
    wish: Wish | None = None,
    floor: float | None = None,
    resamples: int = 2000,
    areas: bool = True,
    synthetic: bool = False,
) -> Comparison:
    """Judge runs beside a baseline; with several runs their answers are corrected for their number (Holm).

    Args:
        runs: runs or pools with the same folds, seeds and test cases as the baseline; it may be among them.
        baseline: what they are compared with.
        matrix: the severity matrix, classes in any order.
        labels: id -> name of the loss.
        wish: for the operating points; default at most one point of accuracy lost on validation.
        floor: accuracy for the comparison at equal accuracy; default the baseline's own minus one point.
        resamples: bootstrap replicates.
        areas: also the area between the frontiers, nearly half of the work.
        synthetic: whether images drawn by the program were learnt from.

    Raises:
        InputError: nothing to compare, test cases or folds differ, or the matrix does not fit.
    """
    wish = wish or Wish()
    reference = JudgedRun(baseline, matrix)
    others = list({run.id: run for run in runs if run.id != baseline.id}.values())
    if not others:
        raise InputError(f"There is nothing to compare {baseline.id} with; name at least one other run or pool.")
    equal = holm_adjusted([equal_accuracy(run, baseline, matrix, floor=floor, resamples=resamples) for run in others])
    judged = [JudgedRun(run, matrix) for run in others]
    area = [frontier_area(run, reference, resamples=resamples) if areas else None for run in judged]
    tests = [member.test for member in baseline.members if member.seed == baseline.members[0].seed]
    truth = np.concatenate([test.truth for test in tests])
    return Comparison(
        reference=_judged(reference, wish, labels),
        others=tuple(
            _judged(run, wish, labels, beside, gap) for run, beside, gap in zip(judged, equal, area, strict=True)
        ),
        matrix=reference.matrix,
        wish=wish,
        n=len(truth),
        groups=len(np.unique(np.concatenate([test.groups for test in tests]))),
        critical_cases=int(reference.matrix.critical_classes[truth].sum()),
        majority_accuracy=majority_accuracy(truth),
        synthetic=synthetic,
    )


def _judged(
    run: JudgedRun,
    wish: Wish,
    labels: Mapping[str, str],
    equal: EqualAccuracy | None = None,
    area: Rate | None = None,
) -> ComparedRun:
    decided = pooled_decisions(run, wish)
    argmax, dial = (
        rates(decided.truth, decisions, run.matrix, decided.groups, samples=decided.samples)
        for decisions in (decided.argmax, decided.dial)
    )
    return ComparedRun(run.id, labels[run.id], run.seeds, argmax, dial, decided.reached, equal, area)
