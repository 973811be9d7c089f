"""Sensitivity at a stated specificity and the reverse: against scikit-learn and brute force, coverage by simulation."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from riskcore.errors import InputError
from riskcore.metrics.stated_points import SENSITIVITIES, SPECIFICITIES, stated_points
from tests.helpers.risky import risky


@pytest.mark.parametrize("decimals", [None, 1])
def test_values_against_scikit_learn(decimals: int | None) -> None:
    """With one decimal most risks are tied."""
    events, risks, groups = risky(np.random.default_rng(0), 500, 100)
    risks = risks if decimals is None else np.round(risks, decimals)
    false, true, _ = roc_curve(events, risks, drop_intermediate=False)
    for point in stated_points(events, risks, groups):
        reached = 1 - false >= point.at - 1e-12 if point.stated == "specificity" else true >= point.at - 1e-12
        best = (true if point.stated == "specificity" else 1 - false)[reached].max()
        assert point.found.value == pytest.approx(best)
        called = risks >= point.threshold
        held = (~called)[~events].mean() if point.stated == "specificity" else called[events].mean()
        assert held >= point.at - 1e-12


def test_a_stated_level_that_is_met_exactly_is_met() -> None:
    """0.9 of ten cases, where (1 − 0.9)·10 is a little less than 1 in floating point."""
    events = np.array([False] * 10 + [True])
    risks = np.append(np.arange(10) / 100, 0.085)
    (point,) = stated_points(events, risks, range(11), specificities=(0.9,), sensitivities=())
    assert (point.threshold, point.found.value) == (0.085, 1.0)


def test_where_the_riskiest_are_tied_no_case_can_be_called() -> None:
    (point,) = stated_points([0, 1, 0, 1], [0.5] * 4, range(4), specificities=(0.9,), sensitivities=())
    assert (point.threshold, point.found.value) == (math.inf, 0.0)
    assert point.as_dict()["threshold"] is None


@pytest.mark.parametrize(("events", "why"), [([0, 0], "no critical case"), ([1, 1], "no case that is not critical")])
def test_one_side_alone_gives_null_with_the_reason(events, why: str) -> None:
    for point in stated_points(events, [0.1, 0.2], [0, 1]):
        found = point.as_dict()["found"]
        assert (found["value"], found["low"], found["method"]) == (None, None, why)


def test_perfect_separation_is_no_certainty() -> None:
    events = np.arange(60) < 20
    for point in stated_points(events, np.where(events, 0.9, 0.1), np.arange(60)):
        assert point.found.value == 1
        assert point.found.low < 0.95


def test_few_critical_cases_bound_no_specificity_at_99_percent_sensitivity() -> None:
    events, risks, groups = risky(np.random.default_rng(1), 300, 300)
    (point,) = stated_points(events, risks, groups, specificities=(), sensitivities=(0.99,))
    assert point.found.low == 0
    assert point.found.high < 1


@pytest.mark.parametrize("at", [0, 1, -0.1])
def test_a_level_is_a_share(at: float) -> None:
    with pytest.raises(InputError, match="a stated level is"):
        stated_points([0, 1], [0.1, 0.2], [0, 1], specificities=(at,))


@pytest.mark.parametrize(("cases", "groups", "base"), [(300, 50, -1.5), (300, 300, -3.0), (600, 200, -1.5)])
def test_intervals_cover_the_truth_with_groups(cases: int, groups: int, base: float) -> None:
    """300 draws a setting; percentiles of a bootstrap hold down to 37 % of them where critical cases are few."""
    rng = np.random.default_rng(2)
    events, risks, _ = risky(rng, 400_000, 80_000, base)
    truth = [(risks[events] >= np.quantile(risks[~events], at)).mean() for at in SPECIFICITIES]
    truth += [(risks[~events] < np.quantile(risks[events], 1 - at)).mean() for at in SENSITIVITIES]
    held = np.zeros(len(truth))
    for _ in range(300):
        found = stated_points(*risky(rng, cases, groups, base))
        held += [point.found.low <= true <= point.found.high for point, true in zip(found, truth, strict=True)]
    assert (held / 300 >= 0.935).all()
