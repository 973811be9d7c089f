"""What is said beside the decision curve and the calibration of the risk."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.formats import NOTHING, Interval
from riskcore.judging.details import RiskCurves
from riskcore.metrics import NetBenefit
from riskcore.words.details import with_ends

RISK_MEANING = "The risk of a case is the summed probability of the dangerous classes."
NET_BENEFIT_MEANING = (
    "Net benefit: dangerous cases found per 1,000, less false alarms, each weighted by the odds of the risk from which "
    "on one calls. A curve is worth following where it lies above both calling every case and calling none."
)
CALIBRATION_MEANING = (
    "On the dotted line the risk comes true as often as the model says; below it the model warns too much, above it "
    "too little."
)

STATED = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Thresholds of the table."""


def counted_on(found: RiskCurves, part: str) -> str:
    """How many cases stand behind the curves.

    Example:
        >>> from types import SimpleNamespace
        >>> counted_on(SimpleNamespace(cases=300, dangerous_cases=60, groups=200), "test")
        '300 test cases of 200 patients, slides or lesions, 60 of them dangerous.'
        >>> counted_on(SimpleNamespace(cases=300, dangerous_cases=60, groups=300), "test")
        '300 test cases, 60 of them dangerous.'
    """
    owners = "" if found.groups == found.cases else f" of {found.groups:,} patients, slides or lesions"
    return f"{found.cases:,} {part} cases{owners}, {found.dangerous_cases:,} of them dangerous."


def net_benefit_rows(named: Mapping[str, Sequence[NetBenefit]]) -> list[dict[str, Any]]:
    """Net benefit per 1,000 cases with its 95 % interval, a row a stated threshold, a column a run."""
    by_threshold: dict[float, dict[str, Any]] = {}
    for label, curve in named.items():
        for at in curve:
            if at.threshold in STATED:
                row = by_threshold.setdefault(
                    at.threshold,
                    {
                        "Called dangerous from": f"{100 * at.threshold:.0f} % risk",
                        "Call all": f"{1000 * at.call_all:.1f}",
                    },
                )
                row[label] = with_ends(at.model, 1000, 1)
    return list(by_threshold.values())


def net_benefit_numbers(named: Mapping[str, Sequence[NetBenefit]]) -> list[dict[str, Any]]:
    """The same for a file: every threshold, shares of all cases, a row a run and threshold."""
    return [
        {
            "run": label,
            "threshold": at.threshold,
            "net_benefit": at.model.value,
            "net_benefit_low": at.model.low,
            "net_benefit_high": at.model.high,
            "call_all": at.call_all,
            "n": at.model.n,
        }
        for label, curve in named.items()
        for at in curve
    ]


def calibration_rows(named: Mapping[str, RiskCurves]) -> list[dict[str, Any]]:
    """Expected over observed, intercept and slope of each run, in words."""
    return [
        {
            "Model": label,
            "Expected / observed dangerous cases": _or_why(found.calibration.expected_observed),
            "Too much or too little (intercept)": _or_why(found.calibration.intercept),
            "Too extreme or too timid (slope)": _or_why(found.calibration.slope),
            "Calibrated": "on validation" if found.calibrated else "no: probabilities as they are",
        }
        for label, found in named.items()
    ]


def calibration_numbers(named: Mapping[str, RiskCurves]) -> list[dict[str, Any]]:
    """The curve for a file: shares, a row a run and bin."""
    return [
        {
            "run": label,
            "predicted": each.predicted,
            "observed": each.observed.value,
            "observed_low": each.observed.low,
            "observed_high": each.observed.high,
            "n": each.observed.n,
        }
        for label, found in named.items()
        for each in found.calibration.curve
    ]


def _or_why(rate: Interval) -> str:
    """A number with its interval; where there is none, why."""
    return getattr(rate, "method", NOTHING) if math.isnan(rate.value) else with_ends(rate)
