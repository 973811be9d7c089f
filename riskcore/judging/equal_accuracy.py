"""CER at equal accuracy: the one comparison by which a run may be called safer than another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.frontier import step_curve
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import SLACK, OperatingPoint, Wish, chosen
from riskcore.errors import InputError
from riskcore.judging.held import Held, argmax_accuracies, held_to_accuracy
from riskcore.judging.paired import Measure, Paired, PairedMember, pair
from riskcore.metrics.intervals import Rate
from riskcore.metrics.paired_tests import holm
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix

Answer = Literal["yes", "no", "undecided", "unreachable"]

MEASURES: tuple[Measure, ...] = ("correct", "critical")
RATES = ("accuracy", "cer", "critical_miss_rate")
TOLERATED_LOSS = 0.005  # a run that may be half a point less accurate does not count as safer
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class EqualAccuracy:
    """What two runs do on test when both are held to one accuracy on validation.

    Attributes:
        floor: the accuracy A; of a pool, the mean over its members, weighted by their validation cases.
        accuracy, cer, critical_miss_rate: of the run, on test, pooled over folds and seeds.
        baseline_accuracy, baseline_cer, baseline_critical_miss_rate: of the baseline.
        difference: "cer", "accuracy" and "critical_miss_rate", run − baseline, with bootstrap intervals over
            n different test cases; `events` is value × n, and low × n and high × n are its interval in cases.
        safer: "yes", "no", "undecided" or "unreachable" (see `equal_accuracy`).
        p_value: two-sided bootstrap p of the CER difference; `holm_adjusted` replaces it.
        dials, baseline_dials: chosen on validation, one a member (seed pairs in order, folds within).
    """

    floor: float
    accuracy: Rate
    cer: Rate
    critical_miss_rate: Rate
    baseline_accuracy: Rate
    baseline_cer: Rate
    baseline_critical_miss_rate: Rate
    difference: dict[str, Rate]
    safer: Answer
    p_value: float
    dials: tuple[OperatingPoint, ...]
    baseline_dials: tuple[OperatingPoint, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of `compare`."""
        names = [prefix + name for prefix in ("", "baseline_") for name in RATES]
        return {
            "floor": self.floor,
            **{name: getattr(self, name).as_dict() for name in names},
            "difference": {name: rate.as_dict() for name, rate in self.difference.items()},
            "safer": self.safer,
            "p_value": self.p_value,
            "dials": [dial.as_dict() for dial in self.dials],
            "baseline_dials": [dial.as_dict() for dial in self.baseline_dials],
        }


