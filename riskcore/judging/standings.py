"""Runs held to one accuracy: what each does on test when its caution is chosen for a floor on validation.

The search over the dial does not depend on the floor, so it is done once a run and matrix; to move the floor then
only picks a setting and counts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.dial import Dial, Envelope, decide, dial_grid, envelope, join_envelopes
from riskcore.decision.frontier import Floats, Frontier, step_curve, tally
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import SLACK, OperatingPoint, Wish, by_aversion, chosen, least_cer
from riskcore.decision.pooled import CalibratedMember, Caution, calibrate, decide_tests, dials_for
from riskcore.errors import InputError
from riskcore.metrics import majority_accuracy, rates
from riskcore.metrics.intervals import Rate
from riskcore.metrics.resampling import group_codes
from riskcore.severity import RULES, SeverityMatrix

MEASURES = ("cer", "critical_miss_rate", "expected_severity", "over_call_rate")
"""What can be set against accuracy."""

MARGIN = 0.01
"""Accuracy that may be given up below the baseline's own, as in `chosen`."""


Floors = Mapping[tuple[int, int | None], float]
"""(seed, fold) -> accuracy on validation."""


@dataclass(frozen=True)
class Standing:
    """A run at one floor, or with one caution.

    Attributes:
        id: of the run or pool.
        rates: name -> Rate on test, pooled over folds and seeds; as `riskcore.metrics.rates` gives them.
        dials: one a member, chosen on its validation part unless one was given.
        validation_cer: at these dials, on the validation parts, where they were chosen: what runs are ranked by.
        reached: False where a member's validation part allows no setting with its floor, or for the wish; it then
            takes its most accurate one.
    """

    id: str
    rates: Mapping[str, Rate]
    dials: tuple[Dial, ...]
    validation_cer: float
    reached: bool


@dataclass(frozen=True)
class SeedCurve:
    """What caution trades on the test cases of one seed.

    Attributes:
        accuracy: (L,) the accuracies that can be had, ascending.
        value: (L,) the measure with at least that accuracy: its least, or, for the over-call rate, what the
            setting of least CER brings.
    """

    accuracy: Floats
    value: Floats


