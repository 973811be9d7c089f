"""Runs held to a floor: the same dials, rates and curves that the slow, plain way gives."""

import numpy as np
import pytest

from riskcore.comparing.chosen import all_at_chosen_dials
from riskcore.comparing.paired import line_up
from riskcore.comparing.rate_differences import RATES
from riskcore.decision.dial import Dial, decide, decide_grid, dial_grid
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import calibrate, pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.standings import (
    DeliveredRun,
    HeldRun,
    Standing,
    by_danger,
    fewest_dangerous,
)
from riskcore.metrics import rates
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import RULES, SeverityMatrix
from tests.helpers.simulated import MATRIX, run

POOL = run("pool", 1.5, n=120, groups=60, seeds=(0, 1), folds=(0, 1), noise=1)
OTHER = run("other", 2.0, n=120, groups=60, seeds=(0, 1), folds=(0, 1), noise=2)


@pytest.mark.parametrize("floor", [0.0, 0.6, 0.75, 0.99])
def test_a_floor_gives_the_dials_and_rates_of_the_wish(floor: float) -> None:
    standing = HeldRun(JudgedRun(POOL, MATRIX)).at(floor)
    decided = pooled_decisions(JudgedRun(POOL, MATRIX), Wish("accuracy_floor", floor))
    assert standing.dials == decided.dials
    assert standing.reached == decided.reached
    assert standing.rates == rates(decided.truth, decided.dial, MATRIX, decided.groups, samples=decided.samples)


@pytest.mark.parametrize("caution", [Wish(), Wish("least_severity", 0.0), Dial("critical", 0.4)])
def test_a_caution_gives_the_dials_and_rates_that_it_stands_for(caution: Wish | Dial) -> None:
    standing = HeldRun(JudgedRun(POOL, MATRIX)).cautious(caution)
    decided = pooled_decisions(JudgedRun(POOL, MATRIX), caution)
    assert standing.dials == decided.dials
    assert standing.rates == rates(decided.truth, decided.dial, MATRIX, decided.groups, samples=decided.samples)
    on_validation = pooled_decisions(JudgedRun(POOL.on_validation(), MATRIX), caution)
    errors = MATRIX.critical_cells[on_validation.truth, on_validation.dial]
    assert standing.validation_cer == pytest.approx(errors.mean())
    assert standing.reached == decided.reached


def test_each_member_is_held_to_the_baselines_floor_as_where_dials_are_chosen() -> None:
    baseline = HeldRun(JudgedRun(POOL, MATRIX))
    (expected,) = all_at_chosen_dials(line_up([JudgedRun(OTHER, MATRIX)], JudgedRun(POOL, MATRIX), resamples=2))
    standing = HeldRun(JudgedRun(OTHER, MATRIX)).at(baseline.default_floors)
    assert baseline.default_floor == pytest.approx(expected.floor)
    assert len(set(baseline.default_floors.values())) > 1  # else a single floor would pass, too
    assert [(dial.rule, dial.aversion) for dial in standing.dials] == [
        (dial.rule, dial.aversion) for dial in expected.dials
    ]
    for name in RATES:
        assert standing.rates[name].value == pytest.approx(expected.rates[name].value)
        own = baseline.at(baseline.default_floors).rates[name]
        assert own.value == pytest.approx(expected.baseline_rates[name].value)


def test_a_matrix_in_another_order_changes_nothing() -> None:
    turned = MATRIX.reordered(["c", "a", "b"])
    assert HeldRun(JudgedRun(POOL, turned)).at(0.7) == HeldRun(JudgedRun(POOL, MATRIX)).at(0.7)


def test_argmax_is_that_of_the_raw_logits_and_cases_are_counted_once() -> None:
    held = HeldRun(JudgedRun(POOL, MATRIX))
    truth = np.concatenate([member.test.truth for member in POOL.members])
    said = np.concatenate([member.test.logits.argmax(axis=1) for member in POOL.members])
    assert held.argmax["cer"].value == pytest.approx(np.mean(MATRIX.values[truth, said] >= 9))
    assert held.cases == 240
    first = np.concatenate([member.test.truth for member in POOL.members if member.seed == 0])
    assert held.critical_cases == (first == 2).sum()
    assert held.majority_accuracy == pytest.approx(np.bincount(first).max() / len(first))


def test_the_best_accuracy_is_the_highest_floor_that_all_members_reach() -> None:
    held = HeldRun(JudgedRun(POOL, MATRIX))
    assert held.at(held.best_accuracy).reached
    assert not held.at(held.best_accuracy + 1e-6).reached


def plain_points(seed: int) -> list[dict[str, float]]:
    """Every setting of both rules, counted case by case, in ascending order of aversion."""
    members = [member for member in calibrate(POOL) if member.seed == seed]
    truth = np.concatenate([member.test.truth for member in members])
    points = []
    per_rule = {
        rule: np.concatenate([decide_grid(member.test_probabilities, MATRIX, rule) for member in members])
        for rule in RULES
    }
    for place in range(len(dial_grid())):
        for rule in RULES:
            said = per_rule[rule][:, place]
            harmless = truth != 2
            critical = MATRIX.values[truth, said] >= 9
            points.append(
                {
                    "accuracy": np.mean(said == truth),
                    "cer": np.mean(critical),
                    "critical_miss_rate": critical.sum() / (truth == 2).sum(),
                    "expected_severity": np.mean(MATRIX.values[truth, said]),
                    "over_call_rate": np.mean(said[harmless] == 2),
                }
            )
    return points


