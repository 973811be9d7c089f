"""Runs beside a baseline: at argmax, at the operating point, better at equal accuracy, and at chosen dials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskcore.comparing.chosen import ChosenDials, absent_from, all_at_chosen_dials
from riskcore.comparing.equal_accuracy import EqualAccuracy, equal_accuracies
from riskcore.comparing.paired import RECIPE, line_up
from riskcore.decision.absent import absent_critical, nothing_to_choose_on
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
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
        argmax, dial: rates on test at the likeliest class and at the operating point, as `metrics.rates` names them;
            `dial` is None where none can be chosen.
        reached: whether every member found a dial that fulfils the wish.
        absent: critical classes without a case where its dials were chosen.
        equal_accuracy: is it better than the baseline, whatever its dial; None for the baseline.
        chosen: beside the baseline with the dials that validation chose; None for the baseline.
    """

    id: str
    loss: str
    seeds: tuple[int, ...]
    argmax: Mapping[str, Rate]
    dial: Mapping[str, Rate] | None
    reached: bool
    absent: tuple[str, ...] = ()
    equal_accuracy: EqualAccuracy | None = None
    chosen: ChosenDials | None = None


@dataclass(frozen=True)
class Comparison:
    """Runs beside a baseline.

    Attributes:
        reference: the baseline.
        others: the other runs, each with both answers.
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
    def calibrated(self) -> bool:
        """Whether every side was calibrated; else all probabilities were taken as they are."""
        return all(run.equal_accuracy is None or run.equal_accuracy.calibrated for run in self.runs)

    @property
    def of_recipes(self) -> bool:
        """Whether intervals speak of recipes: every side's training seeds were resampled. Else of these trainings."""
        return all(len(run.seeds) >= RECIPE for run in self.runs)

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
            "dial": None
            if run.dial is None
            else {name: rate.as_dict() for name, rate in run.dial.items()}
            | {"wish": str(self.wish), "reached": run.reached, "absent": list(run.absent)},
            "equal_accuracy": None if run.equal_accuracy is None else run.equal_accuracy.as_dict(),
            "chosen": None if run.chosen is None else run.chosen.as_dict(),
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
    synthetic: bool = False,
) -> Comparison:
    """Judge runs beside a baseline; intervals of several differences are simultaneous.

    Args:
        runs: runs or pools with the same folds and test cases as the baseline; it may be among them.
        baseline: what they are compared with.
        matrix: the severity matrix, classes in any order.
        labels: id -> name of the loss.
        wish: for the operating points; default at most one point of accuracy lost on validation.
        floor: accuracy to compare at instead of the baseline's own less one to three points (on test) or one point (on
            validation, where dials are chosen).
        resamples: bootstrap replicates.
        synthetic: whether images drawn by the program were learnt from.

    Raises:
        InputError: nothing to compare, test cases or folds differ, or the matrix does not fit.
    """
    wish = wish or Wish()
    reference = JudgedRun(baseline, matrix)
    others = list({run.id: run for run in runs if run.id != baseline.id}.values())
    if not others:
        raise InputError(f"There is nothing to compare {baseline.id} with; name at least one other run, pool or file.")
    judged = [JudgedRun(run, matrix) for run in others]
    lineup = line_up(judged, reference, resamples=resamples)
    equal = equal_accuracies(lineup, floor)
    # Where one has nothing to choose on, the others are still chosen beside the baseline.
    why = [_why_not(reference, labels) or _why_not(run, labels) for run in judged]
    choosing = [run for run, reason in zip(judged, why, strict=True) if reason is None]
    if len(choosing) < len(judged) and choosing:
        lineup = line_up(choosing, reference, resamples=resamples)
    given = iter(all_at_chosen_dials(lineup, floor) if choosing else ())
    chosen = [
        ChosenDials.none(reason) if reason else replace(next(given), absent=absent_from(run, reference))
        for run, reason in zip(judged, why, strict=True)
    ]
    tests = [member.test for member in baseline.members if member.seed == baseline.members[0].seed]
    truth = np.concatenate([test.truth for test in tests])
    return Comparison(
        reference=_judged(reference, wish, labels),
        others=tuple(
            _judged(run, wish, labels, better, dials) for run, better, dials in zip(judged, equal, chosen, strict=True)
        ),
        matrix=reference.matrix,
        wish=wish,
        n=len(truth),
        groups=len(np.unique(np.concatenate([test.groups for test in tests]))),
        critical_cases=int(reference.matrix.critical_classes[truth].sum()),
        majority_accuracy=majority_accuracy(truth),
        synthetic=synthetic,
    )


def _why_not(run: JudgedRun, labels: Mapping[str, str]) -> str | None:
    """Why no dial can be chosen for a side, by its name; None where one can."""
    reason = nothing_to_choose_on(run)
    return None if reason is None else f"{labels[run.id]}: {reason}"


def _judged(
    run: JudgedRun,
    wish: Wish,
    labels: Mapping[str, str],
    equal: EqualAccuracy | None = None,
    chosen: ChosenDials | None = None,
) -> ComparedRun:
    blind = nothing_to_choose_on(run) is not None
    decided = pooled_decisions(run, Dial("severity", 0.0) if blind else wish)
    argmax, dial = (
        rates(decided.truth, decisions, run.matrix, decided.groups, samples=decided.samples)
        for decisions in (decided.argmax, decided.dial)
    )
    return ComparedRun(
        id=run.id,
        loss=labels[run.id],
        seeds=run.seeds,
        argmax=argmax,
        dial=None if blind else dial,
        reached=not blind and decided.reached,
        absent=() if blind else absent_critical(run),
        equal_accuracy=equal,
        chosen=chosen,
    )