class HeldRun:
    """A run or pool ready to be held to any floor.

    Args:
        judged: its stored predictions, with validation cases, and their matrix.

    Raises:
        InputError: no dial can be chosen on its validation cases, or the matrix has no critical cell.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> logits = np.log([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.6, 0.4]])
        >>> names = np.array(["a", "b", "c", "d"])
        >>> cases = Cases(logits, np.array([0, 0, 1, 1]), names, names)
        >>> held = HeldRun(JudgedRun(RunPredictions("demo", matrix.classes, [Member(cases, cases)]), matrix))
        >>> held.argmax["cer"].value, held.at(1.0).rates["cer"].value
        (0.25, 0.0)
    """

    def __init__(self, judged: JudgedRun) -> None:
        self.id, self.seeds = judged.id, judged.seeds
        self._matrix = judged.matrix.require_critical()
        self._members = calibrate(judged.predictions)
        self._check(judged)
        tests = [member.test for member in self._members]
        self._truth = np.concatenate([test.truth for test in tests])
        # Numbers instead of names: sorting strings would take longer than all the rest.
        self._groups = group_codes(np.concatenate([test.groups for test in tests]))[0]
        self._samples, self.cases = group_codes(np.concatenate([test.samples for test in tests]))
        self._validation = [self._validated(member) for member in self._members if len(member.validation)]
        self._decisions = [_envelopes(member.test_probabilities, self._matrix) for member in self._members]

    def _check(self, judged: JudgedRun) -> None:
        if why := nothing_to_choose_on(judged):
            raise InputError(f"{self.id}: {why}")

    @cached_property
    def argmax(self) -> dict[str, Rate]:
        """The rates on test of the likeliest class of the raw logits."""
        return self._rates(np.concatenate([member.test.logits.argmax(axis=1) for member in self._members]))

    @property
    def critical_cases(self) -> int:
        """Different test cases of critical classes, however many seeds judge them."""
        return group_codes(self._samples[self._matrix.critical_classes[self._truth]])[1]

    def false_alarms(self, standing: Standing) -> Rate:
        """The false alarms of one of its standings per case, where the over-call rate counts per harmless case."""
        rate, share = standing.rates["over_call_rate"], self._harmless_share
        return replace(rate, value=share * rate.value, low=share * rate.low, high=share * rate.high, n=self.cases)

    @cached_property
    def _harmless_share(self) -> float:
        return float(1.0 - self._matrix.critical_classes[self._truth].mean())

    @property
    def majority_accuracy(self) -> float:
        """Accuracy on test of always saying the commonest class."""
        return majority_accuracy(self._truth)

    @cached_property
    def default_floors(self) -> Floors:
        """Of each member the accuracy of its argmax on validation minus one point: what others are held to."""
        return {
            (member.seed, member.fold): max(0.0, member.validation.argmax_accuracy - MARGIN) for member in self._members
        }

    @property
    def default_floor(self) -> float:
        """The mean of `default_floors`, weighted by validation cases."""
        return float(np.average(list(self.default_floors.values()), weights=self._validation_sizes))

    @cached_property
    def best_accuracy(self) -> float:
        """The highest floor that every member reaches on its validation part."""
        return min(float(accuracy.max()) for accuracy, _ in self._validation)

    def at(self, floor: float | Floors) -> Standing:
        """Hold the run to an accuracy on validation and judge it on test.

        The dials are those that `operating_point` chooses for ``Wish("accuracy_floor", floor)``; the search over them
        was done before.

        Args:
            floor: a share in 0..1 for every member; or one for each seed and fold, as `default_floors` gives them.

        Raises:
            InputError: there is no floor for a seed and fold of this run.
        """
        dials, decided, validated = [], [], []
        for member, (accuracy, cer), envelopes in zip(self._members, self._validation, self._decisions, strict=True):
            own = floor if isinstance(floor, float) else self._own_floor(member, floor)
            setting, reached = least_cer(accuracy, cer, own - SLACK)
            place, rule = divmod(int(setting), len(RULES))
            dials.append(chosen(int(setting), Wish("accuracy_floor", own), bool(reached)))
            decided.append(envelopes[rule].at(place))
            validated.append(cer[setting])
        found = self._rates(np.concatenate(decided))
        on_validation = float(np.average(validated, weights=self._validation_sizes))
        return Standing(self.id, found, tuple(dials), on_validation, all(dial.reached for dial in dials))

    def cautious(self, caution: Caution) -> Standing:
        """Judge the run on test with a caution instead of a floor: a wish, a dial, or a dial for each member."""
        dials = dials_for(self._members, self._matrix, caution)
        found = self._rates(decide_tests(self._members, dials, self._matrix))
        validated = [self._validation_cer(member, dial) for member, dial in zip(self._members, dials, strict=True)]
        on_validation = float(np.average(validated, weights=self._validation_sizes))
        reached = all(dial.reached for dial in dials if isinstance(dial, OperatingPoint))
        return Standing(self.id, found, dials, on_validation, reached)

    def curves(self, measure: str = "cer") -> list[SeedCurve]:
        """What the dial trades on test, one curve a seed; folds are joined at each setting.

        Args:
            measure: one of `MEASURES`.
        """
        return [_curve(settings, measure) for settings in self._test_settings]

    @cached_property
    def _test_settings(self) -> list[dict[str, Floats]]:
        """For each seed every rate at every setting, in ascending order of aversion."""
        found = []
        for seed in self.seeds:
            inside = [place for place, member in enumerate(self._members) if member.seed == seed]
            truth = np.concatenate([self._members[place].test.truth for place in inside])
            per_rule = [
                self._tally(truth, join_envelopes([self._decisions[place][rule] for place in inside]), RULES[rule])
                for rule in range(len(RULES))
            ]
            names = ("accuracy", *MEASURES)
            found.append({name: by_aversion([getattr(curve, name) for curve in per_rule]) for name in names})
        return found

    def _tally(self, truth: NDArray[np.int64], decisions: Envelope, rule: str) -> Frontier:
        return tally(truth, decisions, rule, dial_grid(), self._matrix)

    @property
    def _validation_sizes(self) -> list[int]:
        return [len(member.validation) for member in self._members]

    def _validated(self, member: CalibratedMember) -> tuple[Floats, Floats]:
        """Accuracy and CER on validation at every setting."""
        truth = member.validation.truth
        per_rule = [
            self._tally(truth, decisions, rule)
            for rule, decisions in zip(RULES, _envelopes(member.validation_probabilities, self._matrix), strict=True)
        ]
        return by_aversion([curve.accuracy for curve in per_rule]), by_aversion([curve.cer for curve in per_rule])

    def _validation_cer(self, member: CalibratedMember, dial: Dial) -> float:
        decided = decide(member.validation_probabilities, self._matrix, dial.aversion, dial.rule)
        return float(self._matrix.critical_cells[member.validation.truth, decided].mean())

    def _own_floor(self, member: CalibratedMember, floors: Floors) -> float:
        if (member.seed, member.fold) not in floors:
            raise InputError(f"{self.id}: there is no floor for seed {member.seed}, fold {member.fold}.")
        return floors[member.seed, member.fold]

    def _rates(self, decisions: NDArray[np.int64]) -> dict[str, Rate]:
        samples = self._samples if self.cases < len(self._truth) else None
        return rates(self._truth, decisions, self._matrix, self._groups, samples=samples)


