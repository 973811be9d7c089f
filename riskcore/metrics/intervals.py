"""Intervals of rates, means, weighted sums and paired differences.

A *group* (patient, slide or lesion) is the unit that is sampled: cases of one group resemble each other, so
every interval here counts groups, not cases. docs/statistics.md gives the sources and the limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from riskcore.errors import InputError
from riskcore.metrics.resampling import group_codes, group_sums, resampled_ratios


@dataclass(frozen=True)
class Rate:
    """A measured quantity with its interval.

    Attributes:
        value: the estimate; nan where there are no cases.
        low, high: the interval's ends.
        events: numerator count (run minus baseline for a difference); None where nothing is counted.
        n: cases in the denominator.
        groups: groups in the denominator.
        method: how the interval was made, in words.
    """

    value: float
    low: float
    high: float
    events: float | None
    n: int
    groups: int
    method: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: nan becomes None."""
        numbers = {name: getattr(self, name) for name in ("value", "low", "high", "events")}
        clean = {k: None if v is None or math.isnan(v) else v for k, v in numbers.items()}
        return {**clean, "n": self.n, "groups": self.groups, "method": self.method}


def _check(name: str, values: NDArray[Any], n: int) -> None:
    if values.shape != (n,):
        raise InputError(f"{name} has shape {values.shape}, expected ({n},): pass one value a case.")


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError(f"level is {level}, expected a share between 0 and 1 such as 0.95.")


def clopper_pearson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a proportion, for a possibly fractional number of trials.

    low = Beta(α/2; x, n−x+1), high = Beta(1−α/2; x+1, n−x) quantiles, x = share·n, α = 1 − level.
    Inputs: share in 0..1; n > 0. Returns: (low, high).
    Source: Clopper & Pearson, Biometrika 26, 1934.

    >>> low, high = clopper_pearson(0.0, 100)
    >>> low, round(high, 4)
    (0.0, 0.0362)
    """
    tail, x = (1 - level) / 2, share * n
    low = 0.0 if share <= 0 else float(special.betaincinv(x, n - x + 1, tail))
    high = 1.0 if share >= 1 else float(special.betaincinv(x + 1, n - x, 1 - tail))
    return low, high


def _design_effect(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Variance of the ratio Σsums/Σcounts over groups, against that of as many independent binary cases.

    Few groups with events tell little about how strongly events cluster, and then this ratio comes out too
    small. So one pseudo-group of full clustering (design effect n/G) joins the `informative` groups: with no
    events the result is n/G, hence an effective n of G, and with many it is the estimate alone.
    """
    n, groups = counts.sum(), len(counts)
    share = sums.sum() / n
    informative = min(int((sums > 0).sum()), int((sums < counts).sum()))
    residuals = sums - share * counts
    variance = groups / (groups - 1) * float(residuals @ residuals) / n**2
    estimate = variance * (n - 1) / (share * (1 - share))
    return (informative * estimate + n / groups) / (informative + 1)


def _effective_n(sums: NDArray[np.float64], counts: NDArray[np.float64], level: float) -> float:
    """n / design effect, times (t with n−1 over t with G−1 degrees of freedom)², Korn & Graubard 1998."""
    n, groups = counts.sum(), len(counts)
    if groups == 1 or sums.sum() in (0, n):
        return float(groups)
    upper = (1 + level) / 2
    correction = (special.stdtrit(n - 1, upper) / special.stdtrit(groups - 1, upper)) ** 2
    return float(n / _design_effect(sums, counts) * correction)


