"""Stated prevalence: against loops, Bayes' rule by hand, resampled cases, and simulated coverage."""

import numpy as np
import pytest
from scipy.optimize import brentq

from riskcore.errors import InputError
from riskcore.metrics import rates
from riskcore.metrics.intervals import proportion
from riskcore.metrics.prevalence import case_weights, critical_share, predictive_values, shift, weighted_confusion
from tests.helpers.simulated import MATRIX

RANDOM = np.random.default_rng(3)
TRUTH = RANDOM.choice(3, 300, p=[0.5, 0.3, 0.2])
CALLED = np.where(RANDOM.random(300) < 0.7, TRUTH, RANDOM.integers(0, 3, 300))
CRITICAL = MATRIX.critical_classes


@pytest.mark.parametrize("prevalence", [0.01, 0.2, 0.9])
def test_weights_give_the_rates_that_are_stated(prevalence: float) -> None:
    weights = case_weights(TRUTH, MATRIX, prevalence)
    assert weights.mean() == pytest.approx(1)
    assert weights[CRITICAL[TRUTH]].sum() / weights.sum() == pytest.approx(prevalence)
    found = rates(TRUTH, CALLED, MATRIX, np.arange(300), prevalence=prevalence)
    for name, values in (
        ("accuracy", TRUTH == CALLED),
        ("cer", MATRIX.critical_cells[TRUTH, CALLED]),
        ("expected_severity", MATRIX.values[TRUTH, CALLED]),
    ):
        assert found[name].value == pytest.approx(np.average(values, weights=weights))
    table = weighted_confusion(TRUTH, CALLED, 3, weights, of=1000)
    assert table.sum() == pytest.approx(1000)
    for y in range(3):
        for j in range(3):
            expected = sum(w for w, a, b in zip(weights, TRUTH, CALLED, strict=True) if (a, b) == (y, j))
            assert table[y, j] == pytest.approx(1000 * expected / 300)


def test_shifted_probabilities_are_those_of_bayes_rule() -> None:
    """Two kinds of cases with known densities: the posterior at another prior, worked out anew."""
    densities = RANDOM.random((50, 3))
    mix = np.array([0.5, 0.3, 0.2])  # the share of the critical class c is 0.2
    at = densities * mix / (densities * mix).sum(axis=1, keepdims=True)
    there = np.array([0.5 / 0.8 * 0.95, 0.3 / 0.8 * 0.95, 0.05])
    expected = densities * there / (densities * there).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shift(at, MATRIX, share=0.2, prevalence=0.05), expected)
    np.testing.assert_allclose(shift(at, MATRIX, share=0.2, prevalence=0.2), at)


def test_of_the_sample_predictive_values_are_counted() -> None:
    found = predictive_values(TRUTH, CALLED, MATRIX, np.arange(300))
    called = [t for t, c in zip(TRUTH, CALLED, strict=True) if CRITICAL[c]]
    others = [t for t, c in zip(TRUTH, CALLED, strict=True) if not CRITICAL[c]]
    assert found["ppv"].value == np.mean([CRITICAL[t] for t in called])
    assert found["npv"].value == np.mean([not CRITICAL[t] for t in others])
    assert (found["ppv"].n, found["npv"].n) == (len(called), len(others))


def test_at_the_prevalence_of_the_sample_bayes_gives_the_same() -> None:
    plain = predictive_values(TRUTH, CALLED, MATRIX, np.arange(300))
    bayes = predictive_values(TRUTH, CALLED, MATRIX, np.arange(300), prevalence=critical_share(TRUTH, MATRIX))
    for name in ("ppv", "npv"):
        assert bayes[name].value == pytest.approx(plain[name].value)
        assert bayes[name].low < plain[name].value < bayes[name].high


@pytest.mark.parametrize(("se", "sp", "prevalence"), [(0.9, 0.8, 0.01), (0.5, 0.99, 0.3), (0.96, 0.9, 0.5)])
def test_bayes_by_hand(se: float, sp: float, prevalence: float) -> None:
    truth = np.repeat([2, 0], 100)
    called = np.concatenate([np.arange(100) < round(100 * se), np.arange(100) >= round(100 * sp)]) * 2
    found = predictive_values(truth, called, MATRIX, np.arange(200), prevalence=prevalence)
    people = 1_000_000
    sick = people * prevalence
    right, wrong = sick * se, (people - sick) * (1 - sp)
    assert found["ppv"].value == pytest.approx(right / (right + wrong))
    cleared, missed = (people - sick) * sp, sick * (1 - se)
    assert found["npv"].value == pytest.approx(cleared / (cleared + missed))
    assert 0 < found["ppv"].low < found["ppv"].value < found["ppv"].high < 1


