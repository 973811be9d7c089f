"""Bars of dangerous mistakes and false alarms: their numbers, and what a click brings back."""

import math

import pytest

from riskcore.metrics import Rate
from riskcore.plots.rate_bars import KINDS, RateBars, rate_bars


def rate(value: float) -> Rate:
    return Rate(value, value - 0.01, value + 0.02, None, 500, 500, "made up")


def bars(id: str, missed: float, alarms: float) -> RateBars:
    return RateBars(id, f"run {id}", {"a": 0, "b": 2}[id], {"missed": rate(missed), "false_alarm": rate(alarms)})


BOTH = [bars("a", 0.05, 0.08), bars("b", 0.03, 0.12)]


def test_a_bar_a_run_and_kind_per_1000_with_its_interval() -> None:
    figure = rate_bars(BOTH, "validation")
    found = {tuple(bar.customdata[0]): bar for bar in figure.data}
    assert set(found) == {(run.id, kind) for run in BOTH for kind in KINDS}
    bar = found["b", "false_alarm"]
    assert bar.x[0] == pytest.approx(120)
    assert (bar.error_x.arrayminus[0], bar.error_x.array[0]) == (pytest.approx(10), pytest.approx(20))
    assert found["a", "missed"].marker.color != found["b", "missed"].marker.color
    assert found["a", "missed"].marker.pattern.shape != found["b", "missed"].marker.pattern.shape
    texts = [one.text for one in figure.layout.annotations]
    assert texts[:2] == ["Dangerous mistakes per 1,000 validation cases", "False alarms per 1,000 validation cases"]
    assert texts[2:] == ["50", "30", "80", "120"]


def test_both_kinds_share_one_scale_that_holds_every_interval() -> None:
    figure = rate_bars(BOTH)
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range
    assert figure.layout.xaxis.range[1] > 140


def test_a_rate_without_cases_is_no_zero() -> None:
    nothing = Rate(math.nan, math.nan, math.nan, 0, 0, 0, "no dangerous case")
    figure = rate_bars([RateBars("a", "run a", 0, {"missed": nothing, "false_alarm": rate(0.02)})])
    assert "–" in [one.text for one in figure.layout.annotations]
    assert "no dangerous case" in figure.data[0].hovertemplate
    assert figure.data[0].error_x.array is None
