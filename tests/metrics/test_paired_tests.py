"""Paired tests against enumeration, scipy and their own level under the null."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control, permutation_test

from riskcore.errors import InputError
from riskcore.metrics.paired_tests import holm, mcnemar_test, paired_test, sign_flip_test


def test_exact_sign_flip_against_a_loop():
    rng = np.random.default_rng(0)
    codes, a, b = rng.integers(0, 9, 60), rng.random(60), rng.random(60) + 0.1
    d = np.bincount(codes, a - b)
    extreme = [abs(np.dot(signs, d)) >= abs(d.sum()) - 1e-12 for signs in product([-1, 1], repeat=9)]
    assert sign_flip_test(a, b, codes) == np.mean(extreme)


def test_exact_sign_flip_against_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.random(10) + 0.2, rng.random(10)
    reference = permutation_test(
        (a, b), lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_test(a, b, np.arange(10)) == pytest.approx(reference.pvalue)


@pytest.mark.parametrize("scale", [1e-7, 1 / 3, 1.0, 1e9 / 7])
@pytest.mark.parametrize("tenths", [[1, 2, 3], [1, 2, 3, 6, 7, 1], [3, 3, -6, 9, 1, 2, -4, 7]])
def test_patterns_that_are_equal_but_for_rounding_are_as_extreme(tenths, scale):
    """0.1 + 0.2 is not 0.3 in floats; whole numbers say how many patterns are as extreme, at every scale."""
    sums = [
        sum(sign * d for sign, d in zip(signs, tenths, strict=True)) for signs in product([-1, 1], repeat=len(tenths))
    ]
    expected = np.mean([abs(each) >= abs(sum(tenths)) for each in sums])
    differences = np.array(tenths) / 10 * scale
    assert sign_flip_test(differences, np.zeros(len(tenths)), np.arange(len(tenths))) == expected


def test_drawn_sign_flip_nears_mcnemar_for_single_cases():
    """With every case its own group and yes/no values both tests have one distribution."""
    a, b = np.zeros(200, bool), np.zeros(200, bool)
    a[:30], b[30:46] = True, True
    exact = mcnemar_test(a, b)
    drawn = sign_flip_test(a, b, np.arange(200), draws=20_000)
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))
    assert drawn == sign_flip_test(a, b, np.arange(200), draws=20_000)
    assert drawn != sign_flip_test(a, b, np.arange(200), draws=20_000, seed=1)


def test_drawn_p_value_is_never_zero():
    assert sign_flip_test(np.ones(60), np.zeros(60), np.arange(60), draws=999) == 1 / 1000


def test_agreement_is_no_evidence():
    same = np.array([True, False, True])
    assert sign_flip_test(same, same, [0, 1, 2]) == 1
    assert mcnemar_test(same, same) == 1


def test_sign_flip_keeps_its_level_with_groups_where_mcnemar_does_not():
    """Under the null 5 % of p values may lie below 0.05; of McNemar's, which ignores groups, far more do."""
    rng, codes, replicates = np.random.default_rng(2), np.repeat(np.arange(14), 10), 400
    flips, single = 0, 0
    for _ in range(replicates):
        a, b = (rng.random(14) < 0.5)[codes], (rng.random(14) < 0.5)[codes]
        flips += sign_flip_test(a, b, codes) < 0.05
        single += mcnemar_test(a, b) < 0.05
    allowed = replicates * 0.05 + 3.72 * np.sqrt(replicates * 0.05 * 0.95)
    assert flips <= allowed < single


def test_mcnemar_against_scipy():
    rng = np.random.default_rng(3)
    a, b = rng.random(150) < 0.6, rng.random(150) < 0.45
    expected = binomtest(int((a & ~b).sum()), int((a ^ b).sum())).pvalue
    assert mcnemar_test(a, b) == pytest.approx(expected)


def test_paired_test_chooses_by_groups():
    a, b = [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]
    assert paired_test(a, b, list("abcdef")) == (0.0625, "McNemar")
    assert paired_test(a, b, list("aabbcc")) == (0.25, "sign-flip")


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]).tolist() == [1, 1]
    assert holm([]).tolist() == []


def test_holm_lies_between_benjamini_hochberg_and_bonferroni():
    p = np.random.default_rng(4).random(20) ** 3
    adjusted = holm(p)
    assert (adjusted >= false_discovery_control(p) - 1e-12).all()
    assert (adjusted <= np.minimum(1, 20 * p) + 1e-12).all()
    assert adjusted.min() == pytest.approx(20 * p.min())


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: sign_flip_test([1], [1, 0], [0, 1]),
            "a, b and groups have shapes (1,) and (2,) and (2,): pass the same cases in the same order.",
        ),
        (
            lambda: holm([0.5, float("nan")]),
            "p_values are [0.5, nan], expected numbers in 0..1: leave out tests not made.",
        ),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == text
