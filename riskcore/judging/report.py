"""The report of a run or pool: what its decisions cost, by every measure, on one part of one data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.decision.absent import absent_critical, nothing_to_choose_on
from riskcore.decision.dial import RULES, Dial, decide
from riskcore.decision.frontier import Frontier, frontier
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.notes import reader_note, untested
from riskcore.decision.operating import OperatingPoint, Wish
from riskcore.decision.pooled import PooledDecisions, pooled_decisions
from riskcore.decision.prevalence import decisions_at, frontier_at
from riskcore.errors import InputError
from riskcore.judging.details import Details, details
from riskcore.judging.left_out import NOTHING_LEFT_OUT, LeftOut
from riskcore.judging.overlap import NO_OVERLAP, Overlap
from riskcore.judging.strange import AllImages, share_turned_away
from riskcore.judging.subgroups import SubgroupRates, rates_within
from riskcore.metrics import (
    Outcomes,
    Rate,
    bootstrap_weights,
    confusion,
    group_codes,
    majority_accuracy,
    outcomes,
    per_class_recall,
    probability_measures,
    rates,
)
from riskcore.metrics.prevalence import case_weights, predictive_values, weighted_confusion
from riskcore.severity import SeverityMatrix

FIXED_AVERSIONS = (0.5, 0.9, 1.0)
"""Dials that are offered where there is no validation part to choose one on."""
RESAMPLES = 1000
PEOPLE = 1000
"""At a stated prevalence confusions are of so many cases."""
UNCHANGED, SHIFTED = "unchanged", "shifted to the stated prevalence"
"""What became of the decisions."""


@dataclass(frozen=True)
class Evaluation:
    """The rates of one set of decisions; each is a `Rate` with value, low, high and n."""

    accuracy: Rate
    cer: Rate
    critical_miss_rate: Rate
    over_call_rate: Rate
    expected_severity: Rate
    balanced_accuracy: Rate
    ppv: Rate
    npv: Rate


def evaluate(
    y_true: ArrayLike,
    probabilities: NDArray[np.float64],
    matrix: SeverityMatrix,
    aversion: float = 0.0,
    rule: str = "severity",
    groups: ArrayLike | None = None,
) -> Evaluation:
    """Judge calibrated probabilities at one setting of the risk dial.

    Args:
        y_true: (N,) int class index.
        probabilities: (N, K) float, calibrated, columns in the order of `matrix.classes`.
        matrix: the severity matrix.
        aversion: a in [0, 1].
        rule: "severity" or "critical".
        groups: (N,) patient, slide or lesion of each case; None: every case is its own.

    Raises:
        InputError: shapes that do not fit, or no critical cell.

    Example:
        >>> M = SeverityMatrix(classes=["naevus", "melanoma"], values=[[0, 2], [10, 0]], critical=10)
        >>> p = np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])
        >>> evaluate([0, 1, 1], p, M).cer.value, evaluate([0, 1, 1], p, M, aversion=1.0).cer.value
        (0.3333333333333333, 0.0)
    """
    truth = np.asarray(y_true, dtype=np.int64)
    decisions = decide(probabilities, matrix, aversion, rule)
    owners = np.arange(len(truth)) if groups is None else groups
    return Evaluation(**rates(truth, decisions, matrix, owners), **predictive_values(truth, decisions, matrix, owners))


def on_validation(judged: JudgedRun) -> JudgedRun:
    """The same run judged on its validation part, where its dial was chosen: flattering, for looking only."""
    return replace(judged, predictions=judged.predictions.on_validation())


def summary(judged: JudgedRun, wish: Wish) -> dict[str, Any]:
    """Accuracy and CER at argmax and at the operating point, on validation and test: what lists show.

    `cer` is None where a part holds no case of a critical class, `dial` where none can be chosen, which `note` then
    explains; `absent` names the critical classes that validation does not hold.
    """
    note = nothing_to_choose_on(judged)
    result: dict[str, Any] = {"wish": str(wish), "absent": list(absent_critical(judged)), "note": note}
    for part, run in (("validation", on_validation(judged)), ("test", judged)):
        decided = pooled_decisions(run, Dial("severity", 0.0) if note else wish)
        truth = decided.truth
        possible = bool(judged.matrix.critical_classes[truth].any())
        result[part] = {"n": decided.distinct, "majority_accuracy": majority_accuracy(truth)}
        for name, decisions in (("argmax", decided.argmax), ("dial", None if note else decided.dial)):
            result[part][name] = None if decisions is None else _brief(outcomes(truth, decisions, run.matrix), possible)
    return result


def _brief(case: Outcomes, possible: bool) -> dict[str, float | None]:
    return {"accuracy": float(case.correct.mean()), "cer": float(case.critical.mean()) if possible else None}


@dataclass(frozen=True)
class DialReport:
    """The rates at the dials of a run or pool.

    Attributes:
        dials: one a member.
        rates: as `riskcore.metrics.rates` names them.
    """

    dials: tuple[Dial, ...]
    rates: Mapping[str, Rate]

    @property
    def rule(self) -> str | None:
        """None where the members' dials differ in it."""
        rules = {dial.rule for dial in self.dials}
        return rules.pop() if len(rules) == 1 else None

    @property
    def aversion(self) -> float | None:
        """None where the members' dials differ in it."""
        aversions = {dial.aversion for dial in self.dials}
        return aversions.pop() if len(aversions) == 1 else None

    @property
    def _points(self) -> list[OperatingPoint]:
        return [dial for dial in self.dials if isinstance(dial, OperatingPoint)]

    @property
    def wish(self) -> Wish | None:
        """What the dials were chosen for; None where they were given."""
        return self._points[0].wish if self._points else None

    @property
    def reached(self) -> bool:
        """False where a member found no setting that fulfils the wish and took its most accurate one."""
        return all(point.reached for point in self._points)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "rule": self.rule,
            "aversion": self.aversion,
            "wish": None if self.wish is None else str(self.wish),
            "reached": self.reached,
            "dials": [dial.as_dict() for dial in self.dials],
            **as_dicts(self.rates),
        }


