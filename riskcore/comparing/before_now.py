"""What an edit or a caution changes on the same cases, before against now, with paired intervals."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from riskcore.comparing.paired import RECIPE
from riskcore.judging.whatif import RATES, WhatifResult
from riskcore.metrics.differences import Difference, pseudo_groups
from riskcore.metrics.error_rates import outcomes
from riskcore.metrics.intervals import Rate
from riskcore.metrics.resampling import group_sums, unit_weights

Floats = NDArray[np.float64]

BARS = {"critical_miss_rate": "Dangerous misses", "over_call_rate": "False alarms"}
"""Rate -> what its cases are called where before and now stand side by side."""

_COUNTED = {
    "accuracy": "correct",
    "cer": "critical",
    "critical_miss_rate": "critical",
    "over_call_rate": "over_call",
    "expected_severity": "severity",
}
"""Rate -> what it counts of each case."""

_AMONG = {"critical_miss_rate": "critical_class", "over_call_rate": "noncritical_class"}
"""Rate -> the cases that it counts among, where those are not all."""


def before_now(result: WhatifResult, *, resamples: int = 2000, seed: int = 0) -> dict[str, Rate]:
    """The change of each rate, now − before, by the same matrix on the same cases.

    Groups are resampled, and seeds where there are `RECIPE` or more, as for the difference of two runs; the chosen
    dials stay what they are, so the intervals speak of these decisions.

    Args:
        result: of a what-if.
        resamples: of the bootstrap.
        seed: of the draws.

    Returns:
        Rate name -> difference with its 95 % interval; its events are cases, a mean over seeds. nan where no case
        counts.

    Example:
        >>> from riskcore.judging.whatif import Whatif
        >>> from riskcore.decision.dial import Dial
        >>> from riskcore.predictions import Cases, Member, RunPredictions
        >>> from riskcore.severity import SeverityMatrix
        >>> names = np.array([f"{number}.png" for number in range(40)])
        >>> truth = np.array([0] * 20 + [1] * 20)
        >>> cases = Cases(np.log(np.where(truth[:, None] == 0, [0.9, 0.1], [0.7, 0.3])), truth, names, names)
        >>> matrix = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)
        >>> run = RunPredictions("demo", matrix.classes, [Member(Cases.empty(2), cases)])
        >>> found = before_now(Whatif(run).update(matrix, Dial("critical", 0.8)))
        >>> found["cer"].events, found["cer"].high < 0, found["over_call_rate"].events
        (-20.0, True, 0.0)
    """
    matrix, draws = result.judged.matrix, _Draws(result, resamples, seed)
    before, now = (outcomes(result.truth, decided, matrix) for decided in (result.earlier, result.decisions))
    every = np.ones(len(result.truth), bool)
    among = {name: getattr(now, _AMONG[name]) if name in _AMONG else every for name in RATES}
    gained = {
        name: np.where(among[name], getattr(now, _COUNTED[name]).astype(float) - getattr(before, _COUNTED[name]), 0.0)
        for name in RATES
    }
    added, cases = (np.stack([draws.by_seed_and_group(each[name]) for name in RATES]) for each in (gained, among))
    drawn = draws.replicates(np.concatenate([added, cases]))
    rng = np.random.default_rng(seed)
    return {
        name: _difference(name, added[k], cases[k], drawn[k], drawn[len(RATES) + k], result.after[name], rng)
        for k, name in enumerate(RATES)
    }


def decided(change: Rate) -> bool:
    """Whether a change can be told from chance: its interval does not hold 0."""
    return not change.low <= 0 <= change.high


def whole_cases(rate: Rate) -> int:
    """The cases of a rate, of a mean over seeds the nearest whole number; 0 where none counts.

    Example:
        >>> [whole_cases(Rate(0.04, 0.02, 0.07, events, 300, 300, "")) for events in (11.5, 12.5)]
        [12, 13]
    """
    return math.floor((rate.events or 0) + 0.5)


class _Draws:
    """Sums of what cases add, in the sample and in every replicate of groups and seeds."""

    def __init__(self, result: WhatifResult, resamples: int, seed: int) -> None:
        members = result.judged.predictions.members
        seeds = np.concatenate([np.full(len(member.test), member.seed) for member in members])
        self.groups = int(result.codes.max()) + 1
        self._seeds, seed_of = np.unique(seeds, return_inverse=True)
        self._codes = seed_of * self.groups + result.codes
        self._of_groups = _weights(self.groups, resamples, seed)
        pairs = len(self._seeds)
        self._of_seeds = _weights(pairs, resamples, seed + 1) if pairs >= RECIPE else None

    def by_seed_and_group(self, values: NDArray[np.generic]) -> Floats:
        """(S, G) sums of (N,) values."""
        pairs = len(self._seeds) * self.groups
        return group_sums(values, self._codes, pairs).reshape(len(self._seeds), self.groups)

    def replicates(self, sums: Floats) -> Floats:
        """(M, R) weighted sums of (M, S, G), all in one product: reading the weights is what takes time."""
        if self._of_seeds is None:
            return self._drawn(sums.sum(axis=1))
        measures, pairs, groups = sums.shape
        per_seed = self._drawn(sums.reshape(measures * pairs, groups)).reshape(measures, pairs, -1)
        return np.asarray((per_seed * self._of_seeds.T).sum(axis=1))

    def _drawn(self, sums: Floats) -> Floats:
        return (sums.astype(np.float32) @ self._of_groups.T).astype(np.float64)


@lru_cache(maxsize=4)
def _weights(units: int, resamples: int, seed: int) -> NDArray[np.float32]:
    """Drawn once: an edit must not wait for them."""
    return unit_weights(units, resamples, seed)


def _difference(
    name: str, added: Floats, cases: Floats, drawn: Floats, of: Floats, rate: Rate, rng: np.random.Generator
) -> Rate:
    """The change of one rate.

    Args:
        name: of the rate.
        added, cases: (S, G) what each group adds, and its cases.
        drawn, of: (R,) their sums in the replicates.
        rate: now.
        rng: of the pseudo-groups.
    """
    if not cases.sum() or np.isnan(rate.value):
        return Difference(float("nan"), np.full(1, np.nan), rate.n, rate.groups).rate()
    with np.errstate(invalid="ignore", divide="ignore"):
        replicates = drawn / of
    counted = _COUNTED[name] != "severity"
    unit = 1.0 if counted else float(np.abs(added).max() or 1.0)  # what a group that was not seen may add
    noise = unit * pseudo_groups(np.abs(added).sum(axis=0), int((cases.sum(axis=0) > 0).sum()), len(replicates), rng)
    return Difference(float(added.sum() / cases.sum()), replicates + noise, rate.n, rate.groups, counted).rate()
