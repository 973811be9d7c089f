"""What is said of the details of a run: calibration of the risk, net benefit, stated points, subgroups, flow."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.formats import NOTHING, Interval
from riskcore.metrics import StatedPoint
from riskcore.metrics.error_rates import SUBGROUP_MINIMUM

RISK = "P(critical), the summed probability of the critical classes"
UNCALIBRATED = "The probabilities are taken as they are: there were no validation cases to calibrate them on."
SLOPE = "below 1: risks too extreme; above: too timid"
INTERCEPT = "above 0: risk underestimated; below: overestimated"
EXPECTED_OBSERVED = "above 1: risk overestimated; below: underestimated"
NET_BENEFIT = (
    "Net benefit in true positives per 1,000 cases, less false positives weighted by the odds of the threshold; "
    "calling no case has 0."
)
STATED = "A case is called critical where its risk is at least the threshold, which comes from the same cases."
SUBGROUPS = (
    "p by permutation of whole groups; corrected: by Holm over the columns of a rate. Values with fewer than "
    f"{SUBGROUP_MINIMUM} cases, and unknown ones, are left out."
)
NOT_TESTED = "not tested"
NO_FLOW = "not recorded: the runs were trained by an earlier version, or other cases than their own are judged"

RATE_NAMES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "critical_miss_rate": "miss rate",
    "over_call_rate": "over-calls",
}


def with_ends(rate: Interval, scale: float = 1, digits: int = 2) -> str:
    """A number that may be negative with its interval.

    Example:
        >>> from types import SimpleNamespace
        >>> with_ends(SimpleNamespace(value=-0.12, low=-0.3, high=0.061))
        '-0.12 (-0.30 to 0.06)'
    """
    if math.isnan(rate.value):
        return NOTHING
    value, low, high = (f"{scale * number:.{digits}f}" for number in (rate.value, rate.low, rate.high))
    return value if math.isnan(rate.low) else f"{value} ({low} to {high})"


def stated_words(point: StatedPoint) -> str:
    """What a stated point is.

    Example:
        >>> from riskcore.metrics import Rate
        >>> stated_words(StatedPoint("specificity", 0.95, 0.3, Rate(0.8, 0.7, 0.9, 8, 10, 10, "")))
        'sensitivity at 95 % specificity'
    """
    other = "sensitivity" if point.stated == "specificity" else "specificity"
    return f"{other} at {100 * point.at:.0f} % {point.stated}"


def flow_sentences(flow: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was left out of the first run, and of the others where that differs.

    Example:
        >>> parts = {part: {"images": 3, "groups": 3, "critical": 1} for part in ("train", "validation", "test")}
        >>> left_out = [{"why": "listed, but not on disk", "images": 1, "groups": None}]
        >>> run = {"run": "a", "fold": 0, "listed": 10, "registered": {"images": 9, "groups": 9}, "excluded": left_out}
        >>> flow_sentences([run | parts])
        ['10 images listed, 9 registered (9 groups); left out: 1 listed, but not on disk.']
    """
    said: dict[str, int | None] = {}
    for run in flow:
        excluded = "; ".join(f"{each['images']:,} {each['why']}" for each in run["excluded"]) or "none"
        sentence = (
            f"{run['listed']:,} images listed, {run['registered']['images']:,} registered "
            f"({run['registered']['groups']:,} groups); left out: {excluded}."
        )
        said.setdefault(sentence, run["fold"])
    if len(said) == 1:
        return list(said)
    return [sentence if fold is None else f"Fold {fold}: {sentence}" for sentence, fold in said.items()]
