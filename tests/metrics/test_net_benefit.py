"""Net benefit against dcurves and counts, and coverage with groups by simulation."""

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.metrics.net_benefit import THRESHOLDS, net_benefit
from tests.helpers.risky import risky

PLACES = np.arange(120)
RISK = ((PLACES * 37) % 120 + 0.5) / 120
ILL = (PLACES * 53) % 97 / 97 < RISK**1.5

# dcurves 1.1.7, which needs an older pandas than this project, in an environment of its own:
# dca(data=DataFrame({"ill": ILL.astype(int), "risk": RISK}), outcome="ill", modelnames=["risk"], thresholds=[...])
# .pivot_table(index="threshold", columns="model", values="net_benefit")[["risk", "all"]]
DCURVES = {
    0.01: (0.4024410774, 0.4107744108),
    0.05: (0.3798245614, 0.3859649123),
    0.1: (0.3537037037, 0.3518518519),
    0.2: (0.3000000000, 0.2708333333),
    0.35: (0.2525641026, 0.1025641026),
    0.5: (0.2000000000, -0.1666666667),
    0.7: (0.1055555556, -0.9444444444),
    0.9: (-0.0666666667, -4.8333333333),
}


def test_values_are_those_of_dcurves() -> None:
    found = {at.threshold: at for at in net_benefit(ILL, RISK, PLACES, tuple(DCURVES))}
    for threshold, (model, everyone) in DCURVES.items():
        assert found[threshold].model.value == pytest.approx(model, abs=1e-9)
        assert found[threshold].call_all == pytest.approx(everyone, abs=1e-9)


def test_a_risk_at_the_threshold_is_called() -> None:
    (at,) = net_benefit([1, 0], [0.5, 0.4], [0, 1], (0.5,))
    assert at.model.value == 0.5


def test_thresholds_are_whole_percents_and_calling_everyone_ends_at_prevalence_odds() -> None:
    assert THRESHOLDS[0] == 0.01
    assert THRESHOLDS[-1] == 0.99
    events = np.arange(100) < 20
    found = {at.threshold: at for at in net_benefit(events, np.full(100, 0.995), np.arange(100))}
    assert len(found) == 99
    assert found[0.2].call_all == pytest.approx(0)
    assert all(at.model.value == pytest.approx(at.call_all) for at in found.values())


def test_no_width_is_zero_where_nobody_or_nobody_wrongly_is_called() -> None:
    for risks in (np.full(100, 0.1), np.where(np.arange(100) < 20, 0.9, 0.1)):
        (at,) = net_benefit(np.arange(100) < 20, risks, np.arange(100), (0.5,))
        assert at.model.low < at.model.value < at.model.high


def test_seeds_that_repeat_cases_do_not_narrow_the_interval() -> None:
    events, risks, groups = risky(np.random.default_rng(1), 200, 200)
    once = net_benefit(events, risks, groups, (0.2,))[0].model
    samples = np.tile(np.arange(200), 5)
    again = net_benefit(np.tile(events, 5), np.tile(risks, 5), np.tile(groups, 5), (0.2,), samples=samples)[0].model
    assert again.value == pytest.approx(once.value)
    assert again.high - again.low == pytest.approx(once.high - once.low, rel=0.1)


@pytest.mark.parametrize("threshold", [0, 1, 1.5])
def test_a_threshold_is_a_share(threshold: float) -> None:
    with pytest.raises(InputError, match="thresholds are"):
        net_benefit([0, 1], [0.1, 0.2], [0, 1], (threshold,))


@pytest.mark.parametrize(("cases", "groups"), [(300, 20), (300, 50), (600, 200)])
def test_intervals_cover_the_truth_with_groups(cases: int, groups: int) -> None:
    """400 draws a setting. With few groups they are wide by design, as those of single rates are."""
    rng, thresholds = np.random.default_rng(2), (0.02, 0.1, 0.5, 0.8)
    truth = [at.model.value for at in net_benefit(*risky(rng, 400_000, 80_000), thresholds)]
    held = np.zeros(len(thresholds))
    for _ in range(400):
        found = net_benefit(*risky(rng, cases, groups), thresholds)
        held += [at.model.low <= true <= at.model.high for at, true in zip(found, truth, strict=True)]
    assert (held / 400 >= 0.935).all()
