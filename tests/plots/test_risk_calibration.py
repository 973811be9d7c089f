"""The calibration figure: a dot with its interval a bin, beside the line on which risks come true."""

import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.judging.details import risk_curves
from riskcore.plots.risk_calibration import calibration_figure
from tests.helpers.simulated import MATRIX, run


def test_dots_are_in_percent_with_their_intervals_and_cases() -> None:
    found = risk_curves(JudgedRun(run("ours", 1.5, n=600), MATRIX)).calibration
    line, dots = calibration_figure({"ours": found}).data
    assert list(line.x) == list(line.y) == [0, 100]
    assert list(dots.x) == pytest.approx([100 * each.predicted for each in found.curve])
    assert list(dots.y) == pytest.approx([100 * each.observed.value for each in found.curve])
    high = [y + up for y, up in zip(dots.y, dots.error_y.array, strict=True)]
    assert high == pytest.approx([100 * each.observed.high for each in found.curve])
    assert sum(cases for cases, _, _ in dots.customdata) == 600


def test_models_differ_in_colour_and_symbol() -> None:
    found = risk_curves(JudgedRun(run("ours", 1.5), MATRIX)).calibration
    _, one, other = calibration_figure({"one": found, "other": found}).data
    assert one.marker.color != other.marker.color
    assert one.marker.symbol != other.marker.symbol


def test_a_run_keeps_the_colour_that_it_has_among_more() -> None:
    found = risk_curves(JudgedRun(run("ours", 1.5), MATRIX)).calibration
    every = calibration_figure(dict.fromkeys(("a", "b", "c"), found)).data
    (_, only) = calibration_figure({"c": found}, places={"a": 0, "b": 1, "c": 2}).data
    assert (only.marker.color, only.marker.symbol) == (every[3].marker.color, every[3].marker.symbol)