@dataclass(frozen=True)
class Report:
    """Everything that `riskcore evaluate` says of a run or pool.

    Counts (`events` and `n` of a rate, confusions) are over all seeds of a pool; `n`, `groups` and `critical_cases`
    of the report, and `n` of subgroups, count different cases. Recall, confusions and subgroups are those of the
    dial, or of argmax where there is none.

    Attributes:
        run, data, split, synthetic: what was judged on what.
        n, groups, critical_cases: different cases.
        seeds: of the run's members.
        majority_accuracy: of always saying the commonest class.
        prevalence: share of critical classes that these were re-weighted to: rates, majority accuracy, confusions (then
            per 1,000 cases) and frontiers; None: as in the cases. Recall does not depend on it; probability measures,
            subgroups and details are those of the cases as they are.
        shifted: whether the decisions, too, were made for that share, on shifted probabilities.
        calibrated: whether there were validation cases to calibrate on.
        absent: critical classes of which validation holds no case, for all members or for one: the dial was chosen
            without them.
        untested: classes of which the judged part holds no case.
        note: what a reader must know first; None where there is nothing.
        overlap: how many of the cases were seen in training or validation.
        left_out: images of the data set that were not judged.
        all_images: of another data set: rates with those images that are not of the kind the run knows; None where
            there are none.
        argmax: rates of the likeliest class of the raw logits.
        dial: at the dial; None where none could be chosen.
        fixed_dials: rates at some settings of each rule, where no dial could be chosen.
        probability_measures, recall: name of the measure, or of the class -> rate.
        classes, matrix: in one order.
        confusion: (K, K) cases, or of 1,000; severity_confusion: (K, K) shares of the mean severity.
        frontiers: one a rule.
        subgroups: column by column.
        details: what else a reviewer asks for; None where it was not asked for.
    """

    run: str
    data: str
    synthetic: bool
    split: str
    n: int
    groups: int
    critical_cases: int
    seeds: tuple[int, ...]
    majority_accuracy: float
    prevalence: float | None
    shifted: bool
    calibrated: bool
    absent: tuple[str, ...]
    untested: tuple[str, ...]
    note: str | None
    overlap: Overlap
    left_out: LeftOut
    all_images: AllImages | None
    argmax: Mapping[str, Rate]
    dial: DialReport | None
    fixed_dials: tuple[tuple[Dial, Mapping[str, Rate]], ...]
    probability_measures: Mapping[str, Rate]
    recall: Mapping[str, Rate]
    classes: tuple[str, ...]
    matrix: SeverityMatrix
    confusion: NDArray[np.int64] | NDArray[np.float64]
    severity_confusion: NDArray[np.float64]
    frontiers: tuple[Frontier, ...]
    subgroups: tuple[SubgroupRates, ...]
    details: Details | None = None

    def as_dict(self) -> dict[str, Any]:
        """What `riskcore evaluate --json` gives."""
        return {
            "run": self.run,
            "data": self.data,
            "synthetic": self.synthetic,
            "split": self.split,
            "n": self.n,
            "groups": self.groups,
            "critical_cases": self.critical_cases,
            "seeds": list(self.seeds),
            "majority_accuracy": self.majority_accuracy,
            "prevalence": self.prevalence,
            "decisions": SHIFTED if self.shifted else UNCHANGED,
            "calibrated": self.calibrated,
            "absent": list(self.absent),
            "untested": list(self.untested),
            "note": self.note,
            "overlap": self.overlap.as_dict(),
            "left_out": self.left_out.as_dict(),
            "all_images": None if self.all_images is None else self.all_images.as_dict(),
            "argmax": as_dicts(self.argmax),
            "dial": None if self.dial is None else self.dial.as_dict(),
            "fixed_dials": [
                {"rule": dial.rule, "aversion": dial.aversion, **as_dicts(found)} for dial, found in self.fixed_dials
            ],
            "probability_measures": as_dicts(self.probability_measures),
            "recall": as_dicts(self.recall),
            "classes": list(self.classes),
            "matrix": self.matrix.to_dict(),
            "confusion": self.confusion.tolist(),
            "confusion_unit": "cases" if self.prevalence is None else f"of {PEOPLE:,} cases",
            "severity_confusion": self.severity_confusion.tolist(),
            "frontier": [point for curve in self.frontiers for point in curve.points()],
            "subgroups": [each.as_dict() for each in self.subgroups],
            "details": None if self.details is None else self.details.as_dict(),
        }


