"""Intervals against closed forms and scipy, and their coverage by simulation with groups."""

import json
import math

import numpy as np
import pytest
from scipy.stats import binomtest

from riskcore.errors import InputError
from riskcore.metrics.intervals import (
    Rate,
    clopper_pearson,
    mean_interval,
    paired_difference,
    proportion,
    resampling_interval,
    stratified,
)
from riskcore.metrics.resampling import bootstrap_weights

REPLICATES = 800


def clustered(rng, share, correlation, groups, mean_size):
    """Beta-binomial groups: (events (N,), group of each case (N,)), with sizes 1..2·mean−1."""
    sizes = rng.integers(1, 2 * mean_size, groups)
    concentration = 1 / correlation - 1
    own = rng.beta(share * concentration, (1 - share) * concentration, groups)
    codes = np.repeat(np.arange(groups), sizes)
    return rng.random(len(codes)) < own[codes], codes


def misses(rates, truth):
    """How many intervals lie below and above the truth."""
    return sum(rate.high < truth for rate in rates), sum(rate.low > truth for rate in rates)


def at_most(share, replicates=REPLICATES):
    """Misses that a true miss rate of `share` exceeds once in 10,000 simulations."""
    return replicates * share + 3.72 * math.sqrt(replicates * share * (1 - share))


