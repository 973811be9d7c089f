"""What if the matrix or the wish were another: stored logits -> all that a screen shows, no retraining."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.absent import absent_critical, nothing_to_choose_on
from riskcore.decision.dial import Dial, dial_grid, envelope
from riskcore.decision.frontier import Floats, Frontier, tally
from riskcore.decision.judged_run import JudgedRun, fit_matrix
from riskcore.decision.operating import OperatingPoint, Wish
from riskcore.decision.pooled import calibrate, decide_tests
from riskcore.errors import InputError
from riskcore.metrics import rates, severity_confusion
from riskcore.metrics.intervals import Rate
from riskcore.metrics.resampling import group_codes
from riskcore.predictions import RunPredictions
from riskcore.severity import RULES, SeverityMatrix

RATES = ("accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity")


@dataclass(frozen=True)
class WhatifResult:
    """A run under one matrix and wish, on its test cases (pooled over folds and seeds, one after the other).

    Attributes:
        wish: what the new dials were chosen for; None where a fixed dial was given.
        dials: one a member, chosen on its validation part or fixed.
        reached: False where no setting of some member fulfils the wish.
        absent: critical classes that the validation of a member does not hold: the dials were chosen without them.
        before, after: rate name -> Rate, for the old dial (None where none was given) and the new dials; both judged
            by the new matrix.
        confusion: (K, K) share of expected severity that each confusion brings, after.
        truth, decisions: (N,) int64 class index in the order of the run's classes, after.
        samples: (N,) str.
        earlier: (N,) int64, what was decided before: by the old dial, or at the dial's zero where none was given.
        changed: (N,) bool, decided otherwise than `earlier`.
        codes: (N,) int64 group of each case, by number.
        whatif, judged: what was asked, and its run with the new matrix.
    """

    wish: Wish | None
    dials: tuple[Dial, ...]
    reached: bool
    absent: tuple[str, ...]
    before: dict[str, Rate] | None
    after: dict[str, Rate]
    confusion: Floats
    truth: NDArray[np.int64]
    decisions: NDArray[np.int64]
    samples: NDArray[np.str_]
    earlier: NDArray[np.int64]
    changed: NDArray[np.bool_]
    codes: NDArray[np.int64]
    whatif: "Whatif" = field(repr=False)
    judged: JudgedRun = field(repr=False)

    @cached_property
    def argmax(self) -> dict[str, Rate]:
        """As `after`, for the likeliest class of the raw logits."""
        return self.whatif.rates(self.whatif.argmax, self.judged.matrix)

    @cached_property
    def zero(self) -> dict[str, Rate]:
        """As `after`, for the likeliest calibrated class: the dial's own zero."""
        return self.whatif.rates(self.whatif.zero, self.judged.matrix)

    @property
    def earlier_rates(self) -> dict[str, Rate]:
        """Rates of `earlier`."""
        return self.zero if self.before is None else self.before

    @cached_property
    def frontiers(self) -> tuple[Frontier, ...]:
        """The test frontier of each rule; a third of all the work, so done when first asked for."""
        return self.whatif.frontiers(self.judged.matrix)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; `changed` lists the samples whose decision changes."""

        def plain(named: dict[str, Rate]) -> dict[str, Any]:
            return {name: rate.as_dict() for name, rate in named.items()}

        return {
            "wish": None if self.wish is None else str(self.wish),
            "reached": self.reached,
            "absent": list(self.absent),
            "dials": [dial.as_dict() for dial in self.dials],
            "argmax": plain(self.argmax),
            "zero": plain(self.zero),
            "before": None if self.before is None else plain(self.before),
            "after": plain(self.after),
            "frontier": [point for curve in self.frontiers for point in curve.points()],
            "confusion": self.confusion.tolist(),
            "changed": self.samples[self.changed].tolist(),
        }


class Whatif:
    """Stored predictions made ready once, then asked again and again.

    Calibration depends on neither matrix nor wish, so it is done here; each `update` only chooses dials,
    decides and counts.

    Attributes:
        argmax, zero: (N,) int64 likeliest class of each test case, raw and calibrated.

    Args:
        run: the stored predictions of a run or pool. Without validation cases nothing is calibrated, and without such
            of critical classes only fixed dials can be asked for (`unable`).

    Example:
        >>> from riskcore.predictions import Cases, Member
        >>> logits = np.log([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.6, 0.4]])
        >>> names = np.array(["a", "b", "c", "d"])
        >>> cases = Cases(logits, np.array([0, 0, 1, 1]), names, names)
        >>> whatif = Whatif(RunPredictions("demo", ("naevus", "melanoma"), [Member(cases, cases)]))
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> result = whatif.update(matrix, Wish("accuracy_floor", 1.0))
        >>> result.argmax["cer"].value, result.zero["cer"].value, result.after["cer"].value
        (0.25, 0.0, 0.0)
    """

    def __init__(self, run: RunPredictions) -> None:
        self.run = run
        self._members = calibrate(run)
        tests = [member.test for member in self._members]
        self._truth = np.concatenate([test.truth for test in tests])
        self.argmax = np.concatenate([test.logits.argmax(axis=1) for test in tests])
        self._probabilities = np.concatenate([member.test_probabilities for member in self._members])
        self.zero = self._probabilities.argmax(axis=1)
        self._samples = np.concatenate([test.samples for test in tests])
        # Numbers instead of names: sorting strings would take longer than all the rest of an update.
        self._sample_codes, distinct = group_codes(self._samples)
        self._repeated = distinct < len(self._samples)
        self._group_codes = group_codes(np.concatenate([test.groups for test in tests]))[0]

    def unable(self, matrix: SeverityMatrix, caution: Wish | Dial | None = None) -> str | None:
        """Why no dial can be chosen under a matrix, a sentence; None where one can, or where it is fixed."""
        return None if isinstance(caution, Dial) else nothing_to_choose_on(JudgedRun(self.run, matrix))

    def choose(self, matrix: SeverityMatrix, caution: Wish | Dial | None = None) -> tuple[Dial, ...]:
        """The dial of each member: chosen on its validation part for a wish (default `Wish()`), or the fixed one.

        Raises:
            InputError: as `update`.
        """
        if why := self.unable(matrix, caution):
            raise InputError(f"{self.run.id}: {why.removesuffix('.')}; give a rule and an aversion instead.")
        fitted = fit_matrix(matrix, self.run.classes)
        return tuple(member.dial(fitted, caution or Wish()) for member in self._members)

    def decide(self, matrix: SeverityMatrix, dials: Dial | Sequence[Dial]) -> NDArray[np.int64]:
        """(N,) decisions on the test cases by the dials, one for all members or one a member."""
        each = [dials] * len(self._members) if isinstance(dials, Dial) else dials
        return decide_tests(self._members, each, fit_matrix(matrix, self.run.classes))

    def frontiers(self, matrix: SeverityMatrix, judged_by: SeverityMatrix | None = None) -> tuple[Frontier, ...]:
        """The test frontier of each rule when the dial turns by one matrix and is judged by another.

        Args:
            matrix: decides.
            judged_by: counts; default: the same.

        Raises:
            InputError: a matrix is for other classes or has no critical cell.
        """
        decides, judge = (
            fit_matrix(each, self.run.classes).require_critical()
            for each in (matrix, matrix if judged_by is None else judged_by)
        )
        grid = dial_grid()
        return tuple(
            tally(self._truth, envelope(self._probabilities, decides, rule, grid), rule, grid, judge) for rule in RULES
        )

    def update(
        self,
        matrix: SeverityMatrix,
        caution: Wish | Dial | None = None,
        old_dial: Dial | Sequence[Dial] | None = None,
        old_matrix: SeverityMatrix | None = None,
    ) -> WhatifResult:
        """Choose the dial for a wish under a matrix, and judge it on test against what was there before.

        Args:
            matrix: the edited matrix, classes in any order.
            caution: a wish (default `Wish()`), or a fixed dial for all members.
            old_dial: the dial in use, one for all members or one a member.
            old_matrix: the matrix that `old_dial` decides by; default: the edited one. Its decisions are
                judged by the edited matrix like all others.

        Returns:
            What the screen shows.

        Raises:
            InputError: a matrix is for other classes or has no critical cell, or no dial can be chosen for a wish.
        """
        judged = JudgedRun(self.run, matrix)
        matrix, caution = judged.matrix, caution or Wish()
        dials = self.choose(matrix, caution)
        decisions = self.decide(matrix, dials)
        old = None if old_dial is None else self.decide(matrix if old_matrix is None else old_matrix, old_dial)
        earlier = self.zero if old is None else old
        return WhatifResult(
            wish=caution if isinstance(caution, Wish) else None,
            dials=dials,
            reached=all(dial.reached for dial in dials if isinstance(dial, OperatingPoint)),
            absent=absent_critical(judged),
            before=None if old is None else self.rates(old, matrix),
            after=self.rates(decisions, matrix),
            confusion=severity_confusion(self._truth, decisions, matrix),
            truth=self._truth,
            decisions=decisions,
            samples=self._samples,
            earlier=earlier,
            changed=decisions != earlier,
            codes=self._group_codes,
            whatif=self,
            judged=judged,
        )

    def rates(self, decisions: NDArray[np.int64], matrix: SeverityMatrix) -> dict[str, Rate]:
        """Rates of `RATES` of decisions on the test cases, judged by a matrix in the order of the run's classes."""
        samples = self._sample_codes if self._repeated else None
        every = rates(self._truth, decisions, matrix, self._group_codes, samples=samples)
        return {name: every[name] for name in RATES}
