"""Chosen dials: what would you get with the dial that your validation chose? It never decides which model is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from riskcore.comparing.held import Floors, Held, argmax_accuracies, held_to_accuracy
from riskcore.comparing.paired import Lineup, Paired, PairedMember, check_floor, line_up
from riskcore.comparing.rate_differences import RATES, counted_tables, rate_differences
from riskcore.decision.absent import absent_critical, nothing_to_choose_on
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import SLACK, OperatingPoint, Wish, chosen
from riskcore.metrics.differences import Difference, simultaneous_z
from riskcore.metrics.intervals import Rate
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

MARGIN = 0.01
"""Accuracy that may be given up on validation, below the baseline's likeliest class."""


@dataclass(frozen=True)
class ChosenDials:
    """What two runs do on test when both dials are chosen on validation for one accuracy.

    Attributes:
        floor: the accuracy A on validation, mean over the members, weighted by their validation cases; None where
            nothing can be chosen.
        reachable: whether both sides' most accurate dials reach A on average over the members.
        why: why nothing can be chosen, or A is not reached; None otherwise.
        rates, baseline_rates: `RATES` of each side on test, pooled over folds and seeds.
        difference: the same, run − baseline.
        dials, baseline_dials: one a member (seed pairs in order, folds within).
        absent: critical classes of which a side's validation part holds no case: the dials were chosen without them.
    """

    floor: float | None
    reachable: bool
    why: str | None
    rates: Mapping[str, Rate]
    baseline_rates: Mapping[str, Rate]
    difference: Mapping[str, Rate]
    dials: tuple[OperatingPoint, ...]
    baseline_dials: tuple[OperatingPoint, ...]
    absent: tuple[str, ...] = ()

    @classmethod
    def none(cls, why: str) -> "ChosenDials":
        """Nothing can be chosen."""
        return cls(None, False, why, {}, {}, {}, (), ())

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of `compare`; where nothing was chosen all but `why` is null."""
        if self.floor is None:
            names = [*RATES, *(f"baseline_{name}" for name in RATES), "difference", "dials", "baseline_dials", "absent"]
            return {"floor": None, "reachable": False, "why": self.why, **dict.fromkeys(names)}
        return {
            "floor": self.floor,
            "reachable": self.reachable,
            "why": self.why,
            **{name: self.rates[name].as_dict() for name in RATES},
            **{f"baseline_{name}": self.baseline_rates[name].as_dict() for name in RATES},
            "difference": {name: self.difference[name].as_dict() for name in RATES},
            "dials": [dial.as_dict() for dial in self.dials],
            "baseline_dials": [dial.as_dict() for dial in self.baseline_dials],
            "absent": list(self.absent),
        }


def at_chosen_dials(
    validation: Cases,
    test: Cases,
    baseline_validation: Cases,
    baseline_test: Cases,
    matrix: SeverityMatrix,
    *,
    floor: float | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> ChosenDials:
    """What a run and a baseline do on test with dials chosen on validation for the same accuracy.

    A = the baseline's validation accuracy at its likeliest class − 0.01; each side's dial is the setting (both rules
    searched) of least validation CER with accuracy ≥ A, or its most accurate one where none has it. Each bootstrap
    replicate draws groups, one multiplicity for validation and test, and makes A and both dials anew; calibration is
    part of the model and stays. Intervals are percentiles, at 95 %.

    Args:
        validation, test, baseline_validation, baseline_test: stored cases; classes in the order of the matrix, both
            sides tested on the same cases.
        matrix: the severity matrix.
        floor: A itself, a share in 0..1.
        resamples: replicates R.
        seed: of the bootstrap; equal seeds give equal intervals.

    Returns:
        The rates; `why` says why nothing could be chosen.

    Raises:
        InputError: test cases differ, the matrix has no critical cell, or the floor is outside 0 to 1.

    Example:
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> truth, names = np.arange(200) % 2, np.arange(200).astype(str)
        >>> def cases(wrong):  # every so many cases it says the other class
        ...     said = np.where(np.arange(200) % wrong == 0, 1 - truth, truth)
        ...     return Cases(2.0 * np.eye(2)[said], truth, names, names)
        >>> found = at_chosen_dials(cases(25), cases(25), cases(3), cases(3), matrix, resamples=200)
        >>> round(found.rates["cer"].value, 3), round(found.baseline_rates["cer"].value, 3)
        (0.02, 0.165)
    """
    ours, theirs = (
        JudgedRun(RunPredictions(name, matrix.classes, [Member(*parts)]), matrix)
        for name, parts in (("run", (validation, test)), ("baseline", (baseline_validation, baseline_test)))
    )
    if why := nothing_to_choose_on(ours) or nothing_to_choose_on(theirs):
        return ChosenDials.none(why)
    found = all_at_chosen_dials(line_up([ours], theirs, resamples=resamples, seed=seed), floor)[0]
    return replace(found, absent=absent_from(ours, theirs))


def absent_from(run: JudgedRun, baseline: JudgedRun) -> tuple[str, ...]:
    """Critical classes that either side's dials were chosen without."""
    missing = {*absent_critical(run), *absent_critical(baseline)}
    return tuple(name for name in baseline.classes if name in missing)


