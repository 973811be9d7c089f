"""Calibration of the risk against statsmodels, scikit-learn and loops, and coverage with groups by simulation."""

import math

import numpy as np
import pytest
from scipy.special import expit, stdtrit
from sklearn.linear_model import LogisticRegression

from riskcore.metrics import proportion
from riskcore.metrics.risk_calibration import risk_calibration
from tests.helpers.risky import risky

PLACES = np.arange(120)
RISK = ((PLACES * 37) % 120 + 0.5) / 120
ILL = (PLACES * 53) % 97 / 97 < RISK**1.5


def log_odds(risk: np.ndarray) -> np.ndarray:
    return np.log(risk / (1 - risk))


def test_slope_and_intercept_against_statsmodels() -> None:
    """Figures of statsmodels 0.15.0, whose variances are (n − 1)/(n − 2) times larger for two parameters.

    sm.GLM(ILL, design, [offset=log_odds], family=sm.families.Binomial()).fit(cov_type="cluster",
    cov_kwds={"groups": PLACES // 3})
    """
    found = risk_calibration(ILL, RISK, PLACES // 3)
    reach = stdtrit(min(len(set(PLACES[ILL] // 3)), len(set(PLACES[~ILL] // 3))) - 1, 0.975)
    assert found.slope.value == pytest.approx(0.98741829, abs=1e-7)
    slope_error = 0.27797156 / math.sqrt(119 / 118)
    assert found.slope.high - found.slope.value == pytest.approx(reach * slope_error, rel=1e-6)
    assert found.intercept.value == pytest.approx(-0.50421623, abs=1e-7)
    assert found.intercept.value - found.intercept.low == pytest.approx(reach * 0.17319761, rel=1e-6)


def test_slope_against_scikit_learn() -> None:
    events, risks, groups = risky(np.random.default_rng(3), 2000, 500)
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds(risks)[:, None], events)
    assert risk_calibration(events, risks, groups).slope.value == pytest.approx(fitted.coef_[0, 0], abs=1e-5)


def test_expected_over_observed_is_their_ratio_and_its_error_that_of_the_jackknife() -> None:
    events, risks, groups = risky(np.random.default_rng(4), 3000, 600)
    found = risk_calibration(events, risks, groups).expected_observed
    assert found.value == pytest.approx(risks.sum() / events.sum())
    left_out = [math.log(risks[groups != g].sum() / events[groups != g].sum()) for g in np.unique(groups)]
    jackknife = math.sqrt((len(left_out) - 1) * np.var(left_out))
    degrees = min(len(np.unique(groups[events])), len(np.unique(groups[~events]))) - 1
    assert math.log(found.high / found.value) / stdtrit(degrees, 0.975) == pytest.approx(jackknife, rel=0.02)


def test_perfect_calibration_has_slope_one_and_intercept_zero() -> None:
    risks = np.repeat([0.1, 0.3, 0.5, 0.8], 100)
    events = np.concatenate([np.arange(100) < 100 * risk for risk in (0.1, 0.3, 0.5, 0.8)])
    found = risk_calibration(events, risks, np.arange(400))
    assert (found.slope.value, found.expected_observed.value) == pytest.approx((1, 1))
    assert found.intercept.value == pytest.approx(0, abs=1e-9)
    assert [each.predicted for each in found.curve] == pytest.approx([0.1, 0.3, 0.5, 0.8])
    assert [each.observed.value for each in found.curve] == pytest.approx([0.1, 0.3, 0.5, 0.8])


def test_stretched_log_odds_halve_the_slope() -> None:
    events, risks, groups = risky(np.random.default_rng(5), 2000, 400)
    once = risk_calibration(events, risks, groups).slope
    twice = risk_calibration(events, expit(2 * log_odds(risks)), groups).slope
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value / 2, once.low / 2, once.high / 2))


def test_the_curve_holds_every_case_once_in_bins_of_equal_number_with_exact_intervals() -> None:
    events, risks, groups = risky(np.random.default_rng(6), 1000, 200)
    curve = risk_calibration(events, risks, groups).curve
    assert [each.observed.n for each in curve] == [100] * 10
    order = np.argsort(risks)
    for number, each in enumerate(curve):
        inside = np.isin(np.arange(1000), order[100 * number : 100 * number + 100])
        assert each.predicted == pytest.approx(risks[inside].mean())
        assert each.observed == proportion(events, inside, groups)


def test_few_cases_make_few_bins_and_seeds_count_once() -> None:
    events, risks, groups = risky(np.random.default_rng(7), 70, 70)
    assert len(risk_calibration(events, risks, groups).curve) == 3
    repeated = risk_calibration(
        np.tile(events, 4), np.tile(risks, 4), np.tile(groups, 4), samples=np.tile(np.arange(70), 4)
    )
    assert len(repeated.curve) == 3


@pytest.mark.parametrize(
    ("events", "risks", "missing", "why"),
    [
        ([0, 0, 0], [0.1, 0.2, 0.3], ("slope", "intercept", "expected_observed"), "no critical case"),
        ([1, 1, 1], [0.1, 0.2, 0.3], ("slope", "intercept"), "no case that is not critical"),
        ([0, 0, 1], [0.1, 0.2, 0.3], ("slope",), "separate"),
        ([0, 1, 1], [0.2, 0.2, 0.2], ("slope",), "same risk"),
    ],
)
def test_what_cannot_be_had_is_null_with_the_reason(events, risks, missing, why: str) -> None:
    found = risk_calibration(events, risks, range(3)).as_dict()
    for name in ("slope", "intercept", "expected_observed"):
        assert (found[name]["value"] is None) == (name in missing)
        assert name not in missing or (why in found[name]["method"] and found[name]["low"] is None)


def test_risks_of_zero_and_one_are_no_infinity() -> None:
    found = risk_calibration([0, 1, 0, 1], [0.0, 1.0, 0.6, 0.4], range(4))
    assert all(math.isfinite(value) for value in (found.slope.value, found.intercept.value))


def test_one_group_gives_values_without_interval() -> None:
    found = risk_calibration([0, 1, 0, 1], [0.2, 0.3, 0.6, 0.7], [0, 0, 0, 0])
    assert found.slope.value > 0
    assert math.isnan(found.slope.low)
    assert "one group" in found.slope.method


@pytest.mark.parametrize(("cases", "groups", "base"), [(300, 20, -1.5), (300, 50, -3.0), (600, 200, -1.5)])
def test_intervals_cover_the_truth_with_groups(cases: int, groups: int, base: float) -> None:
    """400 draws a setting; with 20 groups, cases taken as independent hold the intercept in 80 % of them."""
    rng, names = np.random.default_rng(8), ("slope", "intercept", "expected_observed")
    events, risks, group = risky(rng, 200_000, 40_000, base)
    truth = [getattr(risk_calibration(events, risks, group), name).value for name in names]
    held = np.zeros(3)
    for _ in range(400):
        found = risk_calibration(*risky(rng, cases, groups, base))
        rates = [getattr(found, name) for name in names]
        held += [rate.low <= true <= rate.high for rate, true in zip(rates, truth, strict=True)]
    assert (held / 400 >= 0.925).all()
    assert (held / 400 <= 0.99).all()
