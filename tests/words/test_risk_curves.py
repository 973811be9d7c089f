"""Words and numbers beside the decision curve and the calibration of the risk."""

import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.judging.details import risk_curves
from riskcore.words.risk_curves import (
    STATED,
    calibration_numbers,
    calibration_rows,
    counted_on,
    net_benefit_numbers,
    net_benefit_rows,
)
from tests.helpers.simulated import MATRIX, run

FOUND = risk_curves(JudgedRun(run("ours", 1.5, seeds=(0, 1), groups=150), MATRIX))
BARE = risk_curves(JudgedRun(run("theirs", 1.0).without_validation(), MATRIX))


def test_thresholds_stand_in_rows_and_runs_in_columns_per_1000() -> None:
    rows = net_benefit_rows({"ours": FOUND.net_benefit, "theirs": BARE.net_benefit})
    assert [row["Called dangerous from"] for row in rows] == [f"{100 * at:.0f} % risk" for at in STATED]
    (at,) = (each for each in FOUND.net_benefit if each.threshold == 0.1)
    assert rows[2]["ours"] == f"{1000 * at.model.value:.1f} ({1000 * at.model.low:.1f} to {1000 * at.model.high:.1f})"
    assert rows[2]["Call all"] == f"{1000 * at.call_all:.1f}"
    assert set(rows[0]) == {"Called dangerous from", "Call all", "ours", "theirs"}


def test_files_hold_every_threshold_and_bin_as_shares() -> None:
    numbers = net_benefit_numbers({"ours": FOUND.net_benefit})
    assert len(numbers) == 99
    assert numbers[9]["net_benefit"] == FOUND.net_benefit[9].model.value
    bins = calibration_numbers({"ours": FOUND, "theirs": BARE})
    assert len(bins) == len(FOUND.calibration.curve) + len(BARE.calibration.curve)
    assert bins[0]["observed"] == FOUND.calibration.curve[0].observed.value


def test_a_model_that_is_not_calibrated_is_called_so() -> None:
    ours, theirs = calibration_rows({"ours": FOUND, "theirs": BARE})
    assert (ours["Calibrated"], theirs["Calibrated"]) == ("on validation", "no: probabilities as they are")
    assert ours["Expected / observed dangerous cases"].startswith(f"{FOUND.calibration.expected_observed.value:.2f} (")


def test_the_cases_are_different_ones() -> None:
    assert counted_on(FOUND, "test").startswith("400 test cases of 150 patients, slides or lesions, ")
    assert counted_on(BARE, "validation").startswith("400 validation cases, ")
    assert pytest.approx(FOUND.net_benefit[0].call_all, abs=0.02) == FOUND.dangerous_cases / 400
