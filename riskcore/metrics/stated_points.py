"""Sensitivity at a stated specificity, and specificity at a stated sensitivity, of the risk of a critical class."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcore.errors import InputError
from riskcore.metrics.critical_risk import checked_risks
from riskcore.metrics.intervals import Rate, proportion
from riskcore.metrics.resampling import group_codes

SPECIFICITIES = (0.80, 0.90, 0.95)
SENSITIVITIES = (0.90, 0.95, 0.99)
Side = Literal["specificity", "sensitivity"]
_ROUNDING = 1e-9  # what is short of a stated level by rounding is not short


@dataclass(frozen=True)
class StatedPoint:
    """The best of one side at a stated level of the other.

    Attributes:
        stated: which side is held.
        at: the level that it reaches at least.
        threshold: risk from which on cases are called critical; inf: none is called; nan: there is no such point.
        found: the other side there.
    """

    stated: Side
    at: float
    threshold: float
    found: Rate

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; where no case is called the threshold is null."""
        threshold = self.threshold if math.isfinite(self.threshold) else None
        return {"stated": self.stated, "at": self.at, "threshold": threshold, "found": self.found.as_dict()}


def stated_points(
    events: ArrayLike,
    risks: ArrayLike,
    groups: ArrayLike,
    *,
    specificities: tuple[float, ...] = SPECIFICITIES,
    sensitivities: tuple[float, ...] = SENSITIVITIES,
    samples: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[StatedPoint, ...]:
    """The best sensitivity at each stated specificity, then the best specificity at each stated sensitivity.

    A case is called critical where its risk is at least the threshold; cases of equal risk are called together. Of the
    thresholds whose specificity is at least the stated one, the lowest gives the best sensitivity, and the other way
    round. Interval: MOVER of the exact interval at that threshold and of what the threshold's own uncertainty adds,
    the range over all thresholds at which the exact interval of the stated side holds the stated level. A few critical
    cases say nothing of a sensitivity of 99 %: the specificity there then has the lower end 0.

    Inputs: events (N,) bool, critical class or not; risks (N,) in 0..1; groups (N,); levels in (0, 1); samples (N,)
    names, where seeds repeat a case.
    Returns: one a level; nan with the reason where critical or other cases are missing.
    Raises InputError on differing lengths, or a risk or level out of range.
    Source: Linnet, Clinical Chemistry 33, 1987 (that the threshold is estimated too); MOVER: Zou & Donner, Statistics
    in Medicine 27, 2008.

    >>> (point,) = stated_points([0, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.9], range(5),
    ...                          specificities=(0.6,), sensitivities=())
    >>> point.threshold, point.found.value
    (0.3, 1.0)
    """
    y, p, codes, number = checked_risks(events, risks, groups)
    wanted: list[tuple[Side, float]] = [("specificity", at) for at in specificities]
    wanted += [("sensitivity", at) for at in sensitivities]
    if wrong := [at for _, at in wanted if not 0 < at < 1]:
        raise InputError(f"a stated level is {wrong[0]}, expected a share between 0 and 1 such as 0.95.")
    if not y.any() or y.all():
        why = "no case that is not critical" if y.any() else "no critical case"
        missing = Rate(math.nan, math.nan, math.nan, None, len(y), number, why)
        return tuple(StatedPoint(stated, at, math.nan, missing) for stated, at in wanted)
    names = np.arange(len(y)) if samples is None else group_codes(samples)[0]
    thresholds = np.append(np.unique(p), np.inf)

    def rate(side: Side, threshold: float) -> Rate:
        eligible, right = (y, p >= threshold) if side == "sensitivity" else (~y, p < threshold)
        return proportion(right, eligible, codes, level, len(np.unique(names[eligible])))

    def shares(side: Side) -> NDArray[np.float64]:
        below = np.searchsorted(np.sort(p[y] if side == "sensitivity" else p[~y]), thresholds)
        return 1 - below / y.sum() if side == "sensitivity" else below / (~y).sum()

    def point(stated: Side, at: float) -> StatedPoint:
        other: Side = "sensitivity" if stated == "specificity" else "specificity"
        # so ordered that the stated side rises from 0 to 1 and the other falls from 1 to 0
        order = slice(None) if stated == "specificity" else slice(None, None, -1)
        along, held, found = thresholds[order], shares(stated)[order], shares(other)[order]
        place = int(np.searchsorted(held, at - _ROUNDING))
        first = _first(lambda k: rate(stated, along[k]).high >= at, 0, place)
        after = _first(lambda k: rate(stated, along[k]).low > at, place, len(along))
        exact = rate(other, along[place])
        value = exact.value
        low = value - math.hypot(value - exact.low, value - found[after - 1])
        high = value + math.hypot(exact.high - value, found[first] - value)
        method = "MOVER of exact intervals of both sides"
        best = replace(exact, low=max(low, 0.0), high=min(high, 1.0), method=method)
        return StatedPoint(stated, at, float(along[place]), best)

    return tuple(point(stated, at) for stated, at in wanted)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first of low..high − 1 from which on it holds, by bisection; `high` where it holds nowhere."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
