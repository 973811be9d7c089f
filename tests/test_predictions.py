"""Joining the seeds of a pool."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from riskcore.errors import InputError
from riskcore.predictions import Cases, RunPredictions
from tests.helpers.simulated import run


def test_averaged_seeds_have_the_mean_probabilities_of_each_fold() -> None:
    pool = run("ours", 1.5, seeds=(3, 4, 5), folds=(0, 1))
    joined = pool.averaged()
    assert [(member.seed, member.fold) for member in joined.members] == [(3, 0), (3, 1)]
    for member in joined.members:
        own = [each for each in pool.members if each.fold == member.fold]
        for part in ("validation", "test"):
            mean = np.mean([softmax(getattr(each, part).logits, axis=1) for each in own], axis=0)
            np.testing.assert_allclose(np.exp(getattr(member, part).logits), mean, rtol=1e-12)
            np.testing.assert_array_equal(getattr(member, part).truth, getattr(own[0], part).truth)


def test_one_seed_averaged_is_itself() -> None:
    pool = run("ours", 1.5, seeds=(0,), folds=(0,))
    before, after = pool.members[0].test.logits, pool.averaged().members[0].test.logits
    np.testing.assert_allclose(softmax(after, axis=1), softmax(before, axis=1), rtol=1e-12)


def test_seeds_of_different_cases_are_not_averaged() -> None:
    pool = run("ours", 1.5, seeds=(0, 1), folds=(0,))
    first, second = pool.members
    turned = replace(second, test=replace(second.test, samples=second.test.samples[::-1]))
    with pytest.raises(InputError, match="ours: its seeds were judged on different cases"):
        RunPredictions("ours", pool.classes, [first, turned]).averaged()


def test_folds_of_different_seeds_are_not_averaged() -> None:
    pool = run("ours", 1.5, seeds=(0, 1), folds=(0, 1))
    with pytest.raises(InputError, match="ours: its folds have different seeds; train the missing ones"):
        RunPredictions("ours", pool.classes, pool.members[:-1]).averaged()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_are_refused(value: float) -> None:
    logits, names = np.array([[0.0, 1.0], [0.0, value]]), np.array(["a.png", "b.png"])
    with pytest.raises(InputError, match=r"b\.png: its logits are not finite"):
        Cases(logits, np.array([0, 1]), names, names)
