"""Rates within subgroups: those of their cases alone, and nothing of too few."""

from dataclasses import replace

import numpy as np

from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.report import report_on
from riskcore.judging.subgroups import subgroup_rates
from riskcore.metrics import rates
from riskcore.predictions import Member, RunPredictions
from tests.helpers.simulated import MATRIX, run


def with_sex(pool: RunPredictions, values: np.ndarray) -> RunPredictions:
    members = [
        Member(m.validation, replace(m.test, subgroups={"sex": values, "site": np.full(len(m.test), "arm")}), m.seed)
        for m in pool.members
    ]
    return RunPredictions(pool.id, pool.classes, members)


def test_each_value_has_the_rates_of_its_cases_and_counts_cases_once() -> None:
    values = np.array(["male"] * 150 + [""] * 100 + ["female"] * 150)
    turned = MATRIX.reordered(["c", "a", "b"])
    pool = pooled_decisions(JudgedRun(with_sex(run("pool", 1.5, seeds=(0, 1)), values), turned), Wish())
    rows = subgroup_rates(pool)
    assert [(row.column, row.value) for row in rows] == [
        ("sex", "female"),
        ("sex", "male"),
        ("sex", "unknown"),
        ("site", "arm"),
    ]
    inside = np.tile(values == "male", 2)
    expected = rates(pool.truth[inside], pool.dial[inside], MATRIX, pool.groups[inside], samples=pool.samples[inside])
    assert rows[1].rates == expected
    once = pool.truth[:400][values == "male"]
    assert rows[1].cases["accuracy"] == rows[1].cases["cer"] == 150
    assert rows[1].cases["critical_miss_rate"] == (once == 2).sum()
    assert rows[1].cases["over_call_rate"] == (once != 2).sum()


def test_ages_stand_in_order() -> None:
    values = np.array(["70+"] * 100 + ["<30"] * 100 + [""] * 100 + ["30-49"] * 100)
    pool = pooled_decisions(JudgedRun(with_sex(run("pool", 1.5), values), MATRIX), Wish())
    rows = subgroup_rates(pool)
    assert [row.value for row in rows if row.column == "sex"] == ["<30", "30-49", "70+", "unknown"]


def test_a_rate_of_fewer_than_20_cases_is_left_out_even_where_the_subgroup_is_larger() -> None:
    pool = pooled_decisions(JudgedRun(run("pool", 1.5), MATRIX), Wish())
    truth = pool.truth
    few = np.full(400, "many", dtype="U5")
    few[np.flatnonzero(truth == 2)[:19]] = "few"
    few[np.flatnonzero(truth != 2)[:30]] = "few"
    tiny = np.full(400, "many", dtype="U5")
    tiny[:19] = "tiny"
    for values, name in ((few, "few"), (tiny, "tiny")):
        rows = subgroup_rates(pooled_decisions(JudgedRun(with_sex(run("pool", 1.5), values), MATRIX), Wish()))
        (row,) = (row for row in rows if row.value == name)
        if name == "few":
            assert "critical_miss_rate" not in row.rates
            assert {"accuracy", "over_call_rate"} <= set(row.rates)
            assert (row.cases["accuracy"], row.cases["critical_miss_rate"]) == (49, 19)
        else:
            assert row.rates == {}


def test_the_report_and_the_screen_claim_the_same() -> None:
    values = np.array(["male"] * 60 + [""] * 15 + ["female"] * 325)
    predictions = with_sex(run("pool", 1.5, seeds=(0, 1)), values)
    shown = {(row.column, row.value): row for row in subgroup_rates(pooled_decisions(JudgedRun(predictions, MATRIX)))}
    told = report_on(JudgedRun(predictions, MATRIX), Wish(), data="toy").as_dict()["subgroups"]
    assert len(told) == len(shown)
    for row in told:
        screen, given = shown[row["column"], row["value"]], row["rates"] or {}
        assert {name for name, rate in given.items() if rate["value"] is not None} == set(screen.rates)
        assert all(rate["cases"] == screen.cases[name] for name, rate in given.items())
    few = shown["sex", "male"].cases["critical_miss_rate"]
    assert 0 < few < 20  # more than 20 with the second seed, which repeats them


def test_a_value_named_unknown_is_not_one_that_is_not_told() -> None:
    values = np.array([""] * 100 + ["unknown"] * 300)
    pool = pooled_decisions(JudgedRun(with_sex(run("pool", 1.5), values), MATRIX), Wish())
    rows = [row for row in subgroup_rates(pool) if row.column == "sex"]
    assert sorted(row.cases["accuracy"] for row in rows) == [100, 300]


def test_a_data_set_without_subgroups_has_none() -> None:
    assert subgroup_rates(pooled_decisions(JudgedRun(run("pool", 1.5), MATRIX), Wish())) == []
