"""Details of a run: each measure on the summed probability of the critical classes, with the report and its JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import PooledDecisions, pooled_decisions
from riskcore.judging.details import Details, details, risk_curves
from riskcore.judging.report import report_on
from riskcore.metrics import holm, net_benefit, risk_calibration, stated_points, subgroup_difference
from riskcore.predictions import Cases, Member, RunPredictions
from tests.helpers.simulated import MATRIX, run


def decided(**columns: np.ndarray) -> PooledDecisions:
    plain = run("pool", 1.5, groups=150)
    members = [Member(m.validation, replace(m.test, subgroups=columns), m.seed) for m in plain.members]
    return pooled_decisions(JudgedRun(RunPredictions("pool", MATRIX.classes, members), MATRIX), Wish())


def test_each_measure_is_of_the_risk_of_the_critical_class() -> None:
    cases = decided()
    found = details(cases, cases.dial)
    of = cases.truth == 2, cases.probabilities[:, 2], cases.groups
    assert found.calibrated
    assert found.calibration == risk_calibration(*of)
    assert found.net_benefit == net_benefit(*of)
    assert found.stated_points == stated_points(*of)
    assert (found.subgroup_tests, found.flow) == ((), None)


def test_a_second_seed_that_says_the_same_makes_no_interval_narrower() -> None:
    plain = run("pool", 1.5, groups=150)
    member = plain.members[0]
    twice = RunPredictions("twice", MATRIX.classes, [member, replace(member, seed=1)])
    once, again = (
        details(cases := pooled_decisions(JudgedRun(each, MATRIX), Wish()), cases.dial) for each in (plain, twice)
    )
    pairs = [(getattr(once.calibration, name), getattr(again.calibration, name)) for name in ("slope", "intercept")]
    pairs += [(a.model, b.model) for a, b in zip(once.net_benefit, again.net_benefit, strict=True)]
    pairs += [(a.found, b.found) for a, b in zip(once.stated_points, again.stated_points, strict=True)]
    pairs += [(a.observed, b.observed) for a, b in zip(once.calibration.curve, again.calibration.curve, strict=True)]
    for first, second in pairs:
        assert second.value == pytest.approx(first.value, abs=1e-9)
        assert second.high - second.low >= 0.98 * (first.high - first.low)


def test_subgroups_are_tested_on_the_decisions_and_corrected_over_the_columns_of_a_rate() -> None:
    rng = np.random.default_rng(0)
    sex, site = np.where(np.arange(400) < 200, "f", "m"), rng.choice(["arm", "leg"], 400)
    cases = decided(sex=sex, site=site, hospital=np.full(400, "one"))
    found = details(cases, cases.argmax).subgroup_tests
    assert [(test.column, test.rate) for test in found[:3]] == [
        ("sex", "accuracy"),
        ("sex", "critical_miss_rate"),
        ("sex", "over_call_rate"),
    ]
    by_key = {(test.column, test.rate): test for test in found}
    correct = cases.argmax == cases.truth
    expected = subgroup_difference(correct, np.ones(400, bool), sex, cases.groups)
    assert by_key["sex", "accuracy"].difference == expected
    raw = [by_key[column, "accuracy"].difference.p for column in ("sex", "site")]
    assert [by_key[column, "accuracy"].corrected for column in ("sex", "site")] == holm(raw).tolist()
    assert by_key["hospital", "accuracy"].as_dict() == {
        "column": "hospital",
        "rate": "accuracy",
        "values": ["one"],
        "p": None,
        "draws": 0,
        "corrected": None,
    }


def test_a_part_without_a_critical_case_gives_nulls_with_the_reason_and_never_zero() -> None:
    plain = run("mild", 1.5)
    mild = [
        Member(m.validation, replace(m.test, truth=np.where(m.test.truth == 2, 0, m.test.truth))) for m in plain.members
    ]
    judged = JudgedRun(RunPredictions("mild", MATRIX.classes, mild), MATRIX)
    cases = pooled_decisions(judged, Dial("severity", 0.0))
    found = details(cases, cases.dial).as_dict()
    for name in ("slope", "intercept", "expected_observed"):
        assert (found["calibration"][name]["value"], found["calibration"][name]["method"]) == (None, "no critical case")
    assert {point["found"]["value"] for point in found["stated_points"]} == {None}
    assert {point["found"]["method"] for point in found["stated_points"]} == {"no critical case"}


def test_without_validation_cases_the_probabilities_are_as_they_are_and_that_is_said() -> None:
    plain = run("file", 1.5).members[0].test
    judged = JudgedRun(RunPredictions("file", MATRIX.classes, [Member(Cases.empty(3), plain)]), MATRIX)
    cases = pooled_decisions(judged, Dial("severity", 0.0))
    found = details(cases, cases.dial)
    assert not found.calibrated
    shifted = np.exp(plain.logits[:, 2]) / np.exp(plain.logits).sum(axis=1)
    expected = risk_calibration(plain.truth == 2, shifted, plain.groups)
    assert found.calibration.slope.value == pytest.approx(expected.slope.value)
    assert found.calibration.intercept.value == pytest.approx(expected.intercept.value)


@pytest.mark.parametrize("detailed", [False, True])
def test_a_report_has_them_where_they_are_asked_for_and_its_json_is_json(detailed: bool) -> None:
    flow = [{"run": "a", "fold": None, "listed": 3}]
    report = report_on(JudgedRun(run("pool", 1.5), MATRIX), Wish(), data="toy", detailed=detailed, flow=flow)
    assert isinstance(report.details, Details) == detailed
    document = json.loads(json.dumps(report.as_dict()))
    assert (document["details"] is not None) == detailed
    if detailed:
        assert list(document["details"]) == [
            *("calibrated", "calibration", "net_benefit", "stated_points", "subgroup_tests", "flow")
        ]
        assert document["details"]["flow"] == flow
        assert len(document["details"]["net_benefit"]) == 99


def test_the_auroc_within_the_runs_of_a_pool_stands_beside_the_pooled_one() -> None:
    pool, single = (
        report_on(JudgedRun(run("pool", 1.5, folds=folds), MATRIX), Wish(), data="toy").probability_measures
        for folds in ([0, 1], None)
    )
    assert "critical_auroc_within_folds" in pool
    assert "critical_auroc_within_folds" not in single
    assert pool["critical_auroc_within_folds"].value != pool["critical_auroc"].value


def test_the_curves_are_those_of_the_details_whatever_is_decided() -> None:
    plain = run("pool", 1.5, seeds=(0, 1), groups=150)
    judged = JudgedRun(plain, MATRIX)
    cases = pooled_decisions(judged, Wish())
    found, curves = details(cases, cases.dial), risk_curves(judged)
    assert curves.calibration == found.calibration
    assert curves.net_benefit == found.net_benefit
    assert (curves.calibrated, curves.cases, curves.groups) == (True, 400, 150)
    assert curves.dangerous_cases == (plain.members[0].test.truth == 2).sum()
    assert not risk_curves(JudgedRun(plain.without_validation(), MATRIX)).calibrated