@pytest.mark.parametrize("measure", ["cer", "critical_miss_rate", "expected_severity"])
def test_a_curve_is_the_least_that_can_be_had_with_an_accuracy(measure: str) -> None:
    for curve, seed in zip(HeldRun(JudgedRun(POOL, MATRIX)).curves(measure), (0, 1), strict=True):
        points = plain_points(seed)
        np.testing.assert_allclose(curve.accuracy, sorted({point["accuracy"] for point in points}))
        least = [min(p[measure] for p in points if p["accuracy"] >= level - 1e-12) for level in curve.accuracy]
        np.testing.assert_allclose(curve.value, least)


def test_false_alarms_are_those_of_the_least_cer() -> None:
    for curve, seed in zip(HeldRun(JudgedRun(POOL, MATRIX)).curves("over_call_rate"), (0, 1), strict=True):
        points = plain_points(seed)
        for level, value in zip(curve.accuracy, curve.value, strict=True):
            able = [point for point in points if point["accuracy"] >= level - 1e-12]
            best = min(able, key=lambda point: (round(point["cer"], 9), -round(point["accuracy"], 9)))
            assert value == pytest.approx(best["over_call_rate"])


def test_what_cannot_be_held_is_refused() -> None:
    bare = RunPredictions("bare", MATRIX.classes, [Member(Cases.empty(3), POOL.members[0].test)])
    with pytest.raises(InputError) as caught:
        HeldRun(JudgedRun(bare, MATRIX))
    assert str(caught.value) == (
        "bare: There are no validation cases, so nothing is calibrated and no dial can be chosen."
    )
    harmless = SeverityMatrix(MATRIX.classes, MATRIX.values, critical=99)
    with pytest.raises(InputError, match="no confusion is critical"):
        HeldRun(JudgedRun(POOL, harmless))
    with pytest.raises(InputError) as caught:
        HeldRun(JudgedRun(POOL, MATRIX)).at({(0, 0): 0.7})
    assert str(caught.value) == "pool: there is no floor for seed 0, fold 1."


def standing(id: str, accuracy: float, cer: float, reached: bool = True, validation: float = 0.5) -> Standing:
    from riskcore.metrics import Rate

    def rate(value: float) -> Rate:
        return Rate(value, 0.0, 1.0, None, 100, 100, "made up")

    return Standing(id, {"accuracy": rate(accuracy), "cer": rate(cer)}, (), validation, reached)


def test_validation_ranks_those_that_reach_the_floor_and_test_does_not() -> None:
    lucky = standing("lucky", 0.8, 0.01, validation=0.03)
    chosen = standing("chosen", 0.7, 0.02, validation=0.02)
    far = standing("far", 0.6, 0.0, reached=False, validation=0.0)
    assert [one.id for one in by_danger([far, lucky, chosen])] == ["chosen", "lucky", "far"]
    assert fewest_dangerous([lucky, chosen, far]) is chosen
    assert fewest_dangerous([far]) is None


def test_the_cer_on_validation_is_that_of_the_dials_on_the_members_own_parts() -> None:
    found = HeldRun(JudgedRun(POOL, MATRIX)).at(0.7)
    wrong = cases = 0
    for member, dial in zip(calibrate(POOL), found.dials, strict=True):
        decisions = decide(member.validation_probabilities, MATRIX, dial.aversion, dial.rule)
        wrong += int(MATRIX.critical_cells[member.validation.truth, decisions].sum())
        cases += len(member.validation)
    assert found.validation_cer == pytest.approx(wrong / cases)


def test_a_model_without_validation_decides_as_delivered_and_is_ranked_last() -> None:
    judged = JudgedRun(run("vendor.csv", 1.5).without_validation(), MATRIX)
    with pytest.raises(InputError, match="no validation cases"):
        HeldRun(judged)
    delivered, plain = DeliveredRun(judged), JudgedRun(run("plain", 1.5), MATRIX)
    held = HeldRun(plain)
    likeliest = delivered.argmax
    for found in (delivered.at(0.9), delivered.at(held.default_floors), delivered.cautious(Wish())):
        assert found.rates["cer"].value == likeliest["cer"].value
        assert found.rates["accuracy"].value == likeliest["accuracy"].value
        assert not found.reached
    dial = Dial("critical", 0.6)
    followed = delivered.cautious(dial)
    assert followed.dials == (dial,)
    assert followed.reached
    assert followed.rates["cer"].value < likeliest["cer"].value
    assert [one.id for one in by_danger([delivered.at(0.9), held.at(0.99)])] == ["plain", "vendor.csv"]
    assert delivered.best_accuracy == 0.0
    assert len(delivered.curves()) == 1