def proportion(
    events: ArrayLike,
    eligible: ArrayLike,
    groups: ArrayLike,
    level: float = 0.95,
    distinct: int | None = None,
) -> Rate:
    """Share of the eligible cases that are events, with an exact interval that accounts for groups.

    Clopper–Pearson on n_eff = min(n, n/deff · (t_{n−1}/t_{G−1})²), deff = s²·(n−1)/(p·(1−p)) with
    s² = G/(G−1) · Σ_g (x_g − p·n_g)²/n²; x_g, n_g: events and eligible cases of group g. With events in few
    groups deff is drawn towards n/G; at no events or only events n_eff = G. When every case is its own group
    the interval is exactly Clopper–Pearson.

    Inputs: events (N,) bool; eligible (N,) bool; groups (N,); distinct: upper bound of n_eff, the number of
    distinct eligible cases where seeds repeat them.
    Returns: Rate; nan where no case is eligible. Raises InputError on differing lengths.
    Source: Korn & Graubard, Survey Methodology 24, 1998.

    >>> rate = proportion([True, False, False, False], [True] * 4, ["a", "b", "c", "d"])
    >>> rate.value, rate.events, rate.n, rate.method
    (0.25, 1, 4, 'Clopper–Pearson')
    """
    events, eligible, groups = np.asarray(events, bool), np.asarray(eligible, bool), np.asarray(groups)
    _check("events", events, len(groups))
    _check("eligible", eligible, len(groups))
    _check_level(level)
    codes, number = group_codes(groups[eligible])
    counts = group_sums(np.ones(len(codes)), codes, number)
    sums = group_sums(events[eligible], codes, number)
    n, count = len(codes), int(sums.sum())
    if n == 0:
        return Rate(math.nan, math.nan, math.nan, 0, 0, 0, "no cases")
    effective = n if number == n else min(_effective_n(sums, counts, level), n)
    effective = effective if distinct is None else min(effective, distinct)
    low, high = clopper_pearson(count / n, effective, level)
    method = "Clopper–Pearson" if effective == n else f"Clopper–Pearson, effective n {effective:.1f}"
    return Rate(count / n, low, high, count, n, number, method)


def mean_interval(values: ArrayLike, groups: ArrayLike, bound: float, level: float = 0.95) -> Rate:
    """Mean of values in [0, bound], such as expected severity, with an interval that accounts for groups.

    The interval of `proportion` for values/bound, whose n_eff may exceed n because values between the ends
    vary less than yes and no: a beta interval of matched mean and variance. It stays inside [0, bound], and
    rare large harms widen it upwards, where a t interval fails.

    Inputs: values (N,) in 0..bound; groups (N,); bound > 0, e.g. the matrix's largest cell.
    Returns: Rate without events; nan where there are no cases. Raises InputError on a value out of range.
    Source: as `proportion`, with the beta approximation for a bounded mean.

    >>> rate = mean_interval([0.0, 0.0, 10.0, 1.0], [0, 1, 2, 3], bound=10.0)
    >>> rate.value, round(rate.low, 2), round(rate.high, 2)
    (2.75, 0.12, 8.05)
    """
    values, groups = np.asarray(values, np.float64), np.asarray(groups)
    _check("values", values, len(groups))
    _check_level(level)
    if len(values) == 0:
        return Rate(math.nan, math.nan, math.nan, None, 0, 0, "no cases")
    if bound <= 0 or values.min() < 0 or values.max() > bound:
        raise InputError(f"values range over {values.min()}..{values.max()}, expected 0..{bound}: check bound.")
    codes, number = group_codes(groups)
    counts = group_sums(np.ones(len(codes)), codes, number)
    effective = _effective_n(group_sums(values / bound, codes, number), counts, level)
    low, high = clopper_pearson(float(values.mean()) / bound, effective, level)
    method = f"beta interval over groups, effective n {effective:.1f}"
    return Rate(float(values.mean()), low * bound, high * bound, None, len(values), number, method)


