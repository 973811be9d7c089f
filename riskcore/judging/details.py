"""Details of a run or pool: calibration of the risk, net benefit, stated points, tests of subgroups, flow of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import PooledDecisions, pooled_decisions
from riskcore.metrics import (
    NetBenefit,
    RiskCalibration,
    StatedPoint,
    SubgroupDifference,
    critical_risk,
    group_codes,
    holm,
    net_benefit,
    outcomes,
    risk_calibration,
    stated_points,
    subgroup_difference,
)

TESTED_RATES = ("accuracy", "critical_miss_rate", "over_call_rate")


@dataclass(frozen=True)
class SubgroupTest:
    """The test of one rate over one subgroup column.

    Attributes:
        column, rate: e.g. "sex" and "critical_miss_rate".
        difference: the test; not made where fewer than two values have enough cases.
        corrected: its p value by Holm over the columns in which this rate was tested; None where it was not.
    """

    column: str
    rate: str
    difference: SubgroupDifference
    corrected: float | None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"column": self.column, "rate": self.rate, **self.difference.as_dict(), "corrected": self.corrected}


@dataclass(frozen=True)
class Details:
    """What stands beside the rates of a run or pool; rates that cannot be had are nan, and their method says why.

    Attributes:
        calibrated: whether the risks are calibrated; else they are the probabilities as they are.
        calibration: of the risk of a critical class.
        net_benefit: one a threshold.
        stated_points: sensitivities at stated specificities, then the other way round.
        subgroup_tests: column by column; empty where the data set has no subgroups.
        flow: how the cases came to be judged, one entry a run as `riskcore.runs.flow` gives them; None where it is not
            known.
    """

    calibrated: bool
    calibration: RiskCalibration
    net_benefit: tuple[NetBenefit, ...]
    stated_points: tuple[StatedPoint, ...]
    subgroup_tests: tuple[SubgroupTest, ...]
    flow: Sequence[Mapping[str, Any]] | None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "calibrated": self.calibrated,
            "calibration": self.calibration.as_dict(),
            "net_benefit": [each.as_dict() for each in self.net_benefit],
            "stated_points": [each.as_dict() for each in self.stated_points],
            "subgroup_tests": [each.as_dict() for each in self.subgroup_tests],
            "flow": None if self.flow is None else list(self.flow),
        }


def details(
    decided: PooledDecisions, decisions: NDArray[np.int64], flow: Sequence[Mapping[str, Any]] | None = None
) -> Details:
    """Details of the test cases of a run or pool.

    The risk of a case is the summed probability of the critical classes; whether it is one of theirs is the event.

    Args:
        decided: the test cases.
        decisions: (N,) class indices, of the dials or others: what subgroups are tested on.
        flow: how the cases came to be judged, one entry a run.

    Raises:
        InputError: the matrix has no critical cell.

    Example:
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.decision.judged_run import JudgedRun
        >>> from riskcore.decision.pooled import pooled_decisions
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a", "b", "c", "d"])
        >>> logits = np.log([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.8, 0.2]])
        >>> cases = Cases(logits, np.array([0, 1, 0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M)
        >>> found = details(decided := pooled_decisions(run, Dial("severity", 0.0)), decided.dial)
        >>> found.calibrated, round(found.calibration.expected_observed.value, 3)
        (False, 0.6)
    """
    events, risks, groups, samples = _risks(decided)
    return Details(
        calibrated=all(len(member.validation) for member in decided.judged.predictions.members),
        calibration=risk_calibration(events, risks, groups, samples=samples),
        net_benefit=net_benefit(events, risks, groups, samples=samples),
        stated_points=stated_points(events, risks, groups, samples=samples),
        subgroup_tests=_subgroup_tests(decided, decisions, groups, samples),
        flow=flow,
    )


@dataclass(frozen=True)
class RiskCurves:
    """What is drawn of the risks of a run or pool.

    Attributes:
        calibrated, calibration, net_benefit: as in `Details`.
        cases, dangerous_cases, groups: different cases, those of critical classes, and groups.
    """

    calibrated: bool
    calibration: RiskCalibration
    net_benefit: tuple[NetBenefit, ...]
    cases: int
    dangerous_cases: int
    groups: int


def risk_curves(judged: JudgedRun) -> RiskCurves:
    """The part of `details` that depends on no decision, of the test cases of a run or pool.

    Raises:
        InputError: the matrix has no critical cell.

    Example:
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array(["a", "b"])
        >>> cases = Cases(np.log([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 1]), names, names)
        >>> M = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> found = risk_curves(JudgedRun(RunPredictions("demo", M.classes, [Member(Cases.empty(2), cases)]), M))
        >>> found.cases, found.dangerous_cases, found.net_benefit[49].model.value
        (2, 1, 0.5)
    """
    decided = pooled_decisions(judged, Dial("severity", 0.0))  # the risks are the same whatever is decided
    events, risks, groups, samples = _risks(decided)
    return RiskCurves(
        calibrated=all(len(member.validation) for member in judged.predictions.members),
        calibration=risk_calibration(events, risks, groups, samples=samples),
        net_benefit=net_benefit(events, risks, groups, samples=samples),
        cases=decided.distinct,
        dangerous_cases=len(np.unique(samples[events])),
        groups=len(np.unique(groups)),
    )


def _risks(
    decided: PooledDecisions,
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """(N,) each: whether a case is of a critical class, the risk that it is, its group and its name as numbers."""
    matrix = decided.judged.matrix.require_critical()
    events, risks = matrix.critical_classes[decided.truth], critical_risk(decided.probabilities, matrix)
    return events, risks, group_codes(decided.groups)[0], group_codes(decided.samples)[0]


def _subgroup_tests(
    decided: PooledDecisions, decisions: NDArray[np.int64], groups: NDArray[np.int64], samples: NDArray[np.int64]
) -> tuple[SubgroupTest, ...]:
    case = outcomes(decided.truth, decisions, decided.judged.matrix)
    counted = {
        "accuracy": (case.correct, np.ones(len(groups), bool)),
        "critical_miss_rate": (case.critical, case.critical_class),
        "over_call_rate": (case.over_call, case.noncritical_class),
    }
    found = {
        (column, rate): subgroup_difference(*counted[rate], values, groups, samples=samples)
        for column, values in decided.subgroups.items()
        for rate in TESTED_RATES
    }
    corrected: dict[tuple[str, str], float] = {}
    for rate in TESTED_RATES:
        tested = [key for key, test in found.items() if key[1] == rate and test.tested]
        corrected |= dict(zip(tested, holm([found[key].p for key in tested]).tolist(), strict=True))
    return tuple(SubgroupTest(*key, test, corrected.get(key)) for key, test in found.items())