@pytest.mark.parametrize(("events", "n"), [(0, 1), (0, 40), (1, 40), (17, 40), (39, 40), (40, 40), (3, 5000)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_ungrouped_proportion_is_exact_clopper_pearson(events, n, level):
    rate = proportion(np.arange(n) < events, np.ones(n, bool), np.arange(n), level)
    exact = binomtest(events, n).proportion_ci(level, "exact")
    assert (rate.low, rate.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert (rate.value, rate.events, rate.n, rate.groups) == (events / n, events, n, n)
    assert rate.method == "Clopper–Pearson"


def test_only_eligible_cases_and_their_groups_count():
    rate = proportion([1, 1, 0, 1], [True, False, True, False], ["a", "b", "c", "b"])
    assert (rate.value, rate.events, rate.n, rate.groups) == (0.5, 1, 2, 2)


@pytest.mark.parametrize(("event", "value"), [(False, 0.0), (True, 1.0)])
def test_no_events_or_only_events_count_groups(event, value):
    groups = np.repeat(np.arange(12), 10)
    rate = proportion(np.full(120, event), np.ones(120, bool), groups)
    exact = binomtest(int(12 * value), 12).proportion_ci(0.95, "exact")
    assert (rate.low, rate.high) == pytest.approx((exact.low, exact.high))
    assert rate.method == "Clopper–Pearson, effective n 12.0"


def test_effective_n_by_hand():
    """Two of four groups of 10 hold 5 and 3 events: deff by the definition, a pseudo-group, t correction."""
    from scipy.stats import t

    sizes, events = np.full(4, 10), np.array([5, 3, 0, 0])
    p = 8 / 40
    variance = 4 / 3 * ((events - p * sizes) ** 2).sum() / 40**2
    deff = variance * 39 / (p * (1 - p))
    deff = (2 * deff + 40 / 4) / 3
    n_eff = 40 / deff * (t.ppf(0.975, 39) / t.ppf(0.975, 3)) ** 2
    cases = np.concatenate([np.arange(10) < e for e in events])
    rate = proportion(cases, np.ones(40, bool), np.repeat(np.arange(4), 10))
    assert (rate.low, rate.high) == pytest.approx(clopper_pearson(p, n_eff))


def test_effective_n_nears_korn_and_graubard_with_many_groups():
    rng = np.random.default_rng(0)
    events, codes = clustered(rng, 0.3, 0.4, 3000, 5)
    n, p = len(codes), events.mean()
    residuals = np.bincount(codes, events - p)
    plain = p * (1 - p) / ((residuals**2).sum() / n**2)
    rate = proportion(events, np.ones(n, bool), codes)
    assert float(rate.method.split()[-1]) == pytest.approx(plain, rel=0.01)


def test_whole_groups_alike_give_the_number_of_groups():
    """Ten copies of each case are worth one case, up to the small-sample corrections."""
    once = np.arange(200) < 60
    rate = proportion(np.repeat(once, 10), np.ones(2000, bool), np.repeat(np.arange(200), 10))
    assert float(rate.method.split()[-1]) == pytest.approx(200, rel=0.03)


def test_effective_n_is_never_above_n_nor_above_the_distinct_cases():
    groups = np.repeat(np.arange(20), 10)
    alternating = np.tile([True, False], 100)  # every group has the same share: no variance between them
    everyone = np.ones(200, bool)
    exact = binomtest(100, 200).proportion_ci(0.95, "exact")
    rate = proportion(alternating, everyone, groups)
    assert (rate.low, rate.high) == pytest.approx((exact.low, exact.high))
    assert proportion(alternating, everyone, groups, distinct=50).method == "Clopper–Pearson, effective n 50.0"
    assert proportion(alternating, everyone, np.arange(200), distinct=40).method.endswith("effective n 40.0")
    assert proportion(alternating, everyone, np.arange(200), distinct=900).method == "Clopper–Pearson"


def test_one_group_is_worth_one_case():
    rate = proportion([1, 0, 0, 0], np.ones(4, bool), ["only"] * 4)
    assert rate.method == "Clopper–Pearson, effective n 1.0"
    assert rate.high > 0.97


def test_no_eligible_case_is_nan_and_null():
    rate = proportion([True], [False], ["a"])
    assert math.isnan(rate.value)
    expected = {
        "value": None,
        "low": None,
        "high": None,
        "events": 0,
        "n": 0,
        "groups": 0,
        "method": "no cases",
    }
    assert rate.as_dict() == expected
    json.dumps(rate.as_dict(), allow_nan=False)


def test_the_mean_of_no_case_is_nan_without_cases_and_groups():
    rate = mean_interval([], [], bound=10.0)
    assert all(math.isnan(each) for each in (rate.value, rate.low, rate.high))
    assert (rate.events, rate.n, rate.groups, rate.method) == (None, 0, 0, "no cases")


def test_as_dict_keeps_what_is_known():
    rate = Rate(0.5, 0.4, 0.6, None, 10, 5, "by hand")
    expected = {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "events": None,
        "n": 10,
        "groups": 5,
        "method": "by hand",
    }
    assert rate.as_dict() == expected


@pytest.mark.parametrize("share", [0.02, 0.05, 0.2])
@pytest.mark.parametrize(("groups", "size", "correlation"), [(100, 3, 0.2), (60, 5, 0.5), (30, 10, 0.3)])
def test_grouped_coverage(share, groups, size, correlation):
    """n about 300 in groups: at least 95 % covered (binomial error allowed), rare events included."""
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(REPLICATES):
        events, codes = clustered(rng, share, correlation, groups, size)
        rates.append(proportion(events, np.ones(len(codes), bool), codes))
    assert sum(misses(rates, share)) <= at_most(0.05)


def test_ignoring_groups_would_not_cover():
    """The simulation can tell: intervals that treat cases as independent fail it."""
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(REPLICATES):
        events, codes = clustered(rng, 0.2, 0.5, 60, 5)
        rates.append(proportion(events, np.ones(len(codes), bool), np.arange(len(codes))))
    assert sum(misses(rates, 0.2)) > at_most(0.07)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_ungrouped_coverage_is_not_absurdly_conservative(share):
    """n = 300: the mean width is at most 1.1 times the normal interval with its continuity correction."""
    rng = np.random.default_rng(2)
    rates = [proportion(rng.random(300) < share, np.ones(300, bool), np.arange(300)) for _ in range(REPLICATES)]
    assert sum(misses(rates, share)) <= at_most(0.05)
    normal = 2 * 1.96 * math.sqrt(share * (1 - share) / 300) + 1 / 300
    assert np.mean([rate.high - rate.low for rate in rates]) < 1.1 * normal


def test_mean_of_zeros_and_bounds_is_the_proportion():
    rng = np.random.default_rng(3)
    events, codes = clustered(rng, 0.2, 0.3, 60, 5)
    mean = mean_interval(10.0 * events, codes, bound=10.0)
    share = proportion(events, np.ones(len(codes), bool), codes)
    assert (mean.value / 10, mean.low / 10, mean.high / 10) == pytest.approx((share.value, share.low, share.high))
    assert mean.events is None


def test_no_harm_at_all_still_has_an_upper_bound():
    rate = mean_interval(np.zeros(30), np.repeat(np.arange(10), 3), bound=8.0)
    assert (rate.value, rate.low) == (0, 0)
    assert rate.high == pytest.approx(8 * binomtest(0, 10).proportion_ci(0.95, "exact").high)


@pytest.mark.parametrize(("groups", "copied"), [(300, 0.0), (100, 0.5), (60, 0.5)])
def test_mean_coverage(groups, copied):
    """Costs 0/1/3/10, n = 300, a share of the cases repeating the first of their group."""
    rng, costs, shares = np.random.default_rng(4), np.array([0, 1, 3, 10]), [0.8, 0.12, 0.05, 0.03]
    codes = np.repeat(np.arange(groups), 300 // groups)
    rates = []
    for _ in range(REPLICATES):
        drawn = rng.choice(costs, 300, p=shares)
        first = drawn[np.searchsorted(codes, codes)]
        rates.append(mean_interval(np.where(rng.random(300) < copied, first, drawn), codes, bound=10.0))
    assert sum(misses(rates, float(costs @ shares))) <= at_most(0.07)


def test_stratified_of_one_stratum_is_the_proportion():
    rng = np.random.default_rng(5)
    events, codes = clustered(rng, 0.2, 0.3, 60, 5)
    a = stratified(events, np.zeros(len(codes), int), [1.0], codes)
    b = proportion(events, np.ones(len(codes), bool), codes)
    assert (a.value, a.low, a.high, a.events) == pytest.approx((b.value, b.low, b.high, b.events))


def test_stratified_by_hand_for_independent_strata():
    events, strata = np.array([1, 0, 0, 0, 1, 1, 1, 0, 1, 1]), np.array([0] * 4 + [1] * 6)
    a, b = binomtest(1, 4).proportion_ci(), binomtest(5, 6).proportion_ci()
    value = 0.1 * 1 / 4 + 0.9 * 5 / 6
    low = value - math.hypot(0.1 * (1 / 4 - a.low), 0.9 * (5 / 6 - b.low))
    high = value + math.hypot(0.1 * (a.high - 1 / 4), 0.9 * (b.high - 5 / 6))
    rate = stratified(events, strata, [0.1, 0.9], np.arange(10))
    assert (rate.value, rate.low, rate.high) == pytest.approx((value, low, high))


def mover(events, strata, shares, codes, ends):
    """Zou & Donner's interval by loops over groups; ends: (low, high) of each stratum's own mean."""
    means = [np.mean([e for e, s in zip(events, strata, strict=True) if s == of]) for of in range(len(shares))]
    residuals = np.zeros((codes.max() + 1, len(shares)))
    for event, stratum, code in zip(events, strata, codes, strict=True):
        residuals[code, stratum] += event - means[stratum]
    value, sides = np.dot(shares, means), []
    for side in (0, 1):
        total = 0.0
        for i, j in np.ndindex(len(shares), len(shares)):
            lengths = math.sqrt((residuals[:, i] ** 2).sum() * (residuals[:, j] ** 2).sum())
            shared = 1.0 if i == j else (residuals[:, i] @ residuals[:, j] / lengths if lengths else 0.0)
            reach = [shares[k] * abs(means[k] - ends[k][side]) for k in (i, j)]
            total += shared * reach[0] * reach[1]
        sides.append(math.sqrt(total))
    return value, value - sides[0], value + sides[1]


@pytest.mark.parametrize("bound", [None, 4.0])
def test_stratified_by_loops_with_groups_of_several_strata(bound):
    """The third stratum does not vary, so it shares nothing with the others."""
    rng = np.random.default_rng(5)
    strata, codes, shares = rng.integers(0, 3, 120), rng.integers(0, 25, 120), [0.2, 0.5, 0.3]
    ease = rng.random(25)[codes]
    values = np.where(strata == 2, 0, rng.random(120) < ease) * (4.0 if bound else 1.0)
    inside = [strata == of for of in range(3)]
    if bound:
        own = [mean_interval(values[of], codes[of], bound) for of in inside]
    else:
        own = [proportion(values > 0, of, codes) for of in inside]
    rate = stratified(values, strata, shares, codes, bound=bound)
    expected = mover(values, strata, shares, codes, [(each.low, each.high) for each in own])
    assert (rate.value, rate.low, rate.high) == pytest.approx(expected)
    assert rate.events == (None if bound else values.sum())
    assert (rate.n, rate.groups) == (120, 25)
    inner = "beta" if bound else "Clopper–Pearson"
    assert rate.method == f"MOVER of {inner} intervals over 3 strata"


@pytest.mark.parametrize("bound", [None, 4.0])
def test_stratified_stays_within_what_is_possible(bound):
    most = bound or 1.0
    ends = [stratified(np.full(6, end), [0, 0, 0, 1, 1, 1], [1.0, 2.0], range(6), bound=bound) for end in (0, most)]
    assert (ends[0].value, ends[0].low) == (0, 0)
    assert (ends[1].value, ends[1].high) == (3 * most, 3 * most)
    assert 0 < ends[0].high < 3 * most
    assert 0 < ends[1].low < 3 * most


def test_stratified_counts_what_groups_share():
    """Both strata of a group fail together: the interval is wider than for separate groups."""
    failed = np.tile(np.arange(50) < 15, 2)
    strata = np.repeat([0, 1], 50)
    together = stratified(failed, strata, [0.5, 0.5], np.tile(np.arange(50), 2))
    apart = stratified(failed, strata, [0.5, 0.5], np.arange(100))
    assert together.high - together.low == pytest.approx(math.sqrt(2) * (apart.high - apart.low))


@pytest.mark.parametrize("shared", [True, False])
def test_stratified_coverage_with_groups(shared):
    """Accuracy at prevalence 10 %: strata of accuracy 0.7 and 0.9, in groups of both strata or of one."""
    rng, truth = np.random.default_rng(6), 0.1 * 0.7 + 0.9 * 0.9
    rates = []
    for _ in range(REPLICATES):
        ability = rng.beta(2, 2, 80)  # a group's cases succeed together
        codes = np.repeat(np.arange(80), 4)
        strata = np.tile([0, 0, 1, 1], 80) if shared else (codes % 2)
        own = np.where(strata == 0, 0.7, 0.9) + 0.19 * (ability[codes] - 0.5)
        rates.append(stratified(rng.random(320) < own, strata, [0.1, 0.9], codes))
    assert sum(misses(rates, truth)) <= at_most(0.05)


def test_resampling_interval_leaves_out_what_has_no_value():
    replicates = np.append(np.linspace(0, 1, 101), [np.nan] * 50)
    rate = resampling_interval(0.5, replicates, 10, 5, level=0.9)
    assert (rate.low, rate.high) == pytest.approx((0.05, 0.95))
    assert rate.method == "bootstrap, 101 resamples"
    assert math.isnan(resampling_interval(0.5, np.full(3, np.nan), 10, 5).low)


def test_paired_difference_against_a_loop():
    rng = np.random.default_rng(7)
    codes = rng.integers(0, 30, 200)
    a, b, eligible = rng.random(200), rng.random(200), rng.random(200) < 0.6
    weights = bootstrap_weights(30, 300)
    loop = []
    for row in weights:
        drawn = np.repeat(np.arange(30), row.astype(int))
        members = np.concatenate([np.flatnonzero((codes == g) & eligible) for g in drawn])
        loop.append(a[members].mean() - b[members].mean())
    rate = paired_difference(a, b, eligible, codes, weights, level=0.9)
    assert rate.value == pytest.approx(a[eligible].mean() - b[eligible].mean())
    assert (rate.low, rate.high) == pytest.approx(tuple(np.quantile(loop, [0.05, 0.95])), abs=1e-6)
    assert (rate.n, rate.events) == (eligible.sum(), pytest.approx((a - b)[eligible].sum()))


def test_paired_difference_coverage():
    """60 groups of 5; a misses 25 % and b 20 %, with hard groups shared."""
    rng = np.random.default_rng(8)
    codes, weights, rates = np.repeat(np.arange(60), 5), bootstrap_weights(60, 500), []
    for _ in range(REPLICATES):
        hard = rng.beta(1, 1, 60)[codes]
        a, b = rng.random(300) < 0.5 * hard, rng.random(300) < 0.4 * hard
        rates.append(paired_difference(a, b, np.ones(300, bool), codes, weights))
    assert sum(misses(rates, 0.05)) <= at_most(0.07)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: proportion([1], [1, 1], [1, 1]),
            "events has shape (1,), expected (2,): pass one value a case.",
        ),
        (
            lambda: proportion([1], [1], [1], 95),
            "level is 95, expected a share between 0 and 1 such as 0.95.",
        ),
        (
            lambda: mean_interval([1.0, 12.0], [0, 1], 10.0),
            "values range over 1.0..12.0, expected 0..10.0: check bound.",
        ),
        (
            lambda: stratified([1, 0], [0], [1.0], [0, 1]),
            "strata has shape (1,), expected (2,): pass one value a case.",
        ),
        (
            lambda: paired_difference([1], [1, 0], [1, 1], np.arange(2), bootstrap_weights(2, 5)),
            "values_a has shape (1,), expected (2,): pass one value a case.",
        ),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == text
