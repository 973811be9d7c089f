"""The decision curve: net benefit per 1,000, one band, and what calling all and none is worth."""

import pytest

from riskcore.decision.judged_run import JudgedRun
from riskcore.judging.details import risk_curves
from riskcore.plots.decision_curve import decision_curve
from tests.helpers.simulated import MATRIX, run

NAMED = {skill: risk_curves(JudgedRun(run(skill, float(skill)), MATRIX)).net_benefit for skill in ("1", "2")}


def test_curves_are_per_1000_and_one_has_its_band() -> None:
    figure = decision_curve(NAMED, band="2", part="validation")
    one, low, high, other, every = figure.data
    assert (one.name, other.name, every.name) == ("1", "2", "call every case dangerous")
    for trace, end in ((low, "low"), (high, "high"), (other, "value")):
        assert list(trace.y) == pytest.approx([1000 * getattr(at.model, end) for at in NAMED["2"]])
    assert list(other.x) == pytest.approx([100 * at.threshold for at in NAMED["2"]])
    assert list(every.y) == pytest.approx([1000 * at.call_all for at in NAMED["1"]])
    assert high.fill == "tonexty"
    assert "validation" in figure.layout.yaxis.title.text


def test_all_that_is_above_zero_is_in_sight() -> None:
    figure = decision_curve(NAMED)
    assert len(figure.data) == 3
    low, high = figure.layout.yaxis.range
    assert low < 0
    assert high > max(max(trace.y) for trace in figure.data[:2])
