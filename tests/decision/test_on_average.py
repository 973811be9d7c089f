"""Conformal risk control: against plain loops, MAPIE and simulated truth."""

import numpy as np
import pytest
from mapie.risk_control.methods import find_best_predict_param, get_r_hat_plus

from riskcore.decision.on_average import keep_on_average, needed_on_average
from riskcore.decision.scored import Scored
from riskcore.errors import InputError


def part(groups: int, seed: int, size: int = 1, risk: float = 0.1) -> Scored:
    """Cases whose score is their true risk, which those of a group share."""
    rng = np.random.default_rng([seed, size])
    own = np.repeat(rng.beta(1, 1 / risk - 1, groups), size)
    return Scored(own, (rng.random(len(own)) < own).astype(float), np.repeat(np.arange(groups), size))


def losses(cases: Scored, threshold: float, claim: str = "all") -> list[float]:
    """A group after another: its share of cases that are answered and lost."""
    about = np.ones(len(cases.scores), dtype=bool) if claim == "all" else cases.claims[claim]
    found = []
    for group in np.unique(cases.groups[about]):
        inside = about & (cases.groups == group)
        found.append(cases.losses[inside & (cases.scores <= threshold)].sum() / inside.sum())
    return found


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize(("cap", "groups"), [(0.05, 40), (0.02, 90), (0.08, 300), (0.011, 100)])
def test_the_threshold_is_mapies_and_that_of_a_plain_loop(cap: float, groups: int, size: int) -> None:
    validation, certification = part(150 // size, 1, size), part(groups, 2, size)
    thresholds = np.unique(validation.scores)
    risks = np.array([losses(certification, threshold) for threshold in thresholds]).T
    safe = [t for t, each in zip(thresholds, risks.T, strict=True) if (each.sum() + 1) / (groups + 1) <= cap]
    found = keep_on_average(validation, certification, cap=cap)
    assert found.threshold == safe[-1]
    assert len(safe) < len(thresholds)
    _, bounds = get_r_hat_plus(risks, thresholds, "crc", None, None, None)
    assert found.threshold == find_best_predict_param(thresholds, bounds, np.array([cap]))[0]
    (claim,) = found.claims
    assert (claim.groups, claim.p_value) == (groups, None)
    assert claim.bound == pytest.approx(bounds[len(safe) - 1])
    assert claim.loss == pytest.approx(risks[:, len(safe) - 1].mean())
    assert (found.confidence, found.per, found.why) == (None, "case", None)


def test_where_all_thresholds_are_safe_the_greatest_and_where_none_is_no_threshold() -> None:
    """Reference code returns the first threshold in both cases."""
    safe = Scored(np.linspace(0.1, 0.2, 50), np.zeros(50), np.arange(50))
    assert keep_on_average(safe, safe, cap=0.05).threshold == 0.2
    found = keep_on_average(safe, safe, cap=0.019)  # 1 / 51 is more
    assert found.threshold is None
    assert not found.answers(safe.scores).any()
    assert found.why == (
        "Not certifiable: with 50 groups the smallest cap that could be kept on average is 19.6 per 1,000; for 19 per "
        "1,000 bring at least 2 more."
    )
    lost = Scored(safe.scores, np.ones(50), np.arange(50) // 10)
    found = keep_on_average(Scored(np.full(50, 0.2), lost.losses, lost.groups), lost, cap=0.5)
    assert found.threshold is None
    assert found.why == (
        "Not certifiable: at the most careful threshold the 5 groups have a mean of 1000 per 1,000, too near to 500 "
        "per 1,000 or above it."
    )


def test_the_fewest_groups_are_those_at_which_no_error_suffices() -> None:
    for cap in (0.3, 0.1, 0.05, 0.02, 0.01, 0.007, 0.001):
        needed = needed_on_average(cap)
        validation = part(50, 1)
        for groups, enough in ((needed, True), (needed - 1, False)):
            without = Scored(np.zeros(groups), np.zeros(groups), np.arange(groups))
            assert (keep_on_average(validation, without, cap=cap).threshold is not None) == enough


def test_each_claim_keeps_the_cap_over_its_own_groups() -> None:
    validation, plain = part(150, 1), part(200, 2, 3)
    rng = np.random.default_rng(0)
    claims = {"melanoma": rng.random(600) < 0.2, "carcinoma": np.zeros(600, dtype=bool)}
    certification = Scored(plain.scores, plain.losses, plain.groups, {"melanoma": claims["melanoma"]})
    found = keep_on_average(validation, certification, cap=0.05)
    assert found.threshold is not None
    for claim in found.claims:
        expected = losses(certification, found.threshold, claim.name)
        assert claim.groups == len(expected)
        assert claim.bound == pytest.approx((sum(expected) + 1) / (len(expected) + 1))
        assert claim.bound <= 0.05
    after = np.unique(validation.scores)[np.unique(validation.scores) > found.threshold][0]
    worst = max((sum(of) + 1) / (len(of) + 1) for of in (losses(certification, after, n) for n in ("all", "melanoma")))
    assert worst > 0.05
    nobody = keep_on_average(validation, Scored(plain.scores, plain.losses, plain.groups, claims), cap=0.05)
    assert nobody.threshold is None
    assert nobody.why is not None
    assert "with 0 groups of carcinoma" in nobody.why


@pytest.mark.parametrize("cap", [0.0, -0.1, 1.0, float("nan")])
def test_a_cap_that_is_no_share_is_refused(cap: float) -> None:
    with pytest.raises(InputError, match="a cap between 0 and 1"):
        keep_on_average(part(50, 0), part(50, 1), cap=cap)


def test_no_cases_are_refused() -> None:
    nothing = Scored(np.zeros(0), np.zeros(0), np.zeros(0))
    for sides in ((nothing, part(50, 0)), (part(50, 0), nothing)):
        with pytest.raises(InputError, match="cases of validation and of certification"):
            keep_on_average(*sides, cap=0.1)


def test_the_expected_loss_is_at_most_the_cap_and_not_far_below() -> None:
    """Scores are true risks, one case a group: answering up to t loses the mean of the risks up to t, over all."""
    many = np.sort(np.random.default_rng(0).beta(1, 9, 200_000))
    lost = np.append(0.0, np.cumsum(many)) / len(many)
    drawn = []
    for seed in range(400):
        found = keep_on_average(part(150, seed), part(60, 1000 + seed), cap=0.05)
        threshold = -1.0 if found.threshold is None else found.threshold
        drawn.append(lost[np.searchsorted(many, threshold, side="right")])
    error = np.std(drawn) / len(drawn) ** 0.5
    assert np.mean(drawn) <= 0.05 + 3 * error
    assert np.mean(drawn) >= 0.05 - 1 / 61 - 0.005 - 3 * error
    assert np.mean(np.array(drawn) > 0.05) > 0.2  # on average only