def as_dicts(named: Mapping[str, Rate]) -> dict[str, dict[str, Any]]:
    """The JSON form of named rates."""
    return {name: rate.as_dict() for name, rate in named.items()}


def report_on(
    judged: JudgedRun,
    caution: Wish | Dial,
    *,
    data: str,
    split: str = "test",
    prevalence: float | None = None,
    shifted: bool = False,
    overlap: Overlap = NO_OVERLAP,
    left_out: LeftOut = NOTHING_LEFT_OUT,
    synthetic: bool = False,
    detailed: bool = False,
    flow: Sequence[Mapping[str, Any]] | None = None,
    everything: JudgedRun | None = None,
) -> Report:
    """Judge a run or pool at argmax and at a dial.

    Without validation cases nothing is calibrated, and without such of critical classes a wish cannot be served: there
    is no dial then, but the rates at three settings of each rule, and a note that says why.

    Args:
        judged: stored predictions and their matrix.
        caution: a wish, or a fixed dial.
        data: name of the data set.
        split: what the judged part is called; of a run `on_validation` that is "validation".
        prevalence: share of critical classes to re-weight to; None: as in the cases.
        shifted: at a stated prevalence, shift the probabilities to it, too, and choose and decide on those
            (`decisions_at`); else the decisions stay as they are.
        overlap: what the model knew of the cases.
        left_out: images of the data set that are not among the cases.
        synthetic: whether the images were drawn by the program.
        detailed: with details, whose tests of subgroups take seconds on 10,000 cases.
        flow: for the details: how the cases came to be judged.
        everything: of another data set, the run with those images, too, that are not of the kind it knows; `judged` is
            without them. None where there are none.

    Raises:
        InputError: the matrix has no critical cell, there are no cases, or the prevalence cannot be had.
    """
    matrix = judged.matrix.require_critical()
    calibrated = all(len(member.validation) for member in judged.predictions.members)
    run = judged.predictions
    if not any(len(member.test) for member in run.members):
        why = "" if everything is None else ", as no image is of the kind that it knows"
        raise InputError(f"{run.id}: there are no {split} cases to judge{why}.")
    blind = isinstance(caution, Wish) and nothing_to_choose_on(judged) is not None
    choice = Dial("severity", 0.0) if blind else caution
    tested = decided = pooled_decisions(judged, choice)
    if prevalence is not None and shifted:
        decided = decisions_at(judged, choice, prevalence)

    def rated(decisions: NDArray[np.int64], of: PooledDecisions = decided) -> dict[str, Rate]:
        cases = of.truth, decisions, matrix, of.groups
        return rates(*cases, prevalence=prevalence, samples=of.samples) | predictive_values(
            *cases, prevalence=prevalence, samples=of.samples
        )

    def of_all_images() -> AllImages | None:
        if everything is None:
            return None
        if prevalence is not None and shifted:
            every = decisions_at(everything, choice, prevalence)
        else:
            every = pooled_decisions(everything, choice)
        dial = None if blind else rated(every.dial, every)
        return AllImages(share_turned_away(everything.predictions), rated(every.argmax, every), dial)

    def curve(rule: str) -> Frontier:
        of = decided.truth, decided.probabilities, matrix, rule
        return frontier(*of) if prevalence is None else frontier_at(prevalence, *of)

    shown = decided.argmax if blind else decided.dial
    counts: NDArray[np.int64] | NDArray[np.float64] = confusion(decided.truth, shown, len(run.classes))
    if prevalence is not None:
        counted = case_weights(decided.truth, matrix, prevalence)
        counts = weighted_confusion(decided.truth, shown, len(run.classes), counted, of=PEOPLE)
    fixed = [Dial(rule, aversion) for rule in RULES for aversion in (FIXED_AVERSIONS if blind else ())]
    critical = matrix.critical_classes[decided.truth]
    weights = bootstrap_weights(group_codes(decided.groups)[1], RESAMPLES)
    return Report(
        run=run.id,
        data=data,
        synthetic=synthetic,
        split=split,
        n=decided.distinct,
        groups=len(np.unique(decided.groups)),
        critical_cases=len(np.unique(decided.samples[critical])),
        seeds=run.seeds,
        majority_accuracy=float(counts.sum(axis=1).max() / counts.sum()),
        prevalence=prevalence,
        shifted=prevalence is not None and shifted,
        calibrated=calibrated,
        absent=absent_critical(judged),
        untested=untested(judged),
        note=reader_note(judged, split, wished=isinstance(caution, Wish)),
        overlap=overlap,
        left_out=left_out,
        all_images=of_all_images(),
        argmax=rated(decided.argmax),
        dial=None if blind else DialReport(decided.dials, rated(decided.dial)),
        fixed_dials=tuple(
            (dial, rated(decide(decided.probabilities, matrix, dial.aversion, dial.rule))) for dial in fixed
        ),
        probability_measures=probability_measures(
            tested.truth,
            tested.probabilities,
            matrix,
            tested.groups,
            weights,
            parts=np.repeat(np.arange(len(run.members)), [len(member.test) for member in run.members]),
        ),
        recall=per_class_recall(decided.truth, shown, run.classes, decided.groups, samples=decided.samples),
        classes=run.classes,
        matrix=matrix,
        confusion=counts,
        severity_confusion=counts * matrix.values / counts.sum(),
        frontiers=tuple(curve(rule) for rule in RULES),
        subgroups=tuple(rates_within(decided, shown)),
        details=details(tested, shown, flow) if detailed else None,
    )
