"""Differences between two models: what resampled groups and seeds make of them, and intervals that hold.

A difference is kept with its bootstrap replicates until it is known how many others stand beside it, because
intervals over several comparisons are simultaneous.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from riskcore.metrics.intervals import Rate

POINTWISE = float(ndtri(0.975))
"""z of one comparison: 95 %."""

POWER = 0.84
"""z of 80 % power: what could be shown lies so many standard errors beyond the interval's half width."""


@dataclass(frozen=True)
class Difference:
    """A difference, run − baseline, with its replicates.

    Attributes:
        value: in the sample itself; nan where it does not exist.
        replicates: (R,) float64, nan where a resample does not have it.
        n, groups: different cases in the denominator, and their groups.
        counted: whether value × n is a number of cases.
    """

    value: float
    replicates: NDArray[np.float64]
    n: int
    groups: int
    counted: bool = True

    @property
    def standard_error(self) -> float:
        """Standard deviation of the replicates."""
        kept = self.replicates[~np.isnan(self.replicates)]
        return float(np.std(kept, ddof=1)) if len(kept) > 1 else float("nan")

    def could_show(self, z: float = POINTWISE) -> float:
        """The smallest difference that would have been told from 0 with 80 % power: (z + 0.84) standard errors."""
        return (z + POWER) * self.standard_error

    def rate(self, z: float = POINTWISE) -> Rate:
        """Value and interval at the level 2Φ(z) − 1: the replicates' quantiles at Φ(−z) and Φ(z).

        Reflected and bias-corrected ends cover less here, because a chosen dial moves in steps
        (research/simulations).

        Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.

        Example:
            >>> round(Difference(0.5, np.linspace(0, 1, 101), 9, 9).rate().high, 3)
            0.975
        """
        kept = self.replicates[~np.isnan(self.replicates)]
        if np.isnan(self.value) or not len(kept):
            low = high = float("nan")
        else:
            low, high = np.quantile(kept, [ndtr(-z), ndtr(z)])
        events = self.value * self.n if self.counted else None
        level = "" if z == POINTWISE else f", simultaneous at z = {z:.2f}"
        method = f"bootstrap, {len(kept)} resamples{level}"
        return Rate(self.value, float(low), float(high), events, self.n, self.groups, method)


def simultaneous_z(family: Sequence[Difference]) -> float:
    """z for intervals that hold together for all runs beside one baseline.

    The 95 % quantile over replicates of max over the family of |d* − d| / SE, at least the z of one comparison.
    Replicates have to be drawn together: the r-th of each from the same groups.

    Source: Westfall & Young, Resampling-Based Multiple Testing, 1993, ch. 2 (single-step max t).

    Example:
        >>> drawn = np.random.default_rng(0).normal(size=(5, 4000))
        >>> round(simultaneous_z([Difference(0.0, each, 9, 9) for each in drawn]), 1)  # 2.57 by Šidák
        2.6
    """
    usable = [each for each in family if each.standard_error > 0]
    if len(usable) < 2:
        return POINTWISE
    distances = [np.abs(each.replicates - each.value) / each.standard_error for each in usable]
    return max(POINTWISE, float(np.nanquantile(np.nanmax(distances, axis=0), 0.95)))


def pseudo_groups(by_group: ArrayLike, groups: int, resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """What two groups that were not seen would add to each replicate, so that no interval has a width of 0.

    Two groups of mean size, in one of which only the run errs and in the other only the baseline, join the sample;
    each counts 1/(k+1), k the number of groups in which the two sides differ. Their counts in a replicate are
    Poisson(1). With k = 0 the difference's interval is about ±3/G, as the exact bound of a rate without events
    is 3.7/G; with many it is that of the replicates alone.

    Args:
        by_group: (G,) what each group adds to the difference in the sample.
        groups: those of them in the denominator.
        resamples: R.
        rng: source of the counts.

    Returns:
        (R,) float64, of mean 0.

    Source: as the pseudo-group of `riskcore.metrics.intervals.proportion`; Agresti & Caffo, American Statistician 54,
    2000, for the idea of added outcomes.

    Example:
        >>> noise = pseudo_groups(np.zeros(300), 300, 4000, np.random.default_rng(0))
        >>> round(float(np.quantile(noise, 0.975)), 3)
        0.01
    """
    differing = int((np.abs(np.asarray(by_group, np.float64)) > 1e-12).sum())
    for_run, for_baseline = rng.poisson(1.0, (2, resamples))
    return (for_run - for_baseline) / (max(groups, 1) * (differing + 1.0))
