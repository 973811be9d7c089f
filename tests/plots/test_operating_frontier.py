"""Danger against accuracy with operating points: what is drawn, and what a click brings back."""

import dataclasses
import itertools

import numpy as np
import pytest

from riskcore.judging.standings import MEASURES, SeedCurve
from riskcore.metrics import Rate
from riskcore.plots.operating_frontier import AXES, DrawnRun, operating_frontier, standalone_html


def rate(value: float, reach: float = 0.01) -> Rate:
    return Rate(value, value - reach, value + 2 * reach, None, 100, 100, "made up")


def drawn(id: str, accuracy: float, cer: float, **changes) -> DrawnRun:
    others = {name: rate(cer) for name in MEASURES}
    curves = [
        SeedCurve(np.array([0.5, 0.7, accuracy]), np.array([0.0, cer / 2, cer])),
        SeedCurve(np.array([0.6, accuracy]), np.array([0.01, 2 * cer])),
    ]
    point, argmax = ({"accuracy": rate(a), **others} for a in (accuracy - 0.01, accuracy))
    return dataclasses.replace(DrawnRun(id, f"loss {id}", curves, point, argmax), **changes)


RUNS = [drawn("a", 0.8, 0.05), drawn("b", 0.75, 0.08), drawn("c", 0.78, 0.06)]


def points(figure) -> dict[str, object]:
    """Id -> the trace that can be clicked."""
    return {trace.customdata[0][0]: trace for trace in figure.data if trace.customdata is not None}


def test_each_operating_point_has_both_intervals_and_brings_its_id_back() -> None:
    figure = operating_frontier(RUNS, "cer", majority=0.4)
    found = points(figure)
    assert list(found) == ["a", "b", "c"]
    first = found["a"]
    assert (first.x[0], first.y[0]) == (pytest.approx(0.79), pytest.approx(50))
    assert first.error_x.arrayminus[0] == pytest.approx(0.01)
    assert first.error_x.array[0] == pytest.approx(0.02)
    assert first.error_y.arrayminus[0] == pytest.approx(10)
    assert first.error_y.array[0] == pytest.approx(20)


def test_runs_are_told_apart_without_colour() -> None:
    figure = operating_frontier(RUNS, "cer", majority=0.4)
    found = points(figure)
    assert len({trace.marker.symbol for trace in found.values()}) == 3
    assert len({trace.marker.color for trace in found.values()}) == 3
    assert [trace.name for trace in found.values()] == ["loss a", "loss b", "loss c"]
    dashes = {trace.line.dash for trace in figure.data if trace.mode == "lines" and trace.line.dash}
    assert len(dashes) == 3


def test_curves_are_the_mean_over_seeds_with_their_span() -> None:
    figure = operating_frontier(RUNS[:1], "cer", majority=0.4)
    low, high, mean = (trace for trace in figure.data if trace.mode == "lines")
    np.testing.assert_allclose(mean.x, [0.5, 0.6, 0.7, 0.8])
    np.testing.assert_allclose(mean.y, [5, 17.5, 62.5, 75])
    np.testing.assert_allclose(low.y, [0, 10, 25, 50])
    np.testing.assert_allclose(high.y, [10, 25, 100, 100])
    assert mean.line.shape == "vh"
    assert high.fill == "tonexty"


def test_one_seed_has_no_band() -> None:
    alone = dataclasses.replace(RUNS[0], curves=RUNS[0].curves[:1])
    assert not [trace for trace in operating_frontier([alone], "cer", majority=0.4).data if trace.fill]


def test_a_sweep_joins_operating_points_in_its_order() -> None:
    figure = operating_frontier(RUNS, "cer", majority=0.4, sweeps=[["c", "a", "gone"]])
    (sweep,) = [trace for trace in figure.data if trace.name == "same loss, rising strength"]
    np.testing.assert_allclose(sweep.x, [0.77, 0.79])
    np.testing.assert_allclose(sweep.y, [60, 50])


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_drawn_at_its_scale(measure: str) -> None:
    figure = operating_frontier(RUNS, measure, majority=0.4)
    assert figure.layout.yaxis.title.text == AXES[measure].title
    assert points(figure)["a"].y[0] == pytest.approx(0.05 * AXES[measure].per)
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] > 0.1 * AXES[measure].per


def test_the_majority_baseline_is_a_line_or_stands_at_the_edge() -> None:
    inside, outside = (operating_frontier(RUNS, "cer", majority=share) for share in (0.76, 0.4))
    assert len(inside.layout.shapes) == 1
    assert inside.layout.shapes[0].x0 == 0.76
    assert not outside.layout.shapes
    for figure, text in ((inside, "76.0%"), (outside, "40.0%")):
        assert any(text in annotation.text for annotation in figure.layout.annotations)


def test_the_theme_sets_the_colours_and_the_page_has_its_own() -> None:
    figure = operating_frontier(RUNS, "cer", majority=0.4)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert all(trace.marker.color != "#000000" for trace in points(figure).values())
    page = standalone_html(figure, "isic: SYNTHETIC")
    assert "isic: SYNTHETIC" in page
    assert "https://cdn" not in page.split("<body>")[1][:2000]  # the library is inside: it opens offline
    assert len(page) > 1_000_000
    assert figure.layout.title.text is None


def test_few_runs_are_named_where_their_curves_end_many_in_a_legend() -> None:
    figure = operating_frontier(RUNS, "cer", majority=0.4)
    names = [one for one in figure.layout.annotations if "loss " in one.text]
    assert not figure.layout.showlegend
    assert [one.text.split()[-1] for one in names] == ["a", "c", "b"]  # the lowest end first
    heights = [one.y for one in names]
    assert all(later - earlier > 0.07 for earlier, later in itertools.pairwise(heights))
    assert all(0 <= height <= 1 for height in heights)
    many = operating_frontier([drawn(str(n), 0.8, 0.05) for n in range(13)], "cer", majority=0.4)
    assert many.layout.showlegend
    assert not [one for one in many.layout.annotations if "loss " in one.text]


def test_names_of_curves_that_end_at_one_height_do_not_cover_each_other() -> None:
    figure = operating_frontier([drawn(str(n), 0.8, 0.05) for n in range(6)], "cer", majority=0.4)
    heights = sorted(one.y for one in figure.layout.annotations if "loss " in one.text)
    assert min(later - earlier for earlier, later in itertools.pairwise(heights)) > 0.07
    assert heights[-1] <= 1


def test_the_floor_is_a_line_with_its_accuracy_and_always_in_sight() -> None:
    assert len(operating_frontier(RUNS, "cer", majority=0.4).layout.shapes) == 0
    for floor in (0.3, 0.77, 0.95):
        figure = operating_frontier(RUNS, "cer", majority=0.2, floor=floor)
        (line,) = figure.layout.shapes
        assert line.x0 == floor
        assert any(f"floor {floor:.1%}" in one.text for one in figure.layout.annotations)
        assert figure.layout.xaxis.range[0] < floor < figure.layout.xaxis.range[1]
