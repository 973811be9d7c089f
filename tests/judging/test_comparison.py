"""The comparison as JSON, against plain counting, and the sentences that it is read by."""

import dataclasses
import json

import numpy as np
import pytest

from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
from riskcore.judging.comparison import compare, sentence
from riskcore.judging.equal_accuracy import equal_accuracy, frontier_area, holm_adjusted
from riskcore.metrics import Rate, rates
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
    return compare([BETTER, BASE, SAME, BETTER], BASE, MATRIX, labels=LABELS, resamples=50)


def test_the_keys_are_those_that_others_read(found) -> None:
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {*("baseline", "matrix", "wish", "n", "groups", "critical_cases", "majority_accuracy", "runs")}
    for row in found["runs"]:
        assert set(row) == {"id", "loss", "seeds", "argmax", "dial", "equal_accuracy", "frontier_area", "sentence"}
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
    assert (
        found["runs"][0]["equal_accuracy"] is found["runs"][0]["frontier_area"] is found["runs"][0]["sentence"] is None
    )


def test_cases_are_counted_once_however_many_seeds_judge_them(found) -> None:
    tests = [member.test for member in BASE.members if member.seed == 0]
    truth = np.concatenate([test.truth for test in tests])
    assert found["n"] == 160
    assert found["groups"] == 80
    assert found["critical_cases"] == int((truth == 2).sum())
    assert found["majority_accuracy"] == max(np.bincount(truth)) / 160
    assert found["runs"][1]["argmax"]["accuracy"]["n"] == 320  # over both seeds


def test_rates_are_those_of_the_pooled_decisions(found) -> None:
    decided = pooled_decisions(BETTER, MATRIX, Wish())
    for at, decisions in (("argmax", decided.argmax), ("dial", decided.dial)):
        own = found["runs"][1][at]
        assert own["accuracy"]["value"] == pytest.approx(np.mean(decided.truth == decisions))
        assert own["cer"]["value"] == pytest.approx(np.mean(MATRIX.values[decided.truth, decisions] >= 9))
        expected = rates(decided.truth, decisions, MATRIX, decided.groups, samples=decided.samples)
        assert own["over_call_rate"] == expected["over_call_rate"].as_dict()


def test_answers_are_corrected_for_the_number_of_runs(found) -> None:
    raw = [equal_accuracy(other, BASE, MATRIX, resamples=50) for other in (BETTER, SAME)]
    assert [row["equal_accuracy"] for row in found["runs"][1:]] == [own.as_dict() for own in holm_adjusted(raw)]
    area = frontier_area(BETTER, BASE, MATRIX, resamples=50)
    assert found["runs"][1]["frontier_area"] == area.as_dict()
    assert area.value < 0


def test_areas_can_be_left_out(found) -> None:
    bare = compare([BETTER], BASE, MATRIX, labels=LABELS, resamples=50, areas=False)["runs"]
    assert [row["frontier_area"] for row in bare] == [None, None]
    assert bare[1]["argmax"] == found["runs"][1]["argmax"]


def test_a_matrix_in_another_order_changes_nothing(found) -> None:
    turned = MATRIX.reordered(["c", "a", "b"])
    again = compare([BETTER, SAME], BASE, turned, labels=LABELS, resamples=50)
    assert again["runs"] == found["runs"]
    assert again["matrix"] == found["matrix"]


def test_a_floor_and_a_wish_are_passed_on() -> None:
    found = compare([BETTER], BASE, MATRIX, labels=LABELS, wish=Wish("least_severity", 0), floor=0.6, resamples=5)
    assert found["wish"] == found["runs"][1]["dial"]["wish"] == "least_severity"
    assert found["runs"][1]["equal_accuracy"]["floor"] == 0.6


def test_a_baseline_alone_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        compare([BASE], BASE, MATRIX, labels=LABELS)
    assert str(caught.value) == "There is nothing to compare base with; name at least one other run or pool."


def test_other_test_cases_are_refused() -> None:
    other = run("other", 1.5, n=80, folds=(0, 1), groups=40)
    strangers = RunPredictions("other", other.classes, [Member(cases(9, 1, 1), cases(9, 1, 1), fold=f) for f in (0, 1)])
    with pytest.raises(InputError, match="base"):
        compare([strangers], BASE, MATRIX, labels={**LABELS, "other": "ce"})


# --- sentences