class DeliveredRun(HeldRun):
    """A model that nothing can be chosen for, such as a file without validation cases: it decides as it was delivered.

    Whatever it is held to, its likeliest class decides; a fixed dial is followed. It is ranked last, since validation
    says nothing of it.

    Args:
        judged: its stored predictions and their matrix.

    Raises:
        InputError: the matrix has no critical cell.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.log([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]), names, names)
        >>> run = RunPredictions("vendor.csv", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> found = DeliveredRun(JudgedRun(run, matrix)).at(0.9)
        >>> found.rates["cer"].value, found.reached, found.validation_cer
        (0.5, False, inf)
    """

    def _check(self, judged: JudgedRun) -> None:
        """It needs no validation cases."""

    @property
    def best_accuracy(self) -> float:
        """No floor is known to be reached."""
        return 0.0

    def at(self, floor: float | Floors) -> Standing:
        """Its likeliest class, judged on test; `floor` is not looked at."""
        return self._delivered(None)

    def cautious(self, caution: Caution) -> Standing:
        """A fixed dial is followed; in the place of a wish it is the likeliest class."""
        return self._delivered(None if isinstance(caution, Wish) else caution)

    def _delivered(self, caution: Dial | Sequence[Dial] | None) -> Standing:
        dials = dials_for(self._members, self._matrix, caution or Dial(RULES[0], 0.0))
        found = self._rates(decide_tests(self._members, dials, self._matrix))
        return Standing(self.id, found, dials, math.inf, reached=caution is not None)


def by_danger(standings: Sequence[Standing]) -> list[Standing]:
    """The lowest CER on validation first, those that miss the floor last: test cases choose nothing."""
    return sorted(standings, key=lambda one: (not one.reached, one.validation_cer))


def fewest_dangerous(standings: Sequence[Standing]) -> Standing | None:
    """Of those that reach the floor, the one with the lowest CER on validation; None where none does."""
    return next((one for one in by_danger(standings) if one.reached), None)


def _envelopes(probabilities: Floats, matrix: SeverityMatrix) -> tuple[Envelope, ...]:
    return tuple(envelope(probabilities, matrix, rule) for rule in RULES)


def _curve(settings: Mapping[str, Floats], measure: str) -> SeedCurve:
    accuracy, values = settings["accuracy"], settings[measure]
    if measure != "over_call_rate":
        return SeedCurve(*step_curve(accuracy, values))
    # Fewest false alarms would mean no caution at all; what counts is how many the least CER brings.
    levels = np.unique(accuracy)
    chosen, _ = least_cer(accuracy[:, None], settings["cer"][:, None], levels[None, :])
    return SeedCurve(levels, values[chosen])
