"""Groups, bootstrap weights and ratios against loops."""

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.metrics.resampling import (
    bootstrap_weights,
    crossed_weights,
    group_codes,
    group_sums,
    resampled_ratios,
    unit_weights,
)


def test_group_codes_number_any_sortable_values():
    codes, groups = group_codes(np.array(["p2", "p1", "p2", "p9"]))
    assert codes.tolist() == [1, 0, 1, 2]
    assert (codes.dtype, groups) == (np.int64, 3)


@pytest.mark.parametrize("spread", [1, 3, 15, 17, 1000], ids=lambda spread: f"spread over {spread}")
@pytest.mark.parametrize("lowest", [0, -2, 40])
def test_group_codes_of_whole_numbers_keep_their_order(spread, lowest):
    """Counted where the numbers are small, sorted elsewhere; equal numbers share a code either way."""
    numbers = lowest + np.random.default_rng(spread).integers(0, 60 * spread, 60)
    codes, groups = group_codes(numbers)
    ranks = {number: rank for rank, number in enumerate(sorted(set(numbers.tolist())))}
    assert codes.tolist() == [ranks[number] for number in numbers.tolist()]
    assert (codes.dtype, groups) == (np.int64, len(ranks))


def test_group_codes_take_memory_by_the_number_of_cases_not_by_their_numbers():
    """Patients numbered by date and time: counting up to the largest would take terabytes."""
    numbers = np.array([10**13 + 5, 0, 10**13 + 5, 7, *range(1, 9)])
    codes, groups = group_codes(numbers)
    assert codes[:4].tolist() == [9, 0, 9, 7]
    assert groups == 10


@pytest.mark.parametrize("kind", ["timedelta64[s]", "datetime64[s]", "uint8", "float32", "bool"])
def test_group_codes_of_other_sortable_values(kind):
    codes, groups = group_codes(np.array([1, 0, 1, 1]).astype(kind))
    assert codes.tolist() == [1, 0, 1, 1]
    assert groups == 2


def test_no_groups_at_all():
    codes, groups = group_codes(np.array([], dtype=np.int64))
    assert (codes.tolist(), groups) == ([], 0)


def test_group_sums_against_a_loop():
    rng = np.random.default_rng(0)
    codes, values = rng.integers(0, 7, 50), rng.random((50, 3))
    expected = np.stack([values[codes == g].sum(axis=0) for g in range(8)])
    assert np.allclose(group_sums(values, codes, 8), expected)
    assert np.allclose(group_sums(values[:, 0], codes, 8), expected[:, 0])


def test_bootstrap_weights_are_multinomial_counts():
    weights = bootstrap_weights(40, 5000, seed=1)
    assert weights.dtype == np.float32
    assert (weights.sum(axis=1) == 40).all()
    # moments of a multinomial count, within five standard errors
    assert abs(weights[:, 0].mean() - 1) < 5 * np.sqrt((1 - 1 / 40) / 5000)
    assert weights.var(axis=0).mean() == pytest.approx(1 - 1 / 40, rel=0.03)
    assert np.cov(weights[:, 0], weights[:, 1])[0, 1] == pytest.approx(-1 / 40, abs=5 / np.sqrt(5000))
    assert (weights == bootstrap_weights(40, 5000, seed=1)).all()
    assert (weights != bootstrap_weights(40, 5000, seed=2)).any()


@pytest.mark.parametrize("units", [2, 3, 12])
def test_unit_weights_spread_a_mean_as_independent_units_do(units):
    weights = unit_weights(units, 40_000, seed=1)
    assert weights.dtype == np.float32
    assert (weights.sum(axis=1) == units - 1).all()
    values = np.random.default_rng(0).random(units)
    means = weights @ values / (units - 1)
    assert means.mean() == pytest.approx(values.mean(), abs=0.01)
    assert means.var() == pytest.approx(values.var(ddof=1) / units, rel=0.05)
    assert (weights == unit_weights(units, 40_000, seed=1)).all()
    assert (weights != unit_weights(units, 40_000, seed=2)).any()


def test_one_unit_is_always_drawn():
    assert unit_weights(1, 3).tolist() == [[1.0], [1.0], [1.0]]


@pytest.mark.parametrize("draw", [unit_weights, bootstrap_weights])
@pytest.mark.parametrize(("units", "resamples"), [(0, 1), (1, 0), (-1, 5), (5, -1)])
def test_nothing_to_draw_is_refused(draw, units, resamples):
    with pytest.raises(InputError, match="expected at least 1 of each: nothing to draw"):
        draw(units, resamples)
    assert draw(1, 1).shape == (1, 1)


def test_crossed_weights_are_products():
    groups, seeds = np.array(["a", "a", "b", "b", "c"]), np.array([1, 2, 1, 2, 1])
    codes, weights = crossed_weights(groups, seeds, 50, seed=3)
    of_groups, of_seeds = bootstrap_weights(3, 50, 3), bootstrap_weights(2, 50, 4)
    expected = of_groups[:, [0, 0, 1, 1, 2]] * of_seeds[:, [0, 1, 0, 1, 0]]
    assert (weights[:, codes] == expected).all()
    assert weights.shape == (50, 5)


def test_one_seed_resamples_groups_only():
    codes, weights = crossed_weights(["a", "b", "b"], [7, 7, 7], 20)
    assert codes.tolist() == [0, 1, 1]
    assert (weights == bootstrap_weights(2, 20)).all()


def test_crossed_weights_see_the_spread_between_seeds():
    """Two seeds of accuracy 1 and 0 on the same cases: groups alone see no spread, seeds do."""
    groups, seeds = np.tile(np.arange(50), 2), np.repeat([0, 1], 50)
    correct = (seeds == 0)[:, None]
    codes, weights = crossed_weights(groups, seeds, 500)
    crossed = resampled_ratios(correct, np.ones((100, 1)), codes, weights)
    alone = resampled_ratios(correct, np.ones((100, 1)), groups, bootstrap_weights(50, 500))
    assert np.ptp(alone) == 0
    assert set(np.unique(crossed)) == {0.0, 0.5, 1.0}


def test_ratios_against_a_loop_and_nan_without_denominator():
    rng = np.random.default_rng(2)
    codes, above, below = rng.integers(0, 6, 40), rng.random((40, 2)), rng.integers(0, 2, (40, 2))
    below[codes != 0, 1] = 0  # the second ratio lives in group 0 alone
    weights = bootstrap_weights(6, 100)
    result = resampled_ratios(above, below, codes, weights)
    for r in range(100):
        w = weights[r, codes]
        total = w @ below
        for a in range(2):
            expected = w @ above[:, a] / total[a] if total[a] else np.nan
            assert result[r, a] == pytest.approx(expected, rel=1e-5, nan_ok=True)
    assert np.isnan(result[weights[:, 0] == 0, 1]).all()
    assert (weights[:, 0] == 0).any()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: bootstrap_weights(0),
            "0 groups and 2000 resamples, expected at least 1 of each: nothing to draw.",
        ),
        (
            lambda: crossed_weights(["a"], [0, 1]),
            "groups has 1 cases and seeds 2: pass one of each a case.",
        ),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == text
