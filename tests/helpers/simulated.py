"""Simulated predictions for the tests of decisions: logits of a known quality, with groups, folds and seeds."""

import numpy as np

from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix

# asymmetric on purpose: c called a or b is critical, a called c is an over-call; b called a is neither
MATRIX = SeverityMatrix(["a", "b", "c"], [[0, 1, 3], [2, 0, 4], [10, 9, 0]], critical=9)
SHARES = np.array([0.5, 0.3, 0.2])


def cases(n, skill, seed, *, start=0, groups=None, truth_seed=0, bias=(0.0, 0.0, 0.0)) -> Cases:
    """Noisy logits; the same `start`, `n` and `truth_seed` give the same images whatever the skill and the seed."""
    truth = np.random.default_rng([truth_seed, start]).choice(3, n, p=SHARES)
    logits = np.random.default_rng([seed, start]).normal(size=(n, 3)) + np.log(SHARES) + bias
    logits[np.arange(n), truth] += skill
    numbers = np.arange(start, start + n)
    owners = numbers if groups is None else start + numbers % groups
    return Cases(logits, truth, np.char.add("image", numbers.astype(str)), np.char.add("patient", owners.astype(str)))


def run(name, skill, *, n=400, seeds=(0,), folds=None, groups=None, noise=0, bias=(0.0, 0.0, 0.0)) -> RunPredictions:
    """A run or pool; validation and test of fold f are images of their own."""
    members = []
    for seed in seeds:
        for fold in folds or [None]:
            start = 10_000 * (fold or 0)
            make = {"seed": 1000 * noise + seed, "groups": groups, "bias": bias}
            members.append(
                Member(cases(n, skill, start=start + 5_000, **make), cases(n, skill, start=start, **make), seed, fold)
            )
    return RunPredictions(name, MATRIX.classes, members)
