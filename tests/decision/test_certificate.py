"""The certificate against plain loops, exact tail probabilities and simulated truth."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from riskcore.decision.certificate import certify, needed_groups, p_value
from riskcore.decision.scored import Scored
from riskcore.errors import InputError


def part(cases: int, seed: int, risk: float = 0.05, size: int = 1) -> Scored:
    """Cases whose score is their true risk; `size` of each group share it."""
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.beta(1, 1 / risk - 1, cases // size), size)
    return Scored(own, (rng.random(len(own)) < own).astype(float), np.repeat(np.arange(cases // size), size))


@pytest.mark.parametrize(("errors", "n", "cap"), [(0, 59, 0.05), (1, 100, 0.05), (7, 300, 0.02), (3, 40, 0.1)])
def test_p_of_zeros_and_ones_is_exact(errors: int, n: int, cap: float) -> None:
    losses = np.zeros(n)
    losses[:errors] = 1
    assert p_value(losses, cap) == pytest.approx(binomtest(errors, n, cap, alternative="less").pvalue, rel=1e-12)


def test_p_of_shares_is_the_lesser_of_two_tail_bounds() -> None:
    losses = np.array([0.5, 0.25] + [0.0] * 198)
    mean, cap, n = losses.mean(), 0.05, 200
    hoeffding = math.exp(-n * (mean * math.log(mean / cap) + (1 - mean) * math.log((1 - mean) / (1 - cap))))
    bentkus = math.e * binomtest(1, n, cap, alternative="less").pvalue
    assert p_value(losses, cap) == pytest.approx(min(hoeffding, bentkus), rel=1e-12)
    assert p_value(np.full(50, 0.5), 0.1) == 1.0


def test_the_fewest_groups_are_those_at_which_no_error_suffices() -> None:
    for cap in (0.3, 0.1, 0.05, 0.02, 0.01, 0.001):
        needed = needed_groups(cap)
        assert p_value(np.zeros(needed), cap) <= 0.05 < p_value(np.zeros(needed - 1), cap)


def plain(validation: Scored, certification: Scored, cap: float, per: str) -> float | None:
    """The rule, one case after another."""
    thresholds = sorted(set(validation.scores.tolist()))
    assert len(thresholds) <= 200
    names = sorted(set(certification.groups.tolist()))
    known = sorted(set(validation.groups.tolist()))
    started, chosen = False, None
    for place, threshold in enumerate(thresholds):
        answered = {
            group for group, score in zip(validation.groups, validation.scores, strict=True) if score <= threshold
        }
        share = len(answered) / len(known)
        last = place == len(thresholds) - 1
        started = started or share * len(names) >= 2 * needed_groups(cap) or last
        if not started:
            continue
        losses = []
        for name in names:
            inside = certification.groups == name
            taken = inside & (certification.scores <= threshold)
            if per == "answered" and taken.any():
                losses.append(certification.losses[taken].mean())
            if per == "case":
                losses.append(certification.losses[taken].sum() / inside.sum())
        if p_value(np.array(losses), cap) > 0.05:
            return chosen
        chosen = threshold
    return chosen


@pytest.mark.parametrize("per", ["answered", "case"])
@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_the_threshold_is_that_of_the_plain_rule(per: str, size: int, seed: int) -> None:
    validation, certification = part(150, seed, size=size), part(600, 90 + seed, size=size)
    found = certify(validation, certification, cap=0.06, per=per)
    assert found.threshold == plain(validation, certification, 0.06, per)
    assert (found.threshold is None) == (found.why is not None)
    answers = found.answers(certification.scores)
    assert answers.sum() == (0 if found.threshold is None else (certification.scores <= found.threshold).sum())


def test_every_claim_has_to_hold() -> None:
    validation, certification = part(400, 1), part(800, 2)
    alone = certify(validation, certification, cap=0.1)
    few = {"melanoma": np.arange(len(certification.scores)) < 40}
    both = certify(
        Scored(validation.scores, validation.losses, validation.groups, {"melanoma": np.arange(400) < 20}),
        Scored(certification.scores, certification.losses, certification.groups, few),
        cap=0.1,
    )
    assert alone.threshold is not None
    assert [claim.name for claim in both.claims] == ["all", "melanoma"]
    assert both.threshold is None or both.threshold <= alone.threshold


def test_a_claim_without_cases_cannot_be_made() -> None:
    validation, certification = part(400, 1), part(800, 2)
    nobody = {"melanoma": np.zeros(len(certification.scores), dtype=bool)}
    found = certify(
        validation, Scored(certification.scores, certification.losses, certification.groups, nobody), cap=0.1
    )
    assert found.threshold is None
    assert found.why == (
        "Not certifiable: with 0 groups of melanoma the smallest cap that could be certified at 95 % is 1000 per "
        "1,000; for 100 per 1,000 bring at least 29 more."
    )


def test_a_model_that_errs_too_often_is_told_so() -> None:
    bad = Scored(np.linspace(0, 1, 500), np.tile([1.0, 0.0], 250), np.arange(500))
    found = certify(bad, bad, cap=0.1)
    assert found.threshold is None
    assert found.why is not None
    assert found.why.endswith("too near to 100 per 1,000 or above it.")


def test_losses_of_validation_do_not_matter() -> None:
    validation, certification = part(300, 3), part(600, 4)
    other = Scored(validation.scores, 1 - validation.losses, validation.groups)
    assert certify(validation, certification, cap=0.08) == certify(other, certification, cap=0.08)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"cap": 0}, "a cap and a confidence"), ({"cap": 0.1, "confidence": 1}, "a cap and a confidence")],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        certify(part(50, 0), part(50, 1), **wrong)


def test_nothing_can_be_certified_on_no_cases() -> None:
    good = part(50, 0)
    nothing = Scored(np.zeros(0), np.zeros(0), np.zeros(0))
    with pytest.raises(InputError, match="Expected cases of validation"):
        certify(good, nothing, cap=0.1)


def test_the_true_risk_stays_below_the_cap_as_often_as_promised() -> None:
    """Scores are true risks, one case a group, so the risk of what is answered is known."""
    above = certified = 0
    for seed in range(300):
        found = certify(part(300, seed), part(200, 1000 + seed), cap=0.05)
        if found.threshold is not None:
            certified += 1
            many = np.random.default_rng(0).beta(1, 19, 200_000)
            above += many[many <= found.threshold].mean() > 0.05
    assert certified > 50
    assert above <= 25  # 5 % of 300 and three of its deviations
