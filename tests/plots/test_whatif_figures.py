"""Figures of a what-if: the thinned curve is the full one, and what is drawn is what was asked for."""

import numpy as np
import pytest

from riskcore.decision.frontier import step_curve
from riskcore.judging.sensitivity import CellSensitivity, cell_sensitivity
from riskcore.judging.whatif import Whatif
from riskcore.plots.whatif import CLEAR, caution_figure, cells_figure, least_curve
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import MATRIX, run

WHATIF = Whatif(run("one", 1.5, n=300))
EDITED = SeverityMatrix(["c", "a", "b"], [[0, 20, 3], [2, 0, 1], [6, 2, 0]], critical=6)


def test_the_thinned_curve_says_the_same_at_every_accuracy_with_far_fewer_points():
    curves = WHATIF.frontiers(MATRIX)
    accuracy, cer = least_curve(curves)
    every = [(a, c) for curve in curves for a, c in zip(curve.accuracy, curve.cer, strict=True)]
    for floor in np.linspace(min(a for a, _ in every), max(a for a, _ in every), 500):
        least = min(c for a, c in every if a >= floor)
        assert cer[np.searchsorted(accuracy, floor)] == least
    levels, _ = step_curve(*(np.array(values) for values in zip(*every, strict=True)))
    assert len(accuracy) < len(levels)
    assert accuracy[0] == levels[0]
    assert accuracy[-1] == levels[-1]


def test_the_figure_has_a_curve_a_matrix_and_a_mark_a_caution_told_apart_without_colour():
    before, now = WHATIF.frontiers(MATRIX, EDITED), WHATIF.frontiers(EDITED)
    points = {"caution before": (0.7, 0.1), "caution now": (0.68, 0.05), "without caution": (0.72, 0.2)}
    figure = caution_figure({"before": before, "now": now}, points)
    curves = [trace for trace in figure.data if trace.mode == "lines"]
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.name for trace in curves] == ["before", "now"]
    assert list(curves[1].y) == least_curve(now)[1].tolist()
    assert {(trace.name, trace.x[0], trace.y[0]) for trace in marks} == {(n, *at) for n, at in points.items()}
    assert len({trace.line.dash for trace in curves}) == 2
    assert len({trace.marker.symbol for trace in marks}) == 3
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == CLEAR
    top = figure.layout.yaxis.range[1]
    assert all(trace.y[0] <= top for trace in marks)


def test_cells_show_the_greater_count_as_a_mean_over_seeds_and_leave_out_what_changes_nothing():
    found = CellSensitivity(np.array([[0, 3], [4, 0]]), np.array([[0, 8], [1, 0]]), n=100)
    heatmap, numbers = cells_figure(found, ["a", "<b>bold</b>"], seeds=2).data
    assert list(numbers.text) == ["", "4", "2", ""]
    assert list(zip(numbers.y, numbers.x, strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert numbers.textfont.color[1] == "#ffffff"  # the most, on the darkest cell
    assert (heatmap.zmin, heatmap.zmax) == (0, 4)
    assert np.isnan(heatmap.z[0][0])
    assert heatmap.z[0][1] == 4
    assert heatmap.customdata[0][1].tolist() == [1.5, 4.0]


def test_names_are_no_markup():
    found = cell_sensitivity(WHATIF, MATRIX)
    figure = cells_figure(found, ["<b>a</b>", "b", "c"])
    assert figure.layout.xaxis.ticktext[0] == "&lt;b&gt;a&lt;/b&gt;"
    assert figure.data[0].z[2][0] == pytest.approx(found.changed[2, 0]) != 0
