"""Frontier and decisions at a stated prevalence: against cases that are repeated until they have it."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.decision.calibration import fit_calibration
from riskcore.decision.dial import Dial, decide
from riskcore.decision.frontier import frontier
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish, operating_point
from riskcore.decision.pooled import pooled_decisions
from riskcore.decision.prevalence import decisions_at, frontier_at
from riskcore.errors import InputError
from riskcore.metrics.prevalence import critical_share
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import RULES
from tests.helpers.simulated import MATRIX, cases, run

CRITICAL = MATRIX.critical_classes
NAMES = ("accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity")


def repeated(part: Cases, critical: int, others: int) -> Cases:
    """Each case of critical classes so many times, each other so many."""
    rows = np.repeat(np.arange(len(part)), np.where(CRITICAL[part.truth], critical, others))
    names = np.array([f"case {number}" for number in range(len(rows))])
    return Cases(part.logits[rows], part.truth[rows], names, names)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("critical", "others"), [(1, 9), (7, 2), (1, 1)])
def test_the_frontier_is_that_of_repeated_cases(rule: str, critical: int, others: int) -> None:
    part = cases(200, 1.2, 5)
    many = repeated(part, critical, others)
    share = critical_share(many.truth, MATRIX)
    probabilities = np.exp(part.logits) / np.exp(part.logits).sum(axis=1, keepdims=True)
    found = frontier_at(share, part.truth, probabilities, MATRIX, rule)
    expected = frontier(many.truth, np.exp(many.logits) / np.exp(many.logits).sum(axis=1, keepdims=True), MATRIX, rule)
    for name in NAMES:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-9, err_msg=name)


@pytest.mark.parametrize("wish", ["accuracy_loss=0.01", "over_call_ceiling=0.1", "cer_ceiling=0.01", "least_severity"])
def test_the_dial_is_chosen_as_on_repeated_validation_cases(wish: str) -> None:
    """Probabilities shifted by hand; where several settings serve equally, rounding may choose another of them."""
    one = run("one", 1.4, n=300)
    (member,) = one.members
    many = repeated(member.validation, 1, 6)
    prevalence = critical_share(many.truth, MATRIX)
    share = critical_share(member.validation.truth, MATRIX)
    factor = np.where(CRITICAL, prevalence / share, (1 - prevalence) / (1 - share))
    calibration = fit_calibration(member.validation)

    def shifted(logits: np.ndarray) -> np.ndarray:
        weighted = calibration.apply(logits) * factor
        return weighted / weighted.sum(axis=1, keepdims=True)

    expected = operating_point(many, shifted(many.logits), MATRIX, Wish.parse(wish))
    found = decisions_at(JudgedRun(one, MATRIX), Wish.parse(wish), prevalence)
    assert (found.dials[0].rule, found.dials[0].reached) == (expected.rule, expected.reached)
    assert found.dials[0].aversion == pytest.approx(expected.aversion, abs=0.02)
    np.testing.assert_allclose(found.probabilities, shifted(member.test.logits))
    dial = found.dials[0]
    by_hand = decide(shifted(member.test.logits), MATRIX, dial.aversion, dial.rule)
    np.testing.assert_array_equal(found.dial, by_hand)


def test_a_rarer_disease_is_called_less_often() -> None:
    judged = JudgedRun(run("pool", 1.2, n=200, seeds=(0, 1), folds=(0, 1)), MATRIX)
    calls = [
        CRITICAL[decisions_at(judged, Dial("severity", 0.0), prevalence).dial].mean() for prevalence in (0.02, 0.2, 0.6)
    ]
    assert calls[0] < calls[1] < calls[2]
    plain = pooled_decisions(judged, Dial("severity", 0.0))
    np.testing.assert_array_equal(decisions_at(judged, Dial("severity", 0.0), 0.02).argmax, plain.argmax)


def test_without_validation_the_share_is_that_of_the_test_part() -> None:
    (member,) = run("one", 1.2, n=200).members
    blind = RunPredictions("blind", MATRIX.classes, [Member(Cases.empty(3), member.test)])
    own = critical_share(member.test.truth, MATRIX)
    found = decisions_at(JudgedRun(blind, MATRIX), Dial("severity", 0.5), own)
    np.testing.assert_array_equal(found.dial, pooled_decisions(JudgedRun(blind, MATRIX), Dial("severity", 0.5)).dial)
    with pytest.raises(InputError, match="give a rule and an aversion instead"):
        decisions_at(JudgedRun(blind, MATRIX), Wish(), own)


def test_what_cannot_be_had_is_refused() -> None:
    judged = JudgedRun(run("one", 1.2, n=50), MATRIX)
    with pytest.raises(InputError, match="prevalence is 1, expected a share between 0 and 1"):
        decisions_at(judged, Wish(), 1)
    (member,) = judged.predictions.members
    harmless = replace(member.test, truth=np.zeros(50, dtype=np.int64))
    alone = RunPredictions("x", MATRIX.classes, [Member(harmless, harmless)])
    with pytest.raises(InputError, match="no cases of critical, or none of other classes"):
        decisions_at(JudgedRun(alone, MATRIX), Dial("severity", 0.5), 0.1)
    with pytest.raises(InputError, match="no cases of critical, or none of other classes"):
        frontier_at(0.1, harmless.truth, np.full((50, 3), 1 / 3), MATRIX)