def test_the_interval_by_bayes_solves_the_equation_of_mover() -> None:
    """Of R = a/b: (a − R·b)² = d_a² + R²·d_b² − 2·r·R·d_a·d_b, searched for; r by loops over groups of both kinds."""
    groups, prevalence = np.arange(300) % 70, 0.07
    found = predictive_values(TRUTH, CALLED, MATRIX, groups, prevalence=prevalence)
    sick, called = CRITICAL[TRUTH], CRITICAL[CALLED]
    for name, call, of, odds in (
        ("ppv", called, sick, prevalence / (1 - prevalence)),
        ("npv", ~called, ~sick, (1 - prevalence) / prevalence),
    ):
        above, below = proportion(call, of, groups), proportion(call, ~of, groups)
        sums = np.zeros((2, 70))
        for case in range(300):
            rate = above if of[case] else below
            sums[0 if of[case] else 1, groups[case]] += call[case] - rate.value
        correlation = sums[0] @ sums[1] / np.sqrt((sums[0] @ sums[0]) * (sums[1] @ sums[1]))
        assert abs(correlation) > 0.02
        value = above.value / below.value
        lower = (above.value - above.low, below.high - below.value, 1e-9, value)
        upper = (above.high - above.value, below.value - below.low, value, 1e4)
        ends = [odds * _mover_end(above.value, below.value, correlation, *each) for each in (lower, upper)]
        ends = [each / (1 + each) for each in ends]
        assert (found[name].low, found[name].high) == (pytest.approx(ends[0]), pytest.approx(ends[1]))
        assert found[name].value == pytest.approx(odds * value / (1 + odds * value))
        assert (found[name].n, found[name].groups, found[name].events) == (300, 70, None)


def _mover_end(a: float, b: float, correlation: float, of_a: float, of_b: float, low: float, high: float) -> float:
    def apart(ratio: float) -> float:
        reach = of_a**2 + (ratio * of_b) ** 2 - 2 * correlation * ratio * of_a * of_b
        return (a - ratio * b) ** 2 - reach

    return brentq(apart, low, high, xtol=1e-13)


def test_where_nothing_is_called_wrong_the_interval_has_a_width() -> None:
    truth = np.repeat([2, 0], 40)
    perfect = predictive_values(truth, truth, MATRIX, np.arange(80), prevalence=0.05)
    assert (perfect["ppv"].value, perfect["ppv"].high) == (1, 1)
    # by hand: as many as 8.8 % of the others might be called critical, and 1 − 8.8 % of the critical ones not
    assert 0.3 < perfect["ppv"].low < 0.6
    assert 0.99 < perfect["npv"].low < 1
    never = predictive_values(truth, np.zeros(80, dtype=int), MATRIX, np.arange(80), prevalence=0.05)
    assert np.isnan(never["ppv"].value)
    assert never["npv"].value == pytest.approx(0.95)
    always_wrong = predictive_values(truth, 2 - truth, MATRIX, np.arange(80), prevalence=0.05)
    assert (always_wrong["ppv"].value, always_wrong["ppv"].low) == (0, 0)
    assert 0 < always_wrong["ppv"].high < 0.05


def test_cases_of_one_kind_and_shares_outside_are_refused() -> None:
    with pytest.raises(InputError, match="no cases of critical, or none of other classes, to re-weight"):
        predictive_values([0, 0], [0, 2], MATRIX, [0, 1], prevalence=0.1)
    for prevalence in (0, 1, 1.5, -0.1, float("nan")):
        with pytest.raises(InputError, match=f"prevalence is {prevalence}, expected a share between 0 and 1"):
            case_weights(TRUTH, MATRIX, prevalence)


@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_a_second_seed_that_says_the_same_leaves_intervals_as_wide(prevalence: float | None) -> None:
    """Without names each decision would count as a case of its own."""
    names, twice = np.arange(300), np.tile(np.arange(300), 2)
    once = predictive_values(TRUTH, CALLED, MATRIX, names, prevalence=prevalence, samples=names)
    again = predictive_values(
        TRUTH[twice], CALLED[twice], MATRIX, np.arange(600), prevalence=prevalence, samples=names[twice]
    )
    for name, rate in once.items():
        assert again[name].value == pytest.approx(rate.value)
        width = again[name].high - again[name].low
        assert width == pytest.approx(rate.high - rate.low, rel=0.02)


@pytest.mark.parametrize(("groups", "shared"), [(80, False), (60, True)])
def test_intervals_by_bayes_cover_the_truth(groups: int, shared: bool) -> None:
    """600 simulated test parts: groups that share difficulty, of one kind or with cases of both kinds."""
    random, prevalence, size, missed = np.random.default_rng(8), 0.03, 4, {"ppv": 0, "npv": 0}
    large = _simulated(random, 20_000, size, shared)
    true = predictive_values(*large, MATRIX, np.repeat(np.arange(20_000), size), prevalence=prevalence)
    draws = 600
    for _ in range(draws):
        truth, called = _simulated(random, groups, size, shared)
        found = predictive_values(truth, called, MATRIX, np.repeat(np.arange(groups), size), prevalence=prevalence)
        for name, rate in found.items():
            missed[name] += not rate.low <= true[name].value <= rate.high
    assert all(number <= 0.065 * draws for number in missed.values()), missed


def _simulated(random: np.random.Generator, groups: int, size: int, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    owners = np.repeat(np.arange(groups), size)
    critical = np.arange(groups * size) % 2 == 0 if shared else owners % 2 == 0
    ease = random.normal(0, 0.7, groups)[owners] + random.normal(0, 1, groups * size)
    called = np.where(critical, ease > -1.2, ease > 1.3)
    return 2 * critical.astype(int), 2 * called.astype(int)
