"""Natural frequencies: whole people that add up, by the conditional rates, with intervals rounded outwards."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import beta

from riskcore.decision.dial import Dial, decide
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import OperatingPoint, Wish
from riskcore.decision.pooled import calibrate, pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.frequencies import DANGEROUS_OUTCOMES, OUTCOMES, CautionEffect, caution_effect, frequencies, whole
from riskcore.metrics import rates
from tests.helpers.simulated import MATRIX, run

# of class c: 2 missed (called a, called b), 3 right; of a and b: 4 called c, 1 confused, 10 right
TRUTH = np.array([2] * 5 + [0] * 9 + [1] * 6)
SAID = np.array([0, 1, 2, 2, 2] + [2, 2, 2] + [0] * 6 + [2, 0] + [1] * 4)
EACH = np.arange(len(TRUTH))


def test_people_follow_the_conditional_rates_at_a_set_share() -> None:
    found = frequencies(TRUTH, SAID, MATRIX, EACH, dangerous=100)
    assert found.people == {
        "missed": 40,
        "dangerous_other": 0,
        "found": 60,
        "false_alarm": 240,
        "harmless_other": 60,
        "cleared": 600,
    }
    assert list(found.people) == list(OUTCOMES)
    assert (found.dangerous_cases, found.harmless_cases) == (5, 15)


def test_a_wrong_call_of_a_dangerous_class_that_is_not_dangerous_is_its_own_outcome() -> None:
    matrix = MATRIX.__class__(["a", "b", "c"], [[0, 1, 3], [2, 0, 4], [10, 5, 0]], critical=9)
    found = frequencies(TRUTH, SAID, matrix, EACH, dangerous=100)
    assert [found.people[name] for name in DANGEROUS_OUTCOMES] == [20, 20, 60]


def test_without_a_share_that_of_the_cases_is_taken() -> None:
    found = frequencies(TRUTH, SAID, MATRIX, EACH)
    assert (found.of, found.dangerous, found.people["missed"]) == (1000, 250, 100)


def test_intervals_are_exact_ones_of_the_conditional_rates_rounded_outwards() -> None:
    found = frequencies(TRUTH, SAID, MATRIX, EACH, dangerous=100)
    low, high = beta.ppf(0.025, 2, 5 - 2 + 1), beta.ppf(0.975, 2 + 1, 5 - 2)
    assert found.missed == (math.floor(100 * low), math.ceil(100 * high))
    low, high = beta.ppf(0.025, 4, 15 - 4 + 1), beta.ppf(0.975, 4 + 1, 15 - 4)
    assert found.false_alarms == (math.floor(900 * low), math.ceil(900 * high))
    reference = rates(TRUTH, SAID, MATRIX, EACH, prevalence=0.1)
    assert found.rates["cer"].value == pytest.approx(reference["cer"].value) == pytest.approx(0.04)
    assert found.right == (
        math.floor(1000 * reference["accuracy"].low),
        math.ceil(1000 * reference["accuracy"].high),
    )


def test_no_event_shows_the_upper_bound_and_never_no_risk() -> None:
    truth = np.array([2] * 30 + [0] * 70)
    found = frequencies(truth, truth, MATRIX, np.arange(100), dangerous=10)
    assert found.people["missed"] == 0
    assert found.missed == (0, math.ceil(10 * beta.ppf(0.975, 1, 30)))
    assert found.missed[1] >= 1
    assert "0 of them are missed (95 % interval 0 to 2)" in found.sentence


def test_the_sentence_knows_one_from_many() -> None:
    found = frequencies(TRUTH, SAID, MATRIX, EACH, dangerous=1, of=3)
    assert found.people["missed"] == 0
    truth = np.array([2, 2, 0, 0])
    found = frequencies(truth, np.array([0, 2, 2, 0]), MATRIX, np.arange(4), dangerous=2, of=4)
    assert "Of 4 cases like these, 2 are dangerous: 1 of them is missed (95 %" in found.sentence
    assert "). Of the 2 harmless ones, 1 raises a false alarm (95 %" in found.sentence


def test_beside_a_reference_the_sentence_says_how_many_fewer_and_more() -> None:
    found = frequencies(TRUTH, SAID, MATRIX, EACH, dangerous=100)  # 40 missed, 240 false alarms
    right = frequencies(TRUTH, TRUTH, MATRIX, EACH, dangerous=100)
    assert found.sentence_beside(right, "z") == (
        "Of 1,000 cases like these, 100 are dangerous: "
        f"40 of them are missed (95 % interval {found.missed[0]} to {found.missed[1]}), 40 more than z. Of the 900 "
        f"harmless ones, 240 raise a false alarm (95 % interval {found.false_alarms[0]} to {found.false_alarms[1]}), "
        "240 more than z."
    )
    assert "), 240 fewer than z." in right.sentence_beside(found, "z")
    assert found.sentence_beside(found, "z").count(", as many as z.") == 2


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (TRUTH, SAID, "accuracy is 35.0 points lower than without caution and average harm is higher"),
        (SAID, TRUTH, "accuracy is 35.0 points higher than without caution and average harm is lower"),
        (SAID, SAID, "accuracy is the same as without caution and average harm is the same"),
    ],
)
def test_what_became_of_accuracy_and_harm(before, after, words: str) -> None:
    argmax, on = (frequencies(TRUTH, said, MATRIX, EACH) for said in (before, after))
    change = CautionEffect(argmax, on, (), 1).change
    old, new = (MATRIX.values[TRUTH, said].mean() for said in (before, after))
    assert change == words + (f" ({new:.2f} against {old:.2f})" if new != old else "")


LEAST = OperatingPoint("severity", 0.9, Wish("least_severity", 0.0), reached=True)
CAUTIOUS = OperatingPoint("critical", 0.9, Wish(), reached=True)
HARM = MATRIX.values[TRUTH, SAID].mean()
FAILED = (
    "this caution failed its aim: it was chosen for the least average harm, but average harm is higher than without "
    f"caution ({HARM:.2f} against 0.00)."
)
MISSES = "this caution misses more dangerous cases than the model without caution: 40.0 % of them against 0.0 %."


@pytest.mark.parametrize(
    ("before", "after", "dial", "failures"),
    [
        (TRUTH, SAID, LEAST, [FAILED, MISSES]),
        (TRUTH, SAID, CAUTIOUS, [MISSES]),  # it aims at no less harm
        (TRUTH, SAID, Dial("critical", 0.9), [MISSES]),
        (TRUTH, SAID, Dial("severity", 0.0), []),  # no caution, but the correction of the probabilities
        (SAID, SAID, LEAST, []),
        (SAID, TRUTH, LEAST, []),
    ],
)
def test_a_caution_that_did_the_opposite_of_what_it_is_for_is_said(before, after, dial, failures) -> None:
    argmax, on = (frequencies(TRUTH, said, MATRIX, EACH, dangerous=250) for said in (before, after))
    assert CautionEffect(argmax, on, (dial,), 1).failures == failures


@pytest.mark.parametrize("seed", range(20))
def test_whole_numbers_sum_up_and_stray_less_than_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    shares, total = random.random(6) * (random.random(6) > 0.3) + 1e-9, int(random.integers(1, 1000))
    found = whole(shares, total)
    assert found.sum() == total
    exact = [Fraction(share) / sum(map(Fraction, shares)) * total for share in shares.tolist()]
    assert all(abs(number - part) < 1 for number, part in zip(found.tolist(), exact, strict=True))


def test_equal_remainders_go_to_the_first() -> None:
    assert whole([1, 1, 1, 1], 6).tolist() == [2, 2, 1, 1]
    assert whole([1, 1, 1], 3).tolist() == [1, 1, 1]


@pytest.mark.parametrize("dangerous", [0, 1000, -3])
def test_a_share_out_of_range_is_refused(dangerous: int) -> None:
    with pytest.raises(InputError, match=rf"dangerous is {dangerous}, expected a number of cases from 1 to 999\."):
        frequencies(TRUTH, SAID, MATRIX, EACH, dangerous=dangerous)


@pytest.mark.parametrize(("code", "absent"), [(2, "harmless"), (0, "dangerous")])
def test_cases_of_one_kind_only_are_refused(code: int, absent: str) -> None:
    with pytest.raises(InputError, match=f"frequencies need {absent} ones too"):
        frequencies([code, code], [0, 2], MATRIX, [0, 1])


def test_caution_is_chosen_a_member_and_stands_beside_argmax() -> None:
    pool = run("pool", 2.0, seeds=(0, 1), groups=150)
    effect = caution_effect(JudgedRun(pool, MATRIX), Wish("accuracy_loss", 0.03))
    decided = pooled_decisions(JudgedRun(pool, MATRIX), Wish("accuracy_loss", 0.03))
    assert effect.dials == decided.dials
    assert effect.reached
    assert effect.seeds == 2
    assert (decided.argmax != decided.probabilities.argmax(axis=1)).any()  # calibration moves some
    for found, decisions in ((effect.argmax, decided.argmax), (effect.on, decided.dial)):
        expected = rates(decided.truth, decisions, MATRIX, decided.groups, samples=decided.samples)
        for name in ("critical_miss_rate", "over_call_rate", "accuracy", "expected_severity"):
            assert found.rates[name].as_dict() == expected[name].as_dict()
        assert found.dangerous_cases + found.harmless_cases == decided.distinct == 400
    assert effect.on.people["missed"] < effect.argmax.people["missed"]


def test_a_fixed_dial_serves_every_member() -> None:
    pool = run("pool", 2.0, seeds=(0, 1))
    dial = Dial("critical", 0.8)
    effect = caution_effect(JudgedRun(pool, MATRIX), dial, dangerous=30)
    assert effect.dials == (dial, dial)
    assert effect.on.dangerous == effect.argmax.dangerous == 30
    members = calibrate(pool)
    decisions = np.concatenate([decide(m.test_probabilities, MATRIX, 0.8, "critical") for m in members])
    truth = np.concatenate([m.test.truth for m in members])
    missed = MATRIX.critical_cells[truth, decisions][truth == 2].mean()
    assert effect.on.people["missed"] == pytest.approx(30 * missed, abs=1)


def test_the_order_of_classes_in_the_matrix_changes_nothing() -> None:
    pool = run("pool", 2.0)
    plain, turned = (
        caution_effect(JudgedRun(pool, matrix), Wish()) for matrix in (MATRIX, MATRIX.reordered(["c", "a", "b"]))
    )
    assert plain.on.people == turned.on.people


def test_a_wish_that_cannot_be_served_is_said() -> None:
    assert not caution_effect(JudgedRun(run("weak", 0.5), MATRIX), Wish("accuracy_floor", 1.0)).reached
