"""Pools: calibration and dial per member on its own validation part, decisions on test joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.absent import nothing_to_choose_on
from riskcore.decision.calibration import Calibration, fit_calibration
from riskcore.decision.dial import Dial, decide
from riskcore.decision.frontier import Floats
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import OperatingPoint, Wish, operating_point
from riskcore.errors import InputError
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class CalibratedMember:
    """One run of a pool with its calibrated probabilities, (N, K) of validation and of test."""

    validation: Cases
    test: Cases
    calibration: Calibration
    validation_probabilities: Floats
    test_probabilities: Floats
    seed: int
    fold: int | None

    def dial(self, matrix: SeverityMatrix, caution: Wish | Dial) -> Dial:
        """The fixed dial, or the one chosen on this member's validation part for a wish."""
        if isinstance(caution, Dial):
            return caution
        return operating_point(self.validation, self.validation_probabilities, matrix, caution)


def calibrate(run: RunPredictions) -> tuple[CalibratedMember, ...]:
    """Calibrate every member of a run or pool on its own validation part."""
    return tuple(_calibrated(member) for member in run.members)


@lru_cache(maxsize=256)
def _calibrated(member: Member) -> CalibratedMember:
    """Fitted once a member: comparisons and tables ask for the same members many times."""
    fitted = fit_calibration(member.validation)
    probabilities = fitted.apply(member.validation.logits), fitted.apply(member.test.logits)
    return CalibratedMember(member.validation, member.test, fitted, *probabilities, member.seed, member.fold)


@dataclass(frozen=True)
class PooledDecisions:
    """The test cases of all members, one after the other, with their decisions.

    Attributes:
        judged: the run, and the matrix that decided.
        truth, argmax, dial: (N,) int64 class index in the order of the run's classes: the truth, the
            likeliest class of the raw logits, and the decision of each member's dial.
        probabilities: (N, K) calibrated.
        groups, samples: (N,) str; subgroups: column -> (N,) str, "" where unknown.
        dials: one a member, in their order; an `OperatingPoint` where a wish chose it.
        distinct: number of different samples, fewer than N where seeds repeat them.
    """

    judged: JudgedRun
    truth: NDArray[np.int64]
    argmax: NDArray[np.int64]
    dial: NDArray[np.int64]
    probabilities: Floats
    groups: NDArray[np.str_]
    samples: NDArray[np.str_]
    subgroups: dict[str, NDArray[np.str_]]
    dials: tuple[Dial, ...]
    distinct: int

    @property
    def reached(self) -> bool:
        """False where a member found no setting that fulfils the wish and took its most accurate one."""
        return all(dial.reached for dial in self.dials if isinstance(dial, OperatingPoint))


Caution = Wish | Dial | Sequence[Dial]
"""A wish, for which each member chooses its dial on its validation part; or a dial for all; or one a member."""


def dials_for(members: Sequence[CalibratedMember], matrix: SeverityMatrix, caution: Caution) -> tuple[Dial, ...]:
    """The dial of each member, in their order."""
    if isinstance(caution, Sequence):
        return tuple(caution)
    return tuple(member.dial(matrix, caution) for member in members)


def decide_tests(
    members: Sequence[CalibratedMember], dials: Sequence[Dial], matrix: SeverityMatrix
) -> NDArray[np.int64]:
    """(N,) decisions on the test cases of all members, one after the other, each by its own dial."""
    return np.concatenate(
        [
            decide(member.test_probabilities, matrix, dial.aversion, dial.rule)
            for member, dial in zip(members, dials, strict=True)
        ]
    )


def pooled_decisions(judged: JudgedRun, caution: Caution | None = None) -> PooledDecisions:
    """Decide the test cases of a run or pool, at argmax and at its operating point.

    Args:
        judged: the stored predictions and their matrix.
        caution: by default `Wish()`.

    Returns:
        The pooled decisions, class indices in the order of `judged.classes`.

    Raises:
        InputError: the matrix has no critical cell, or a wish meets a validation part without cases, or without one
            of a critical class.
    """
    if (caution is None or isinstance(caution, Wish)) and (why := nothing_to_choose_on(judged)):
        raise InputError(f"{judged.id}: {why.removesuffix('.')}; give a rule and an aversion instead.")
    members = calibrate(judged.predictions)
    dials = dials_for(members, judged.matrix, caution or Wish())
    tests = [member.test for member in members]
    samples = np.concatenate([test.samples for test in tests])
    columns = dict.fromkeys(name for test in tests for name in test.subgroups)
    return PooledDecisions(
        judged=judged,
        truth=np.concatenate([test.truth for test in tests]),
        argmax=np.concatenate([test.logits.argmax(axis=1) for test in tests]),
        dial=decide_tests(members, dials, judged.matrix),
        probabilities=np.concatenate([member.test_probabilities for member in members]),
        groups=np.concatenate([test.groups for test in tests]),
        samples=samples,
        subgroups={
            name: np.concatenate([test.subgroups.get(name, np.full(len(test), "")) for test in tests])
            for name in columns
        },
        dials=dials,
        distinct=len(np.unique(samples)),
    )
