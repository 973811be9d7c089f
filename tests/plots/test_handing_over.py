"""The figure of dial and handing over: curves, cap and threshold in the cap's units, on the theme's own ground."""

from dataclasses import replace

import pytest

from riskcore.decision.certificate import Certificate
from riskcore.decision.dial import Dial
from riskcore.judging.certified import Certified
from riskcore.metrics import Rate
from riskcore.plots.handing_over import handing_over_figure

FOUND = Certified(
    seed=0,
    fold=None,
    dial=Dial("severity", 0.5),
    certificate=Certificate(0.2, 0.05, 0.95, "answered", (), None),
    per="answered",
    cap=0.05,
    greatest=10.0,
    answered=Rate(0.8, 0.7, 0.9, 80, 100, 100, "made"),
    cer=Rate(0.06, 0.02, 0.1, 6, 100, 100, "made"),
    answered_cer=Rate(0.03, 0.01, 0.07, 3, 80, 80, "made"),
    risk=Rate(0.03, 0.01, 0.07, 3, 80, 80, "made"),
    classes=(),
    curve=((0.02, 0.5), (0.4, 0.01), (1.0, 0.06)),
    curve_caution_0=((0.5, 0.04), (1.0, 0.09)),
)


def test_curves_cap_and_threshold_are_per_1000_against_percent() -> None:
    figure = handing_over_figure(FOUND, "mistakes per 1,000 answered", "validation")
    bare, own, cap, threshold = figure.data
    assert (bare.name, own.name, cap.name) == ("at caution 0", "at this caution", "cap, 50")
    assert list(own.x) == pytest.approx([2, 40, 100])
    assert list(own.y) == pytest.approx([500, 10, 60])
    assert list(bare.y) == pytest.approx([40, 90])
    assert list(cap.y) == pytest.approx([50, 50])
    assert (threshold.x[0], threshold.y[0]) == (pytest.approx(80), pytest.approx(30))
    assert (threshold.error_y.array[0], threshold.error_y.arrayminus[0]) == (pytest.approx(40), pytest.approx(20))
    assert (threshold.error_x.array[0], threshold.error_x.arrayminus[0]) == (pytest.approx(10), pytest.approx(10))
    assert len({trace.line.dash for trace in (bare, own, cap)}) == 3  # told apart without colours
    assert figure.layout.xaxis.title.text == "answered, % of the validation cases"
    assert figure.layout.yaxis.title.text == "mistakes per 1,000 answered"
    assert figure.layout.plot_bgcolor is None  # the theme's


def test_one_error_among_the_first_few_does_not_set_the_height() -> None:
    assert handing_over_figure(FOUND, "").layout.yaxis.range[1] == pytest.approx(1.1 * 90)


def test_harm_stays_in_the_units_of_the_matrix_and_without_a_threshold_nothing_is_marked() -> None:
    nothing = Certificate(None, 0.05, 0.95, "answered", (), "Not certifiable.")
    figure = handing_over_figure(replace(FOUND, per="harm", cap=0.5, certificate=nothing, curve_caution_0=()), "harm")
    assert [trace.name for trace in figure.data] == ["at this caution", "cap, 0.5"]
    assert list(figure.data[0].y) == pytest.approx([0.5, 0.01, 0.06])
    assert figure.layout.yaxis.range[1] == pytest.approx(1.1 * 0.5)