def all_at_chosen_dials(lineup: Lineup, floor: float | None = None, margin: float = MARGIN) -> list[ChosenDials]:
    """Each run of a lineup beside its baseline, every dial chosen; intervals of several are simultaneous.

    Args:
        lineup: the runs, with validation cases to choose on.
        floor: as for `at_chosen_dials`.
        margin: accuracy that may be given up where no floor is stated.

    Raises:
        InputError: the floor is outside 0 to 1.
    """
    check_floor(floor)
    baselines: dict[int, _Side] = {}
    found = []
    for index, run in enumerate(lineup.runs):
        paired = lineup.beside(run)
        pairs = len(paired.baseline)
        floors = _floors(paired, floor, margin)
        if pairs not in baselines:
            baselines[pairs] = _Side(held_to_accuracy(paired.baseline, floors, paired.weights), paired)
        # Another stream of pseudo-groups than the first answer's.
        rng = np.random.default_rng([lineup.seed, index, 1])
        ours = _Side(held_to_accuracy(paired.run, floors, paired.weights), paired)
        found.append(_beside(paired, ours, baselines[pairs], floors, rng))
    z = {name: simultaneous_z([each.differences[name] for each in found]) for name in RATES}
    return [each.result(z) for each in found]


class _Side:
    """A side's dials, and what they come to on test in every replicate."""

    def __init__(self, held: Held, paired: Paired) -> None:
        self.held = held
        tables = counted_tables(paired.matrix)
        self.counts = paired.over_seeds(held.counts(tables, paired.weights))
        self.by_group = held.by_group(tables, len(paired.weights))


@dataclass(frozen=True)
class _Beside:
    """A comparison before it is known how many others stand beside it."""

    ours: Held
    theirs: Held
    floors: Floors
    differences: Mapping[str, Difference]

    def result(self, z: Mapping[str, float]) -> ChosenDials:
        members = [member for folds in self.theirs.side for member in folds]
        wanted = [float(floor[0]) for floor in chain.from_iterable(self.floors)]
        sizes = [len(member.validation.truth) for member in members]
        reachable = all(_reachable(held, wanted) for held in (self.ours, self.theirs))
        floor = float(np.average(wanted, weights=sizes))
        return ChosenDials(
            floor=floor,
            reachable=reachable,
            why=None if reachable else NOT_REACHED,
            rates=self.ours.rates(),
            baseline_rates=self.theirs.rates(),
            difference={name: each.rate(z[name]) for name, each in self.differences.items()},
            dials=_dials(self.ours, wanted),
            baseline_dials=_dials(self.theirs, wanted),
        )


NOT_REACHED = "Not both reach that accuracy on validation; of one that does not, the most accurate dial is taken."


def _floors(paired: Paired, floor: float | None, margin: float) -> Floors:
    """A of every seed pair, fold and replicate."""
    if floor is None:
        return argmax_accuracies(paired.baseline, paired.weights, margin)
    return [[np.full(paired.weights.shape[1], floor) for _ in folds] for folds in paired.baseline]


def _beside(paired: Paired, ours: _Side, theirs: _Side, floors: Floors, rng: np.random.Generator) -> _Beside:
    found = rate_differences(paired, ours.counts, theirs.counts, ours.by_group - theirs.by_group, rng)
    return _Beside(ours.held, theirs.held, floors, found)


def _dials(held: Held, floors: Sequence[float]) -> tuple[OperatingPoint, ...]:
    """What was chosen in the sample itself, one a member."""
    return tuple(
        chosen(setting, Wish("accuracy_floor", max(floor, 0.0)), _spare(member, floor) >= 0)
        for (member, setting), floor in zip(held.chosen(), floors, strict=True)
    )


def _reachable(held: Held, floors: Sequence[float]) -> bool:
    """Whether the most accurate dials reach the floors on average, by validation cases."""
    return sum(_spare(member, floor) for (member, _), floor in zip(held.chosen(), floors, strict=True)) >= 0


def _spare(member: PairedMember, floor: float) -> float:
    """Validation cases that the most accurate dial has right beyond a floor."""
    part = member.validation
    each_once = np.ones((part.codes.max() + 1, 1), np.float32)
    return float(part.along_the_dial("correct", each_once).max() - (floor - SLACK) * len(part.truth))
