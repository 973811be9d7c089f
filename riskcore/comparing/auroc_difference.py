"""AUROC of critical against other cases of two runs on the same cases: pooled, and within folds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.comparing.paired import Paired, PairedMember, line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.metrics import critical_risk
from riskcore.metrics.differences import POINTWISE, Difference
from riskcore.metrics.intervals import Rate
from riskcore.metrics.probability_measures import auroc_replicates, mean_where_there, perfect_low

Floats = NDArray[np.float64]
_CHUNK = 64  # replicates at a time, which bounds memory


@dataclass(frozen=True)
class AurocDifference:
    """The AUROC of critical against other cases, run − baseline; not changed by any dial.

    Attributes:
        pooled: the cases of all folds and seeds ranked together, as `critical_auroc` of an evaluation.
        within_folds: mean of the AUROC of each fold and seed, which differently calibrated folds do not lower; None
            where there is one fold and seed only.
        perfect: lower end of an AUROC of 1 with these groups: how far apart two faultless rankings may be.
    """

    pooled: Difference
    within_folds: Difference | None
    perfect: float

    def as_dict(self, z: float = POINTWISE) -> dict[str, Any]:
        """The JSON form, intervals at the level 2Φ(z) − 1."""
        within = None if self.within_folds is None else self.rate(self.within_folds, z).as_dict()
        return {"pooled": self.rate(self.pooled, z).as_dict(), "within_folds": within}

    def rate(self, difference: Difference, z: float = POINTWISE) -> Rate:
        """One of the two with its interval: that of faultless rankings where no replicate differs."""
        found = difference.rate(z)
        if difference.standard_error > 0 or np.isnan(found.value):
            return found
        reach = 1 - self.perfect
        return replace(
            found, low=found.value - reach, high=found.value + reach, method="exact end of disjoint pairs on each side"
        )


def auroc_difference(run: JudgedRun, baseline: JudgedRun, *, resamples: int = 2000, seed: int = 0) -> AurocDifference:
    """Of a run or pool beside a baseline with the same folds and test cases, on calibrated probabilities.

    Groups and pairs of seeds are resampled, both sides alike. Where a member has no validation cases neither side is
    calibrated.

    Args:
        run, baseline: with the same test cases, judged by one matrix.
        resamples: bootstrap replicates.
        seed: of the draws.

    Raises:
        InputError: folds or test cases differ, or the matrix has no critical cell.
    """
    lineup = line_up([run], baseline, resamples=resamples, seed=seed)
    return auroc_differences(lineup.beside(lineup.runs[0]))


def auroc_differences(paired: Paired) -> AurocDifference:
    """The same of two sides that were lined up before, on the draws of all their other figures."""
    positive = paired.matrix.critical_classes[paired.test.truth]
    n, groups = paired.distinct_test()
    both = bool(positive.any() and not positive.all())

    def gap(run: Floats, baseline: Floats) -> Difference:
        along = run - baseline
        return Difference(float(along[0]), along[1:], n, groups, counted=False)

    several = len(paired.run) * len(paired.run[0]) > 1
    return AurocDifference(
        gap(*(_pooled(side, paired) for side in (paired.run, paired.baseline))),
        gap(*(_within_folds(side, paired) for side in (paired.run, paired.baseline))) if several else None,
        perfect_low(positive, paired.test.codes) if both else float("nan"),
    )


def _pooled(side: Sequence[Sequence[PairedMember]], paired: Paired) -> Floats:
    """(1 + R,) the sample first: weights of a case are those of its group times those of its pair of seeds."""
    seeds = len(side)
    scores, positive = (
        np.concatenate(each) for each in zip(*(_ranked(member) for folds in side for member in folds), strict=True)
    )
    codes = np.concatenate([member.test.codes * seeds + s for s, folds in enumerate(side) for member in folds])
    pairs, codes = np.unique(codes, return_inverse=True)
    found = []
    for start in range(0, paired.weights.shape[1], _CHUNK):
        of_groups, of_seeds = (w[:, start : start + _CHUNK] for w in (paired.weights, paired.seed_weights))
        weights = np.ascontiguousarray((of_groups[pairs // seeds] * of_seeds[pairs % seeds]).T)
        found.append(auroc_replicates(scores, positive, codes, weights))
    return np.concatenate(found)


def _within_folds(side: Sequence[Sequence[PairedMember]], paired: Paired) -> Floats:
    """(1 + R,) the sample first: mean over folds, then over pairs of seeds."""
    weights = np.ascontiguousarray(paired.weights.T)
    of_seeds = [
        mean_where_there(np.stack([auroc_replicates(*_ranked(member), member.test.codes, weights) for member in folds]))
        for folds in side
    ]
    return paired.over_seeds(of_seeds) / paired.seed_weights.sum(axis=0)


def _ranked(member: PairedMember) -> tuple[Floats, NDArray[np.bool_]]:
    matrix = member.test.matrix
    return critical_risk(member.member.test_probabilities, matrix), matrix.critical_classes[member.test.truth]
