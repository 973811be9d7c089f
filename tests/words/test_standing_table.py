"""The table of runs at one floor: in words for a screen, in numbers for a file."""

import pytest

from riskcore.comparing.comparison import compare
from riskcore.decision.judged_run import JudgedRun
from riskcore.formats import count
from riskcore.judging.standings import HeldRun, by_danger
from riskcore.words.answer import per_thousand, short_answer
from riskcore.words.standing_table import numbers_table, shown_table
from tests.helpers.simulated import MATRIX, run

LABELS = {"weak": "plain", "strong": "with severity"}
SIDES = (("weak", 1.0, 1), ("strong", 3.0, 2))
HELD = {
    name: HeldRun(JudgedRun(run(name, skill, n=200, seeds=(0, 1), noise=noise), MATRIX)) for name, skill, noise in SIDES
}
STANDINGS = [held.at(0.7) for held in HELD.values()]


def test_the_order_is_that_of_the_ranking() -> None:
    assert [one.id for one in by_danger(STANDINGS)] == ["strong", "weak"]
    assert not next(one for one in STANDINGS if one.id == "weak").reached


def test_the_screen_shows_each_rate_with_its_interval_and_how_many_cases() -> None:
    table = shown_table(STANDINGS, HELD, LABELS)
    assert table["Training"].tolist() == ["with severity", "plain"]
    assert table["Safer at equal accuracy"].tolist() == ["–", "–"]  # it was not asked
    assert table["Reached"].tolist() == ["✓ yes", "✗ no"]
    assert table["Test cases"].tolist() == ["200 × 2 seeds"] * 2
    strong = STANDINGS[1].rates
    first = table.iloc[0]
    rate = strong["cer"]
    value, interval = first["Dangerous mistakes per 1,000"].split(" ", 1)
    assert float(value) == pytest.approx(1000 * rate.value, abs=0.5)
    assert interval.startswith("(")
    missed = strong["critical_miss_rate"]
    assert first["Missed dangerous cases"] == f"{count(missed.events)} of {HELD['strong'].critical_cases}"


def test_false_alarms_are_counted_per_1000_cases_as_dangerous_mistakes_are() -> None:
    held, standing = HELD["strong"], STANDINGS[1]
    rate = standing.rates["over_call_rate"]
    alarms = held.false_alarms(standing)
    assert alarms.value == pytest.approx(rate.events / 200)  # events: mean over the seeds
    assert alarms.low < alarms.value < alarms.high
    assert shown_table(STANDINGS, HELD, LABELS).iloc[0]["False alarms per 1,000"] == per_thousand(alarms)


def test_the_answer_stands_beside_each_run_but_the_baseline() -> None:
    weak, strong = (run(name, skill, n=200, seeds=(0, 1), noise=noise) for name, skill, noise in SIDES)
    answers = compare([strong], weak, MATRIX, labels=LABELS, resamples=50)
    table = shown_table(STANDINGS, HELD, LABELS, answers=answers)
    assert table["Safer at equal accuracy"].tolist() == [short_answer(answers.others[0]), "–"]
    assert table["Safer at equal accuracy"][0].startswith(f"{answers.others[0].equal_accuracy.safer}")


def test_the_file_has_numbers_with_both_ends() -> None:
    table = numbers_table(STANDINGS, HELD, LABELS, 0.7)
    assert table["id"].tolist() == ["strong", "weak"]
    assert table["reached"].tolist() == [True, False]
    assert table["validation_floor"].tolist() == [0.7, 0.7]
    assert table["n"].tolist() == [200, 200]
    for name in ("accuracy", "cer", "critical_miss_rate", "over_call_rate", "expected_severity"):
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
        assert table.loc[0, name] == STANDINGS[1].rates[name].value
