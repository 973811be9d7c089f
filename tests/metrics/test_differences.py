"""Intervals of differences, simultaneous z, and pseudo-groups, against closed forms and exact bounds."""

import numpy as np
import pytest
from scipy.stats import norm

from riskcore.metrics.differences import POINTWISE, Difference, pseudo_groups, simultaneous_z
from riskcore.metrics.intervals import clopper_pearson


def test_an_interval_at_the_level_of_z():
    replicates = np.random.default_rng(0).normal(0.1, 0.02, 200_000)
    found = Difference(0.1, replicates, 50, 40)
    for z in (POINTWISE, 2.5):
        rate = found.rate(z)
        assert (rate.low, rate.high) == (
            pytest.approx(0.1 - z * 0.02, abs=5e-4),
            pytest.approx(0.1 + z * 0.02, abs=5e-4),
        )
    assert found.rate().events == pytest.approx(5)
    assert found.standard_error == pytest.approx(0.02, rel=0.01)
    assert found.could_show() == pytest.approx((POINTWISE + 0.84) * 0.02, rel=0.01)


def test_resamples_without_the_rate_are_left_out():
    found = Difference(0.0, np.array([np.nan, -1.0, 1.0]), 9, 9).rate()
    assert (found.low, found.high) == (pytest.approx(-0.95), pytest.approx(0.95))
    assert "2 resamples" in found.method
    nothing = Difference(float("nan"), np.full(3, np.nan), 0, 0).rate()
    assert np.isnan(nothing.low)


@pytest.mark.parametrize(
    ("value", "replicates"), [(float("nan"), np.linspace(0, 1, 9)), (0.5, np.full(9, np.nan)), (0.5, np.zeros(0))]
)
def test_without_a_value_or_without_replicates_there_is_no_interval(value, replicates):
    rate = Difference(value, replicates, 9, 9).rate()
    assert np.isnan(rate.low)
    assert np.isnan(rate.high)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("replicates", [[], [0.5], [np.nan, 0.5, np.nan]])
def test_fewer_than_two_replicates_have_no_spread(replicates):
    assert np.isnan(Difference(0.5, np.array(replicates), 9, 9).standard_error)


@pytest.mark.parametrize("runs", [2, 10])
def test_simultaneous_z_of_independent_differences_is_sidaks(runs):
    drawn = np.random.default_rng(1).normal(size=(runs, 40_000))
    sidak = norm.ppf((1 + 0.95 ** (1 / runs)) / 2)
    assert simultaneous_z([Difference(0.0, each, 9, 9) for each in drawn]) == pytest.approx(sidak, abs=0.03)


def test_simultaneous_z_of_equal_differences_is_that_of_one():
    drawn = np.random.default_rng(1).normal(size=40_000)
    assert simultaneous_z([Difference(0.0, drawn, 9, 9)] * 5) == pytest.approx(POINTWISE, abs=0.03)
    assert simultaneous_z([Difference(0.0, drawn, 9, 9)]) == POINTWISE


@pytest.mark.parametrize("groups", [20, 300])
def test_where_nothing_differs_the_interval_is_near_the_exact_bound(groups):
    noise = pseudo_groups(np.zeros(groups), groups, 20_000, np.random.default_rng(0))
    bound = clopper_pearson(0.0, groups)[1]
    assert abs(noise.mean()) < 0.05 / groups
    assert np.quantile(noise, 0.975) == pytest.approx(bound, rel=0.25)
    assert np.quantile(noise, 0.025) == pytest.approx(-bound, rel=0.25)


def test_where_many_groups_differ_pseudo_groups_add_next_to_nothing():
    by_group = np.tile([1.0, 0.0, -1.0], 100)
    noise = pseudo_groups(by_group, 300, 20_000, np.random.default_rng(0))
    error_of_the_mean = by_group.std() / np.sqrt(300)
    assert np.sqrt(noise.var() + error_of_the_mean**2) < 1.001 * error_of_the_mean
