"""Calibration of the risk of a critical class: do of the cases that are given 30 % about 30 % turn out critical?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from riskcore.metrics.critical_risk import checked_risks
from riskcore.metrics.intervals import Rate, proportion
from riskcore.metrics.resampling import group_codes, group_sums

BINS, BIN_MINIMUM = 10, 20
"""Most bins of the curve, and the different cases that each holds at least."""
_NEAREST = 1e-9  # risks nearer to 0 or 1 count as this: their log-odds would be infinite
_METHOD = "Wald, cluster-robust over groups"


@dataclass(frozen=True)
class CalibrationBin:
    """Cases of similar risk.

    Attributes:
        predicted: their mean risk.
        observed: their share of critical cases.
    """

    predicted: float
    observed: Rate

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"predicted": self.predicted, "observed": self.observed.as_dict()}


@dataclass(frozen=True)
class RiskCalibration:
    """How well risks agree with what came true; what cannot be had is nan, and its `method` says why.

    Attributes:
        slope: 1 where risks are neither too extreme (below 1) nor too timid (above).
        intercept: 0 where they are right on average; above where risk is underestimated.
        expected_observed: expected over observed critical cases; 1 where they are right on average, above where risk
            is overestimated.
        curve: bins in ascending order of risk.
    """

    slope: Rate
    intercept: Rate
    expected_observed: Rate
    curve: tuple[CalibrationBin, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "slope": self.slope.as_dict(),
            "intercept": self.intercept.as_dict(),
            "expected_observed": self.expected_observed.as_dict(),
            "curve": [each.as_dict() for each in self.curve],
        }


def risk_calibration(
    events: ArrayLike, risks: ArrayLike, groups: ArrayLike, *, samples: ArrayLike | None = None, level: float = 0.95
) -> RiskCalibration:
    """Calibration slope, calibration in the large, expected over observed, and curve.

    With l = log(p/(1−p)): slope b of logit P(y = 1) = a + b·l; intercept a of logit P(y = 1) = a + l;
    expected/observed = Σp / Σy. Standard errors are sandwiches over groups, G/(G−1)·H⁻¹(Σ_g s_g·s_gᵀ)H⁻¹, that of the
    ratio on the log scale; intervals are ± t·SE with m − 1 degrees of freedom, m: groups on the rarer side (with a
    critical case, or with another). The curve has up to 10 bins of equally many cases, at least 20 different ones each,
    with the exact interval of `proportion`; equal risks stay in one bin.

    Inputs: events (N,) bool, critical class or not; risks (N,) in 0..1; groups (N,); samples (N,) names, where seeds
    repeat a case. Raises InputError on differing lengths or a risk out of range.
    Source: Cox, Biometrika 45, 1958; Van Calster et al., Journal of Clinical Epidemiology 74, 2016, and BMC Medicine
    17, 2019; sandwich: Liang & Zeger, Biometrika 73, 1986.

    >>> found = risk_calibration([0, 1] * 30 + [0, 0, 0, 1] * 15, [0.5] * 60 + [0.25] * 60, range(120))
    >>> round(found.slope.value, 6), abs(round(found.intercept.value, 6)), found.expected_observed.value
    (1.0, 0.0, 1.0)
    """
    y, p, codes, number = checked_risks(events, risks, groups)
    near = np.clip(p, _NEAREST, 1 - _NEAREST)
    of_groups = _OfGroups(y, codes, number, level)
    return RiskCalibration(
        _slope(np.log(near) - np.log1p(-near), of_groups),
        _intercept(np.log(near) - np.log1p(-near), of_groups),
        _expected_observed(p, of_groups),
        _curve(y, p, codes, None if samples is None else group_codes(samples)[0], level),
    )


@dataclass(frozen=True)
class _OfGroups:
    """What all three figures need: events, their groups, and how sure the groups make them."""

    events: NDArray[np.bool_]
    codes: NDArray[np.int64]
    number: int
    level: float

    @property
    def one_sided(self) -> str | None:
        """Why nothing can be said, where there are no critical cases or only such."""
        if not self.events.any():
            return "no critical case"
        return "no case that is not critical" if self.events.all() else None

    def missing(self, why: str) -> Rate:
        return Rate(math.nan, math.nan, math.nan, None, len(self.events), self.number, why)

    def sums(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of scores (N, A) within each group."""
        return group_sums(scores, self.codes, self.number)

    def rate(self, value: float, variance: float, on: str = "") -> Rate:
        """± t·SE of a sum over groups with this uncorrected variance; `on` "log": of the logarithm of a ratio."""
        rarer = min(len(np.unique(self.codes[side])) for side in (self.events, ~self.events) if side.any())
        if min(self.number, rarer) < 2:
            low = high = math.nan
            method = "no interval: critical or other cases are of one group"
        else:
            reach = float(special.stdtrit(rarer - 1, (1 + self.level) / 2))
            reach *= math.sqrt(variance * self.number / (self.number - 1))
            low, high = value - reach, value + reach
            method = f"{_METHOD}, {rarer - 1} degrees of freedom"
        if on == "log":
            value, low, high = math.exp(value), math.exp(low), math.exp(high)
        return Rate(value, low, high, None, len(self.events), self.number, method)