TEMPLATE = equal_accuracy(BETTER, BASE, MATRIX, resamples=2)


def judged(fewer, least, most, *, n=394, safer="undecided", accuracy=(0.741, 0.743), points=(0.0, 0.01)):
    """A comparison in which so many cases fewer are missed, with the interval from `least` to `most` fewer."""

    def rate(value, low, high, n):
        return Rate(value, low, high, None, n, n, "made up")

    missed = rate(-fewer / n, -most / n, -least / n, n)
    cer = rate(-fewer / 1000, -most / 1000, -least / 1000, 1000)
    return dataclasses.replace(
        TEMPLATE,
        floor=0.74,
        accuracy=rate(accuracy[0], 0, 1, 1000),
        baseline_accuracy=rate(accuracy[1], 0, 1, 1000),
        difference={"cer": cer, "accuracy": rate(0.0, *points, 1000), "critical_miss_rate": missed},
        safer=safer,
    )


def said(result) -> str:
    text = sentence("log_harm s=3", "focal", result)
    start = "log_harm s=3 against focal: at 74.1 % accuracy (baseline 74.3 %): "
    assert text.startswith(start)
    return text.removeprefix(start)


def test_the_sentence_of_the_issue() -> None:
    assert said(judged(19, 11, 27, safer="yes")) == (
        "19 fewer missed dangerous cases in 394, 95 % interval 11 to 27. Safer at equal accuracy."
    )


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((19, 11, 27), "19 fewer missed dangerous cases in 394, 95 % interval 11 to 27."),
        ((7, -3, 15), "7 fewer missed dangerous cases in 394, 95 % interval 3 more to 15 fewer."),
        ((7, 0, 15), "7 fewer missed dangerous cases in 394, 95 % interval 0 to 15."),
        ((0, 0, 0), "as many missed dangerous cases in 394, 95 % interval 0 to 0."),
        ((0, -2, 1), "as many missed dangerous cases in 394, 95 % interval 2 more to 1 fewer."),
        ((0, -2, 0), "as many missed dangerous cases in 394, 95 % interval 2 more to as many."),
        ((-0.0, -0.2, -0.1), "as many missed dangerous cases in 394, 95 % interval 0 to 0."),
        ((-1, -9, 2), "1 more missed dangerous case in 394, 95 % interval 9 more to 2 fewer."),
        ((1, -2, 3), "1 fewer missed dangerous case in 394, 95 % interval 2 more to 3 fewer."),
        ((-4, -9, 2), "4 more missed dangerous cases in 394, 95 % interval 9 more to 2 fewer."),
        ((-4, -9, -1), "4 more missed dangerous cases in 394, 95 % interval 1 to 9."),
        ((-4, -9, 0), "4 more missed dangerous cases in 394, 95 % interval 0 to 9."),
    ],
)
def test_signs_and_the_order_of_the_interval(counts, text) -> None:
    assert said(judged(*counts)).startswith(text)


def test_thousands_are_grouped() -> None:
    assert said(judged(1200, 1100, 1300, n=4000)).startswith(
        "1,200 fewer missed dangerous cases in 4,000, 95 % interval 1,100 to 1,300."
    )


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (judged(19, 11, 27, safer="yes"), "Safer at equal accuracy."),
        (judged(-19, -27, -11, safer="no"), "Not safer at equal accuracy."),
        (judged(3, -2, 8), "Undecided: the data cannot tell."),
        (judged(9, 2, 16, points=(-0.02, 0.01)), "Undecided: its accuracy may be more than 0.5 points lower."),
        (judged(9, 2, 16), "Undecided: not significant among several comparisons (Holm)."),
    ],
)
def test_the_answer_and_its_reason(result, verdict) -> None:
    assert said(result).endswith(f". {verdict}")


def test_what_cannot_be_compared_is_said() -> None:
    assert sentence("ce", "focal", judged(0, 0, 0, safer="unreachable")) == (
        "ce against focal: 74.0 % accuracy on validation is not reached by both; choose a lower floor."
    )
    nothing = dataclasses.replace(
        judged(0, 0, 0), difference={"critical_miss_rate": Rate(*[np.nan] * 3, None, 0, 0, "")}
    )
    assert sentence("ce", "focal", nothing) == (
        "ce against focal: at 74.1 % accuracy (baseline 74.3 %) there is no case of a critical class to miss."
    )