def stratified(
    values: ArrayLike,
    strata: ArrayLike,
    shares: Sequence[float],
    groups: ArrayLike,
    level: float = 0.95,
    bound: float | None = None,
) -> Rate:
    """Weighted sum of the means of strata, e.g. at a stated prevalence or over classes.

    value = Σ_s w_s·m_s; low = value − sqrt(δᵀRδ) with δ_s = w_s·(m_s − low_s), high likewise (MOVER);
    R: correlation of the strata's means through groups that stand in several strata. Each stratum's interval
    is that of `proportion`, so a stratum without events still adds its uncertainty.

    Inputs: values (N,) bool, or in 0..bound where a bound is given (then `mean_interval` serves); strata (N,)
    int in 0..S-1; shares (S,) w_s ≥ 0; groups (N,).
    Returns: Rate with events counted unweighted (None with a bound); nan when a stratum is empty.
    Source: Zou & Donner, Statistics in Medicine 27, 2008; Newcombe, Statistics in Medicine 30, 2011.

    >>> stratified([True, False, True, True], [0, 0, 1, 1], [0.5, 0.5], [0, 1, 2, 3]).value
    0.75
    """
    values, strata, groups = np.asarray(values, np.float64), np.asarray(strata), np.asarray(groups)
    _check("values", values, len(groups))
    _check("strata", strata, len(groups))
    members = [strata == s for s in range(len(shares))]
    if bound is None:
        parts = [proportion(values > 0, inside, groups, level) for inside in members]
    else:
        parts = [mean_interval(values[inside], groups[inside], bound, level) for inside in members]
    weights = np.asarray(shares, np.float64)
    means = np.array([part.value for part in parts])
    codes, number = group_codes(groups)
    residuals = np.stack([np.where(inside, values - mean, 0) for inside, mean in zip(members, means, strict=True)], 1)
    sums = group_sums(residuals, codes, number)
    spread = np.sqrt((sums**2).sum(0))
    spread[spread == 0] = 1.0
    correlation = (sums / spread).T @ (sums / spread)
    np.fill_diagonal(correlation, 1.0)
    value = float(weights @ means)
    below = weights * (means - [part.low for part in parts])
    above = weights * ([part.high for part in parts] - means)
    low = value - math.sqrt(max(below @ correlation @ below, 0.0))
    high = value + math.sqrt(max(above @ correlation @ above, 0.0))
    ceiling = float(weights.sum()) * (1.0 if bound is None else bound)
    events = int(values.sum()) if bound is None else None
    inner = "Clopper–Pearson" if bound is None else "beta"
    method = f"MOVER of {inner} intervals over {len(parts)} strata"
    return Rate(value, max(low, 0.0), min(high, ceiling), events, len(values), number, method)


def resampling_interval(
    value: float,
    replicates: NDArray[np.floating[Any]],
    n: int,
    groups: int,
    *,
    level: float = 0.95,
    events: float | None = None,
) -> Rate:
    """Percentile bootstrap interval.

    low, high = the (1−level)/2 and (1+level)/2 quantiles of the replicates; nan replicates (a resample
    without an eligible case) are left out.
    Inputs: value of the sample itself; replicates (R,); n, groups, events as shown in the Rate.
    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13; groups as the unit: Davison &
    Hinkley, Bootstrap Methods and their Application, 1997, § 3.8.

    >>> resampling_interval(0.5, np.linspace(0, 1, 101), n=9, groups=9, level=0.5).high
    0.75
    """
    _check_level(level)
    kept = replicates[~np.isnan(replicates)]
    ends = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2]) if len(kept) else (math.nan, math.nan)
    return Rate(value, float(ends[0]), float(ends[1]), events, n, groups, f"bootstrap, {len(kept)} resamples")


def paired_difference(
    values_a: ArrayLike,
    values_b: ArrayLike,
    eligible: ArrayLike,
    codes: NDArray[np.int64],
    weights: NDArray[np.float32],
    level: float = 0.95,
) -> Rate:
    """Mean of a minus mean of b over the same eligible cases, by bootstrap over groups.

    Replicate r: Σ_i w_r(g_i)·e_i·(a_i − b_i) / Σ_i w_r(g_i)·e_i.
    Inputs: values_a, values_b (N,) bool or number, case by case; eligible (N,) bool; codes (N,) in 0..G-1;
    weights (R, G) from `bootstrap_weights`, or codes and weights from `crossed_weights` (then `groups` counts
    pairs of group and seed).
    Returns: Rate; events = Σ(a − b), so −19 says 19 fewer.
    Source: as `resampling_interval`.

    >>> from riskcore.metrics.resampling import bootstrap_weights
    >>> a, b = np.array([1, 0, 0, 0]), np.array([1, 1, 1, 0])
    >>> difference = paired_difference(a, b, np.ones(4, bool), np.arange(4), bootstrap_weights(4))
    >>> difference.value, difference.events, difference.low, difference.high
    (-0.5, -2.0, -1.0, 0.0)
    """
    a, b = np.asarray(values_a, np.float64), np.asarray(values_b, np.float64)
    eligible = np.asarray(eligible, bool)
    for name, array in (("values_a", a), ("values_b", b), ("eligible", eligible)):
        _check(name, array, len(codes))
    gap = np.where(eligible, a - b, 0.0)
    n = int(eligible.sum())
    replicates = resampled_ratios(gap[:, None], eligible[:, None], codes, weights)[:, 0]
    groups = len(np.unique(codes[eligible]))
    value = float(gap.sum()) / n if n else math.nan
    return resampling_interval(value, replicates, n, groups, level=level, events=float(gap.sum()))
