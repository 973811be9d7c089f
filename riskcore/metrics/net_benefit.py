"""Net benefit: what calling a case critical from some risk on is worth, beside calling all cases or none."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.critical_risk import checked_risks
from riskcore.metrics.intervals import Rate, proportion
from riskcore.metrics.resampling import group_codes, group_sums

THRESHOLDS = tuple(percent / 100 for percent in range(1, 100))


@dataclass(frozen=True)
class NetBenefit:
    """At one threshold probability.

    Attributes:
        threshold: risk from which on a case is called critical.
        model: net benefit of calling by the model's risks.
        call_all: of calling every case critical; calling none has 0.
    """

    threshold: float
    model: Rate
    call_all: float

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"threshold": self.threshold, "model": self.model.as_dict(), "call_all": self.call_all, "call_none": 0.0}


def net_benefit(
    events: ArrayLike,
    risks: ArrayLike,
    groups: ArrayLike,
    thresholds: tuple[float, ...] = THRESHOLDS,
    *,
    samples: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[NetBenefit, ...]:
    """Net benefit of "called critical where risk ≥ t", at every threshold t.

    net benefit = TP/N − FP/N · t/(1−t), in true positives a case; of calling all: π − (1−π)·t/(1−t), π the share of
    critical cases. Interval: MOVER of the exact intervals of TP/N and FP/N, with their correlation through groups, so
    that it has a width also where nobody, or nobody wrongly, is called.

    Inputs: events (N,) bool, critical class or not; risks (N,) in 0..1; groups (N,); thresholds in (0, 1); samples (N,)
    names, where seeds repeat a case.
    Returns: one a threshold; none where there are no cases. Raises InputError on differing lengths, or a risk or
    threshold out of range.
    Source: Vickers & Elkin, Medical Decision Making 26, 2006; MOVER: Zou & Donner, Statistics in Medicine 27, 2008.

    >>> (at,) = net_benefit([1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1], range(4), (0.5,))
    >>> at.model.value, at.call_all
    (0.0, 0.0)
    """
    y, p, codes, number = checked_risks(events, risks, groups)
    if not all(0 < threshold < 1 for threshold in thresholds):
        raise InputError(f"thresholds are {thresholds}, expected shares between 0 and 1 such as 0.2.")
    if not len(y):
        return ()
    distinct = None if samples is None else group_codes(samples)[1]
    everyone, share = np.ones(len(y), bool), float(y.mean())

    def at(threshold: float) -> NetBenefit:
        called, odds = p >= threshold, threshold / (1 - threshold)
        true, false = called & y, called & ~y
        gain, loss = (proportion(part, everyone, codes, level, distinct) for part in (true, false))
        value = gain.value - odds * loss.value
        shared = _correlation(true, false, codes, number)
        low = value - _joined(gain.value - gain.low, odds * (loss.high - loss.value), shared)
        high = value + _joined(gain.high - gain.value, odds * (loss.value - loss.low), shared)
        method = "MOVER of Clopper–Pearson intervals of true and false positives"
        model = Rate(value, low, high, None, len(y), number, method)
        return NetBenefit(threshold, model, share - (1 - share) * odds)

    return tuple(at(threshold) for threshold in thresholds)


def _joined(gain: float, loss: float, correlation: float) -> float:
    """Distance of a difference from one of its ends, by those of its two terms."""
    return math.sqrt(max(gain**2 + loss**2 - 2 * correlation * gain * loss, 0.0))


def _correlation(first: NDArray[np.bool_], second: NDArray[np.bool_], codes: NDArray[np.int64], number: int) -> float:
    """Of two shares of all cases, through the groups that hold events of both; 0 where one has no spread."""
    residuals = np.column_stack([first - first.mean(), second - second.mean()])
    (a, shared), (_, b) = (sums := group_sums(residuals, codes, number)).T @ sums
    return float(shared / math.sqrt(a * b)) if a > 0 and b > 0 else 0.0
