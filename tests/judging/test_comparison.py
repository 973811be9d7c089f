"""The comparison as JSON, against plain counting."""

import json

import numpy as np
import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.comparison import Comparison, compare
from riskcore.judging.equal_accuracy import equal_accuracy, frontier_area, holm_adjusted
from riskcore.metrics import rates
from riskcore.predictions import Member, RunPredictions
from tests.helpers.simulated import MATRIX, cases, run

SMALL = {"n": 80, "groups": 40, "seeds": (0, 1), "folds": (0, 1)}
BASE = run("base", 1.5, noise=1, **SMALL)
BETTER = run("better", 2.5, noise=2, **SMALL)
SAME = run("same", 1.5, noise=3, **SMALL)
LABELS = {"base": "focal", "better": "log_harm s=3", "same": "ce"}
RATE_KEYS = {"value", "low", "high", "events", "n", "groups", "method"}
RATES = {"accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity", "balanced_accuracy"}


@pytest.fixture(scope="module")
def found():
    return compare([BETTER, BASE, SAME, BETTER], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()


def test_the_keys_are_those_that_others_read(found) -> None:
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {
        *("baseline", "matrix", "wish", "n", "groups", "critical_cases", "majority_accuracy", "runs", "synthetic")
    }
    for row in found["runs"]:
        assert set(row) == {"id", "loss", "seeds", "argmax", "dial", "equal_accuracy", "frontier_area"}
        assert set(row["argmax"]) == RATES
        assert set(row["dial"]) == RATES | {"wish", "reached"}
        assert all(set(row[at][name]) == RATE_KEYS for at in ("argmax", "dial") for name in RATES)
    for row in found["runs"][1:]:
        equal = row["equal_accuracy"]
        assert {"floor", "accuracy", "cer", "baseline_accuracy", "baseline_cer", "difference", "safer"} <= set(equal)
        assert {"cer", "accuracy"} <= set(equal["difference"])
        assert equal["safer"] in ("yes", "no", "undecided", "unreachable")


def test_the_baseline_leads_and_each_run_is_listed_once(found) -> None:
    assert [(row["id"], row["loss"]) for row in found["runs"]] == list(LABELS.items())
    assert found["runs"][0]["equal_accuracy"] is found["runs"][0]["frontier_area"] is None


def test_cases_are_counted_once_however_many_seeds_judge_them(found) -> None:
    tests = [member.test for member in BASE.members if member.seed == 0]
    truth = np.concatenate([test.truth for test in tests])
    assert found["n"] == 160
    assert found["groups"] == 80
    assert found["critical_cases"] == int((truth == 2).sum())
    assert found["majority_accuracy"] == max(np.bincount(truth)) / 160
    assert found["runs"][1]["argmax"]["accuracy"]["n"] == 320  # over both seeds


def test_rates_are_those_of_the_pooled_decisions(found) -> None:
    decided = pooled_decisions(JudgedRun(BETTER, MATRIX), Wish())
    for at, decisions in (("argmax", decided.argmax), ("dial", decided.dial)):
        own = found["runs"][1][at]
        assert own["accuracy"]["value"] == pytest.approx(np.mean(decided.truth == decisions))
        assert own["cer"]["value"] == pytest.approx(np.mean(MATRIX.values[decided.truth, decisions] >= 9))
        expected = rates(decided.truth, decisions, MATRIX, decided.groups, samples=decided.samples)
        assert own["over_call_rate"] == expected["over_call_rate"].as_dict()


def test_answers_are_corrected_for_the_number_of_runs(found) -> None:
    raw = [equal_accuracy(other, BASE, MATRIX, resamples=50) for other in (BETTER, SAME)]
    assert [row["equal_accuracy"] for row in found["runs"][1:]] == [own.as_dict() for own in holm_adjusted(raw)]
    area = frontier_area(JudgedRun(BETTER, MATRIX), JudgedRun(BASE, MATRIX), resamples=50)
    assert found["runs"][1]["frontier_area"] == area.as_dict()
    assert area.value < 0


def test_areas_can_be_left_out(found) -> None:
    bare = compare([BETTER], BASE, MATRIX, labels=LABELS, resamples=50, areas=False).as_dict()["runs"]
    assert [row["frontier_area"] for row in bare] == [None, None]
    assert bare[1]["argmax"] == found["runs"][1]["argmax"]


def test_a_matrix_in_another_order_changes_nothing(found) -> None:
    turned = MATRIX.reordered(["c", "a", "b"])
    again = compare([BETTER, SAME], BASE, turned, labels=LABELS, resamples=50).as_dict()
    assert again["runs"] == found["runs"]
    assert again["matrix"] == found["matrix"]


def test_a_floor_and_a_wish_are_passed_on() -> None:
    wish = Wish("least_severity", 0)
    found: Comparison = compare([BETTER], BASE, MATRIX, labels=LABELS, wish=wish, floor=0.6, resamples=5)
    assert found.wish == wish
    assert found.as_dict()["runs"][1]["dial"]["wish"] == "least_severity"
    assert found.others[0].equal_accuracy.floor == 0.6


def test_a_baseline_alone_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        compare([BASE], BASE, MATRIX, labels=LABELS)
    assert str(caught.value) == "There is nothing to compare base with; name at least one other run or pool."


def test_other_test_cases_are_refused() -> None:
    other = run("other", 1.5, n=80, folds=(0, 1), groups=40)
    strangers = RunPredictions("other", other.classes, [Member(cases(9, 1, 1), cases(9, 1, 1), fold=f) for f in (0, 1)])
    with pytest.raises(InputError, match="base"):
        compare([strangers], BASE, MATRIX, labels={**LABELS, "other": "ce"})
