"""The comparison as JSON, against plain counting."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from riskcore.comparing.comparison import Comparison, compare
from riskcore.comparing.equal_accuracy import equal_accuracies
from riskcore.comparing.paired import line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.errors import InputError
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
BESIDE = RATES - {"expected_severity"}
NO_VALIDATION = "There are no validation cases, so nothing is calibrated and no dial can be chosen."


@pytest.fixture(scope="module")
def found():
    return compare([BETTER, BASE, SAME, BETTER], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()


def test_the_keys_are_those_that_others_read(found) -> None:
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {
        *("baseline", "matrix", "wish", "n", "groups", "critical_cases", "majority_accuracy", "runs", "synthetic")
    }
    for row in found["runs"]:
        assert set(row) == {"id", "loss", "seeds", "argmax", "dial", "equal_accuracy", "chosen"}
        assert set(row["argmax"]) == RATES
        assert set(row["dial"]) == RATES | {"wish", "reached", "absent"}
        assert all(set(row[at][name]) == RATE_KEYS for at in ("argmax", "dial") for name in RATES)
    for row in found["runs"][1:]:
        equal, chosen = row["equal_accuracy"], row["chosen"]
        gaps = {"gap", "over_call_gap", "balanced_accuracy_gap"}
        assert set(equal) == gaps | {"safer", "window", "top", "cer", "baseline_cer", "could_show", "calibrated"}
        assert all(set(equal[name]) == RATE_KEYS for name in gaps)
        assert equal["safer"] in ("yes", "no", "cannot tell", "unreachable")
        assert equal["gap"]["value"] == pytest.approx(equal["cer"] - equal["baseline_cer"])
        dials = {"dials", "baseline_dials"}
        assert set(chosen) == {
            *("floor", "reachable", "why", "difference", "absent", *dials),
            *BESIDE,
            *(f"baseline_{name}" for name in BESIDE),
        }
        assert set(chosen["difference"]) == BESIDE
        for name in BESIDE:
            assert set(chosen[name]) == set(chosen["difference"][name]) == RATE_KEYS
            own, other = chosen[name]["value"], chosen[f"baseline_{name}"]["value"]
            assert chosen["difference"][name]["value"] == pytest.approx(own - other), name
        assert [len(chosen[name]) for name in dials] == [4, 4]  # one a member


def test_the_baseline_leads_and_each_run_is_listed_once(found) -> None:
    assert [(row["id"], row["loss"]) for row in found["runs"]] == list(LABELS.items())
    assert found["runs"][0]["equal_accuracy"] is found["runs"][0]["chosen"] is None


def test_cases_are_counted_once_however_many_seeds_judge_them(found) -> None:
    tests = [member.test for member in BASE.members if member.seed == 0]
    truth = np.concatenate([test.truth for test in tests])
    assert found["n"] == 160
    assert found["groups"] == 80
    assert found["critical_cases"] == int((truth == 2).sum())
    assert found["majority_accuracy"] == max(np.bincount(truth)) / 160
    assert found["runs"][1]["argmax"]["accuracy"]["n"] == 160


def test_rates_are_those_of_the_pooled_decisions(found) -> None:
    decided = pooled_decisions(JudgedRun(BETTER, MATRIX), Wish())
    for at, decisions in (("argmax", decided.argmax), ("dial", decided.dial)):
        own = found["runs"][1][at]
        assert own["accuracy"]["value"] == pytest.approx(np.mean(decided.truth == decisions))
        assert own["cer"]["value"] == pytest.approx(np.mean(MATRIX.values[decided.truth, decisions] >= 9))
        expected = rates(decided.truth, decisions, MATRIX, decided.groups, samples=decided.samples)
        assert own["over_call_rate"] == expected["over_call_rate"].as_dict()


def test_intervals_of_several_runs_are_simultaneous(found) -> None:
    """The same values as of each alone; every interval at one level a measure, and none narrower."""
    alone = [compare([each], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()["runs"][1] for each in (BETTER, SAME)]
    measures = [
        *(lambda row, name=name: row["equal_accuracy"][name] for name in ("gap", "balanced_accuracy_gap")),
        *(lambda row, name=name: row["chosen"]["difference"][name] for name in BESIDE),
    ]
    for measure in measures:
        levels = set()
        for together, single in zip(map(measure, found["runs"][1:]), map(measure, alone), strict=True):
            assert together["value"] == single["value"]
            assert together["low"] <= single["low"] <= single["high"] <= together["high"]
            assert single["method"] == "bootstrap, 50 resamples"
            levels |= set(re.findall(r"simultaneous at z = ([\d.]+)", together["method"]))
        assert len(levels) <= 1
    gaps = [row["equal_accuracy"]["gap"] for row in found["runs"][1:]]
    assert all("simultaneous at z = 2" in gap["method"] for gap in gaps)


def test_could_show_is_that_of_the_simultaneous_interval(found) -> None:
    (alone,) = compare([BETTER], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()["runs"][1:]
    z = float(re.findall(r"z = ([\d.]+)", found["runs"][1]["equal_accuracy"]["gap"]["method"])[0])
    ratio = found["runs"][1]["equal_accuracy"]["could_show"] / alone["equal_accuracy"]["could_show"]
    assert ratio == pytest.approx((z + 0.84) / (1.96 + 0.84), abs=0.005)


def without_validation(pool: RunPredictions) -> RunPredictions:
    return pool.without_validation()


def test_a_side_without_validation_leaves_the_first_answer_uncalibrated_and_nothing_chosen() -> None:
    for runs, base, named in (([without_validation(BETTER)], BASE, "log_harm s=3"), ([BETTER], BASE, "focal")):
        reference = without_validation(base) if named == "focal" else base
        (row,) = compare(runs, reference, MATRIX, labels=LABELS, resamples=50).as_dict()["runs"][1:]
        bare = line_up(
            [JudgedRun(without_validation(BETTER), MATRIX)], JudgedRun(without_validation(BASE), MATRIX), resamples=50
        )
        assert row["equal_accuracy"] == equal_accuracies(bare)[0].as_dict()
        assert row["equal_accuracy"]["calibrated"] is False
        chosen = row["chosen"]
        assert (chosen["reachable"], chosen["why"]) == (False, f"{named}: {NO_VALIDATION}")
        assert {value for name, value in chosen.items() if name not in ("reachable", "why")} == {None}


def test_a_run_without_validation_does_not_keep_dials_from_the_others() -> None:
    found = compare([without_validation(BETTER), SAME], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()["runs"]
    alone = compare([SAME], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()["runs"]
    assert found[2]["chosen"] == alone[1]["chosen"]
    assert found[1]["chosen"]["why"] == f"log_harm s=3: {NO_VALIDATION}"
    assert found[1]["dial"] is None
    assert found[2]["dial"] == alone[1]["dial"]
    assert [row["equal_accuracy"]["calibrated"] for row in found[1:]] == [False, False]
    assert alone[1]["equal_accuracy"]["calibrated"] is True


def test_where_validation_holds_no_critical_case_nothing_is_chosen_and_the_first_answer_stays() -> None:
    def harmless(member: Member) -> Member:
        part = member.validation
        kept = part.truth != 2
        return replace(
            member,
            validation=replace(
                part,
                **{name: getattr(part, name)[kept] for name in ("logits", "truth", "samples", "groups")},
            ),
        )

    first, *rest = BETTER.members
    blind = RunPredictions("better", BETTER.classes, [harmless(first), *rest])
    (row,) = compare([blind], BASE, MATRIX, labels=LABELS, resamples=50).as_dict()["runs"][1:]
    assert row["equal_accuracy"]["calibrated"] is True
    assert row["equal_accuracy"]["safer"] in ("yes", "no", "cannot tell")
    assert row["chosen"]["why"] == (
        "log_harm s=3: Validation of seed 0 fold 0 holds no case of a critical class (c), so no dial can be chosen on "
        "it."
    )
    assert row["dial"] is None


def test_recipes_need_five_seeds_on_every_side() -> None:
    def comparison(ours: int, theirs: int) -> Comparison:
        pools = [
            run(name, 1.5, n=60, seeds=tuple(range(count)), noise=noise)
            for name, count, noise in (("better", ours, 1), ("base", theirs, 2))
        ]
        return compare(pools[:1], pools[1], MATRIX, labels=LABELS, resamples=5)

    assert [comparison(*seeds).of_recipes for seeds in ((5, 5), (5, 1), (4, 4))] == [True, False, False]


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
    assert found.others[0].equal_accuracy.window == pytest.approx((0.59, 0.61))
    assert found.others[0].chosen.floor == pytest.approx(0.6)


def test_a_baseline_alone_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        compare([BASE], BASE, MATRIX, labels=LABELS)
    assert str(caught.value) == "There is nothing to compare base with; name at least one other run, pool or file."


def test_other_test_cases_are_refused() -> None:
    other = run("other", 1.5, n=80, folds=(0, 1), groups=40)
    strangers = RunPredictions("other", other.classes, [Member(cases(9, 1, 1), cases(9, 1, 1), fold=f) for f in (0, 1)])
    with pytest.raises(InputError, match="base"):
        compare([strangers], BASE, MATRIX, labels={**LABELS, "other": "ce"})