def _slope(logits: NDArray[np.float64], of: _OfGroups) -> Rate:
    if of.one_sided:
        return of.missing(of.one_sided)
    theirs, others = logits[of.events], logits[~of.events]
    if logits.min() == logits.max():
        return of.missing("every case has the same risk")
    if others.max() <= theirs.min() or theirs.max() <= others.min():
        return of.missing("risks separate critical from other cases, so that no slope is the largest")
    design = np.column_stack([np.ones_like(logits), logits])
    coefficients, inverse, residual = _logistic(of.events, design, np.array([0.0, 1.0]), np.zeros_like(logits))
    scores = of.sums(design * residual[:, None]) @ inverse
    return of.rate(float(coefficients[1]), float(scores[:, 1] @ scores[:, 1]))


def _intercept(logits: NDArray[np.float64], of: _OfGroups) -> Rate:
    if of.one_sided:
        return of.missing(of.one_sided)
    coefficients, inverse, residual = _logistic(of.events, np.ones((len(logits), 1)), np.zeros(1), logits)
    scores = of.sums(residual[:, None]) @ inverse
    return of.rate(float(coefficients[0]), float(scores[:, 0] @ scores[:, 0]))


def _expected_observed(risks: NDArray[np.float64], of: _OfGroups) -> Rate:
    expected, observed = float(risks.sum()), int(of.events.sum())
    if observed == 0 or expected == 0:
        return of.missing("no critical case" if observed == 0 else "every risk is 0")
    scores = of.sums((risks / expected - of.events / observed)[:, None])[:, 0]
    return of.rate(math.log(expected / observed), float(scores @ scores), on="log")


def _logistic(
    events: NDArray[np.bool_], design: NDArray[np.float64], start: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Maximum likelihood by Newton's method: coefficients, inverse of the information, residuals y − μ.

    Steps are halved until the likelihood grows, so that it ends wherever a maximum exists.
    """

    def loss(coefficients: NDArray[np.float64]) -> float:
        logits = design @ coefficients + offset
        return float(np.logaddexp(0, np.where(events, -logits, logits)).sum())

    coefficients, present = start, loss(start)
    for _ in range(100):
        mean = special.expit(design @ coefficients + offset)
        inverse = np.linalg.inv((design * (mean * (1 - mean))[:, None]).T @ design)
        step = inverse @ (design.T @ (events - mean))
        while (new := loss(coefficients + step)) > present and np.abs(step).max() > 1e-12:
            step = step / 2
        coefficients, present = coefficients + step, min(new, present)
        if np.abs(step).max() < 1e-9:
            break
    mean = special.expit(design @ coefficients + offset)
    return coefficients, np.linalg.inv((design * (mean * (1 - mean))[:, None]).T @ design), events - mean


def _curve(
    y: NDArray[np.bool_],
    p: NDArray[np.float64],
    codes: NDArray[np.int64],
    names: NDArray[np.int64] | None,
    level: float,
) -> tuple[CalibrationBin, ...]:
    identities = np.arange(len(y)) if names is None else names
    different = len(np.unique(identities))
    if different == 0:
        return ()
    bins = max(1, min(BINS, different // BIN_MINIMUM))
    edges = np.unique(np.quantile(p, np.arange(1, bins) / bins))
    numbers = np.searchsorted(edges, p)
    found = []
    for number in np.unique(numbers):
        inside = numbers == number
        observed = proportion(y, inside, codes, level, len(np.unique(identities[inside])))
        found.append(CalibrationBin(float(p[inside].mean()), observed))
    return tuple(found)