def equal_accuracy(
    run: RunPredictions,
    baseline: RunPredictions,
    matrix: SeverityMatrix,
    *,
    floor: float | None = None,
    margin: float = 0.01,
    resamples: int = 2000,
    seed: int = 0,
) -> EqualAccuracy:
    """Compare the CER of two runs at equal accuracy.

    For each seed and fold, A = the baseline's validation argmax accuracy − margin, and each side's dial
    (either rule) minimises validation CER subject to validation accuracy ≥ A; a member that cannot reach A
    takes its dial of highest validation accuracy. Test decisions at these dials are pooled over folds and
    averaged over seeds.

    Intervals: each bootstrap replicate draws groups with replacement, one multiplicity a group for
    validation and test of all folds and both sides, and pairs of seeds where there are several; it chooses
    every dial anew on the resampled validation part, A staying fixed. Percentile intervals at 95 %.

    The answer, for D = difference of CER and d = difference of accuracy, run − baseline:
        "unreachable": a side's highest validation accuracies, averaged over its members (weighted by cases),
            stay below the average A;
        "yes": the interval of D lies below 0 and the lower bound of d is above −0.5 points;
        "no": the interval of D lies at or above 0 (and is not 0 alone), or the interval of d lies below
            −0.5 points;
        "undecided": otherwise.

    Args:
        run, baseline: stored predictions with the same folds and test cases; classes in any order.
        matrix: the severity matrix, classes in any order.
        floor: A itself, in 0..1, for every seed and fold; default: from the baseline.
        margin: accuracy that may be given up, a share.
        resamples: replicates R.
        seed: of the bootstrap; equal seeds give equal intervals.

    Returns:
        The comparison.

    Raises:
        InputError: folds or test cases differ, validation cases are missing, the matrix does not fit or has
            no critical cell, or the floor is outside 0 to 1.

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
        >>> truth, names = np.arange(200) % 2, np.arange(200).astype(str)
        >>> def member(wrong):  # every so many cases it says the other class
        ...     said = np.where(np.arange(200) % wrong == 0, 1 - truth, truth)
        ...     cases = Cases(2.0 * np.eye(2)[said], truth, names, names)
        ...     return Member(cases, cases)
        >>> run, baseline = (RunPredictions(f"run{wrong}", matrix.classes, [member(wrong)]) for wrong in (25, 3))
        >>> result = equal_accuracy(run, baseline, matrix, resamples=200)
        >>> round(result.cer.value, 3), round(result.baseline_cer.value, 3), result.safer
        (0.02, 0.165, 'yes')
    """
    if floor is not None and not 0.0 <= floor <= 1.0:
        raise InputError(f"floor: {floor} is outside 0 to 1; give an accuracy such as 0.77.")
    judged = JudgedRun(run, matrix)
    paired = pair(judged, JudgedRun(baseline, matrix), resamples=resamples, seed=seed)
    floors = argmax_accuracies(paired.baseline, margin)
    if floor is not None:
        floors = [[floor for _ in folds] for folds in floors]
    ours, theirs = (held_to_accuracy(side, floors, paired) for side in (paired.run, paired.baseline))

    marked = judged.matrix.critical_classes
    cases = paired.over_seeds([_total(folds, paired) for folds in paired.run])
    at_risk = paired.over_seeds([_total(folds, paired, marked) for folds in paired.run])
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = ours.total("critical", paired) - theirs.total("critical", paired)
        gained = ours.total("correct", paired) - theirs.total("correct", paired)
        replicates = {
            "cer": errors / cases,
            "accuracy": gained / cases,
            "critical_miss_rate": errors / at_risk,
        }
    everyone, endangered = paired.distinct_test(), paired.distinct_test(marked)
    difference = {
        name: paired.rate(values, *(endangered if name == "critical_miss_rate" else everyone))
        for name, values in replicates.items()
    }
    sizes = [len(member.validation.truth) for folds in paired.baseline for member in folds]
    dials, baseline_dials = (_dials(side, floors) for side in (ours, theirs))
    return EqualAccuracy(
        floor=float(np.average(np.concatenate(floors), weights=sizes)),
        **ours.rates(RATES),
        **{f"baseline_{name}": rate for name, rate in theirs.rates(RATES).items()},
        difference=difference,
        safer=_answer(difference, all(_reachable(side, floors) for side in (ours, theirs))),
        p_value=_p_value(replicates["cer"][1:]),
        dials=dials,
        baseline_dials=baseline_dials,
    )


def holm_adjusted(results: Sequence[EqualAccuracy]) -> list[EqualAccuracy]:
    """Correct several comparisons with one baseline for their number.

    p values are adjusted by Holm's step-down method, and a "yes" whose adjusted p exceeds 0.05 becomes
    "undecided".

    Source: Holm, Scandinavian Journal of Statistics 6, 1979.
    """
    adjusted = holm(np.array([result.p_value for result in results]))
    return [
        replace(
            result,
            p_value=float(p),
            safer="undecided" if result.safer == "yes" and p > SIGNIFICANCE else result.safer,
        )
        for result, p in zip(results, adjusted, strict=True)
    ]


