"""riskcore evaluate: of a subgroup nothing is claimed that rests on too few cases, in the words of the screen."""

from pathlib import Path

import pytest

from pages.compare.subgroup_panel import _line
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.foreign import read_foreign
from riskcore.judging.subgroups import subgroup_rates
from riskcore.severity import SeverityMatrix
from riskcore.words.subgroups import NOTHING_CLAIMED

MATRIX = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """40 women, of whom 3 have a melanoma and 2 of these are missed; 25 melanomas of men; 5 cases that do not tell."""
    lines = ["sample,truth,sex,naevus,melanoma"]
    for sex, truth, called, number in (
        ("female", "naevus", "naevus", 37),
        ("female", "melanoma", "naevus", 2),
        ("female", "melanoma", "melanoma", 1),
        ("male", "melanoma", "melanoma", 25),
        ("", "naevus", "naevus", 5),
    ):
        shares = "0.9,0.1" if called == "naevus" else "0.1,0.9"
        lines += [f"{sex}-{truth}-{called}-{place},{truth},{sex},{shares}" for place in range(number)]
    file = tmp_path / "vendor.csv"
    file.write_text("\n".join(lines))
    (tmp_path / "skin.json").write_text(MATRIX.to_json())
    return file


def test_three_dangerous_cases_give_no_miss_rate_on_the_command_line_nor_on_the_screen(
    riskcore, predictions: Path
) -> None:
    options = ("--predictions", predictions, "--matrix", predictions.parent / "skin.json", "--aversion", 0)
    text = riskcore("evaluate", *options).stdout
    (female,) = (line for line in text.splitlines() if "female" in line)
    (male,) = (line for line in text.splitlines() if "male" in line and "female" not in line)
    run = read_foreign(predictions, MATRIX)
    rows = subgroup_rates(pooled_decisions(JudgedRun(run, MATRIX), Dial("severity", 0.0)))
    screen = {row.value: _line(row) for row in rows}
    assert screen["female"]["Missed dangerous cases, %"] == "too few (n 3)"
    assert screen["male"]["False alarms, %"] == "too few (n 0)"
    assert "too few (n 3)" in female
    assert "66.7" not in female
    assert "too few (n 0)" in male
    for line, value in ((female, "female"), (male, "male")):
        assert screen[value]["Accuracy, %"].partition(", n")[0] in line
    assert f"{NOTHING_CLAIMED} Subgroups left out: 1." in text


def test_the_json_keeps_the_place_of_a_rate_that_is_not_claimed(riskcore, predictions: Path) -> None:
    found = riskcore.json(
        "evaluate", "--predictions", predictions, "--matrix", predictions.parent / "skin.json", "--aversion", 0
    )
    rows = {row["value"]: row for row in found["subgroups"]}
    assert rows["female"]["rates"]["critical_miss_rate"] == {
        "value": None,
        "low": None,
        "high": None,
        "events": 2,
        "n": 3,
        "groups": 3,
        "method": "fewer than 20 cases",
        "cases": 3,
    }
    assert rows["female"]["rates"]["accuracy"]["value"] == 38 / 40
    assert (rows["male"]["rates"]["over_call_rate"]["value"], rows["unknown"]["rates"]) == (None, None)