def frontier_area(run: JudgedRun, baseline: JudgedRun, *, resamples: int = 2000, seed: int = 0) -> Rate:
    """Mean CER gap between two test frontiers over the accuracies that both reach, run − baseline.

    (1 / (hi − lo)) ∫ [least_run(x) − least_baseline(x)] dx from lo to hi

    least(x) is the step curve over both rules, lo the larger of the two least accuracies, hi the smaller of
    the two highest. Folds and seeds are pooled at each setting of the dial. Negative: the run makes fewer
    critical errors.

    Args:
        As `equal_accuracy`.

    Returns:
        The gap with its 95 % bootstrap interval (groups, and seeds where there are several); NaN where the
        two share no range of accuracies.

    Raises:
        InputError: as `equal_accuracy`.
    """
    paired = pair(run, baseline, resamples=resamples, seed=seed)
    cases = paired.over_seeds([_total(folds, paired) for folds in paired.run])
    curves: list[NDArray[np.float64]] = []
    for side in (paired.run, paired.baseline):
        for measure in MEASURES:
            per_seed = [
                np.sum([m.test.along_the_dial(measure, paired.weights) for m in folds], axis=0) for folds in side
            ]
            curves.append(paired.over_seeds(per_seed) / cases)
    gaps = np.array([_area(*(curve[:, replicate] for curve in curves)) for replicate in range(len(cases))])
    return paired.rate(gaps, *paired.distinct_test(), counted=False)


def _total(folds: list[PairedMember], paired: Paired, marked: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    return np.sum([member.test.total(paired.weights, marked) for member in folds], axis=0)


def _dials(held: Held, floors: list[list[float]]) -> tuple[OperatingPoint, ...]:
    """What was chosen in the sample itself, one a member."""
    return tuple(
        chosen(setting, Wish("accuracy_floor", max(floor, 0.0)), _spare(member, floor) >= 0)
        for (member, setting), floor in zip(held.chosen(), chain.from_iterable(floors), strict=True)
    )


def _reachable(held: Held, floors: list[list[float]]) -> bool:
    """Whether the most accurate dials reach the floors on average, by validation cases."""
    pairs = zip(held.chosen(), chain.from_iterable(floors), strict=True)
    return sum(_spare(member, floor) for (member, _), floor in pairs) >= 0


def _spare(member: PairedMember, floor: float) -> float:
    """Validation cases that the most accurate dial has right beyond a floor."""
    part = member.validation
    each_once = np.ones((part.codes.max() + 1, 1), np.float32)
    return float(part.along_the_dial("correct", each_once).max() - (floor - SLACK) * len(part.truth))


def _answer(difference: dict[str, Rate], reachable: bool) -> Answer:
    cer, accuracy = difference["cer"], difference["accuracy"]
    if not reachable:
        return "unreachable"
    if cer.high < 0 and accuracy.low > -TOLERATED_LOSS:
        return "yes"
    if (cer.low >= 0 and cer.high > 0) or accuracy.high < -TOLERATED_LOSS:
        return "no"
    return "undecided"


def _p_value(differences: NDArray[np.float64]) -> float:
    """Two-sided, from the share of replicates on the far side of 0."""
    tails = [((differences <= 0).sum() + 1), ((differences >= 0).sum() + 1)]
    return float(min(1.0, 2 * min(tails) / (len(differences) + 1)))


def _area(
    accuracy: NDArray[np.float64],
    cer: NDArray[np.float64],
    baseline_accuracy: NDArray[np.float64],
    baseline_cer: NDArray[np.float64],
) -> float:
    """Mean of the gap between two step curves over the accuracies both reach."""
    (levels, least), (base_levels, base_least) = (
        step_curve(accuracy, cer),
        step_curve(baseline_accuracy, baseline_cer),
    )
    low, high = max(levels[0], base_levels[0]), min(levels[-1], base_levels[-1])
    if not low < high:
        return float("nan")
    edges = np.unique(np.concatenate([levels, base_levels]))
    edges = edges[(edges >= low) & (edges <= high)]
    right = edges[1:]  # both curves are constant up to and including the right end of each stretch
    gap = least[np.searchsorted(levels, right)] - base_least[np.searchsorted(base_levels, right)]
    return float(gap @ np.diff(edges) / (high - low))
