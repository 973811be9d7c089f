"""Danger against accuracy: each run's curve, and where a floor on validation puts it, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from riskcore.judging.standings import SeedCurve
from riskcore.metrics.intervals import Rate
from riskcore.plots.frontier import BAND_OPACITY, DASHES, SHOWN_POINTS, mean_curve
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

Drawn = dict[str, object]
"""A trace, a shape or an annotation, as plotly.js takes it."""

SEEN = tuple(colour for colour in COLOURS if colour != "#000000")
"""Black is lost on a dark screen."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon", "star")

DIRECTLY = 12
"""So many runs are named beside the ends of their curves; more have a legend above."""

_MARKS = {"circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲", "pentagon": "⬟", "star": "★"}
_APART = 0.075
"""Of the figure's height, between two names."""
_NAME_WIDTH, _ROOMY = 18, 6
"""Characters of a line of a name, while so few runs are named that there is room for a second line."""


class Axis(NamedTuple):
    """How a measure is drawn: its title, and what it counts per."""

    title: str
    per: int


AXES: Mapping[str, Axis] = {
    "cer": Axis("Dangerous mistakes per 1,000 cases", 1000),
    "critical_miss_rate": Axis("Missed of 1,000 dangerous cases", 1000),
    "expected_severity": Axis("Average harm", 1),
    "over_call_rate": Axis("False alarms per 1,000 harmless cases", 1000),
}


@dataclass(frozen=True)
class DrawnRun:
    """What the figure shows of a run.

    Attributes:
        id, label: of the run or pool; a click on its operating point brings the id back as `customdata`.
        curves: one a seed, of the measure that is drawn.
        point, argmax: rates at the operating point and without caution.
    """

    id: str
    label: str
    curves: Sequence[SeedCurve]
    point: Mapping[str, Rate]
    argmax: Mapping[str, Rate]


def operating_frontier(
    runs: Sequence[DrawnRun],
    measure: str,
    *,
    majority: float,
    floor: float | None = None,
    sweeps: Sequence[Sequence[str]] = (),
    part: str = "test",
) -> "go.Figure":
    """The figure; background and text colours are left to the theme.

    A run has a step curve (the mean over its seeds, their span as a band) with its name at the end, a filled marker at
    its operating point with both 95 % intervals, and an open one without caution; colour, dash and symbol tell runs
    apart.

    Args:
        runs: in the order of the legend.
        measure: one of `AXES`; what goes upwards.
        majority: accuracy of always saying the commonest class, a share.
        floor: accuracy on validation that runs are held to, a share: a line.
        sweeps: ids of runs whose operating points are joined, e.g. one loss in ascending strength.
        part: whose cases are counted.

    Returns:
        A plotly figure.
    """
    import plotly.graph_objects as go

    per = AXES[measure].per
    places = {run.id: place for place, run in enumerate(runs)}
    low, high = _accuracies(runs, floor)
    top = _top(runs, measure, low)
    named = len(runs) <= DIRECTLY
    lines, notes = _majority(majority, low)
    if floor is not None:
        lines, notes = [*lines, _upright(floor, "dot", 2)], [*notes, _floor_note(floor)]
    if named:
        notes += _names_of_curves(runs, per, top)
    return go.Figure(  # whole, from plain dictionaries: plotly takes many times as long for one thing after another
        data=[
            *(line for run in runs for line in _curve(run, places[run.id], per)),
            *(_sweep([runs[places[id]] for id in sweep if id in places], measure) for sweep in sweeps),
            *(mark for run in runs for mark in _marks_of(run, places[run.id], measure)),
        ],
        layout={
            "xaxis": {
                "title": f"Accuracy on {part} (hollow marks: without caution)",
                "tickformat": ".0%",
                "range": [low, high],
            },
            "yaxis": {"title": AXES[measure].title, "range": [0, top]},
            "shapes": lines,
            "annotations": notes,
            "showlegend": not named,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "margin": {"l": 10, "r": _margin(runs) if named else 10, "t": 10, "b": 10},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "grey", "activecolor": SEEN[0]},
            "clickmode": "event+select",
            "dragmode": "zoom",
            "hovermode": "closest",
        },
    )


def standalone_html(figure: "go.Figure", title: str) -> str:
    """The figure as a web page of its own, which needs no network; on white, since no theme sets its colours."""
    alone = figure.__class__(figure)
    alone.update_layout(
        title={"text": figure_text(title), "x": 0, "font": {"size": 14}},
        template="plotly_white",
        margin={"l": 60, "r": 20, "t": 90, "b": 50},
        paper_bgcolor="white",
        plot_bgcolor="white",
    )
    page: str = alone.to_html(include_plotlyjs=True, full_html=True)
    return page


def _curve(run: DrawnRun, place: int, per: int) -> list[Drawn]:
    """The mean over the seeds, above the band of their span where there are several."""
    accuracy, mean, low, high = mean_curve(
        [{"accuracy": curve.accuracy.tolist(), "cer": (per * curve.value).tolist()} for curve in run.curves]
    )
    colour = SEEN[place % len(SEEN)]
    shared: Drawn = {
        "type": "scatter",
        "x": accuracy,
        "mode": "lines",
        "legendgroup": run.id,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    line = {**shared, "y": mean, "line": {"color": colour, "shape": "vh", "dash": DASHES[place % len(DASHES)]}}
    if len(run.curves) == 1:
        return [line]
    edge = {"width": 0, "shape": "vh"}
    shade = f"rgba({','.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))},{BAND_OPACITY:.3f})"
    band: Drawn = {"y": high, "line": edge, "fill": "tonexty", "fillcolor": shade}
    return [{**shared, "y": low, "line": edge}, {**shared, **band}, line]


def _sweep(joined: Sequence[DrawnRun], measure: str) -> Drawn:
    return {
        "type": "scatter",
        "x": [run.point["accuracy"].value for run in joined],
        "y": [AXES[measure].per * run.point[measure].value for run in joined],
        "mode": "lines",
        "line": {"color": "grey", "dash": "dot", "width": 1.5},
        "name": "same loss, rising strength",
        "hoverinfo": "skip",
    }


def _marks_of(run: DrawnRun, place: int, measure: str) -> list[Drawn]:
    """Without caution, and at the operating point."""
    colour, symbol = SEEN[place % len(SEEN)], SYMBOLS[place % len(SYMBOLS)]
    title, per = AXES[measure]
    label = figure_text(run.label)
    shared: Drawn = {"type": "scatter", "mode": "markers", "legendgroup": run.id}
    accuracy, danger = run.point["accuracy"], run.point[measure]
    return [
        {
            **shared,
            "x": [run.argmax["accuracy"].value],
            "y": [per * run.argmax[measure].value],
            "marker": {"color": colour, "symbol": f"{symbol}-open", "size": 9, "line": {"width": 2}},
            "showlegend": False,
            "hovertemplate": f"{label}, without caution<br>accuracy %{{x:.1%}}<br>{title}: %{{y:.3~g}}<extra></extra>",
        },
        {
            **shared,
            "x": [accuracy.value],
            "y": [per * danger.value],
            "error_x": _whiskers(accuracy, 1, colour),
            "error_y": _whiskers(danger, per, colour),
            "marker": {"color": colour, "symbol": symbol, "size": 13},
            "unselected": {"marker": {"opacity": 0.6}},
            "name": label,
            "customdata": [[run.id]],
            "hovertemplate": (
                f"{label}<br>accuracy %{{x:.1%}} ({accuracy.low:.1%} to {accuracy.high:.1%})<br>"
                f"{title}: %{{y:.3~g}} ({per * danger.low:.3g} to {per * danger.high:.3g})<extra></extra>"
            ),
        },
    ]


def _whiskers(rate: Rate, per: int, colour: str) -> Drawn:
    return {
        "type": "data",
        "symmetric": False,
        "array": [per * (rate.high - rate.value)],
        "arrayminus": [per * (rate.value - rate.low)],
        "color": colour,
        "thickness": 1.2,
        "width": 4,
    }


def _accuracies(runs: Sequence[DrawnRun], floor: float | None) -> tuple[float, float]:
    """All that is marked, with its intervals; not more than `SHOWN_POINTS` below the best curve, but for the floor."""
    marked = [rates["accuracy"] for run in runs for rates in (run.point, run.argmax)]
    best = max(float(curve.accuracy[-1]) for run in runs for curve in run.curves)
    low = max(min(rate.low for rate in marked), best - SHOWN_POINTS)
    ends = (low, max(best, *(rate.high for rate in marked)), *(() if floor is None else (floor,)))
    return round(min(ends) - 0.01, 4), round(max(ends) + 0.01, 4)


def _top(runs: Sequence[DrawnRun], measure: str, low: float) -> float:
    heights = [run.point[measure].high for run in runs] + [run.argmax[measure].value for run in runs]
    heights += [float(c.value[c.accuracy >= low].max(initial=0)) for run in runs for c in run.curves]
    return max(1.05 * AXES[measure].per * max(heights), 0.01)


def _upright(accuracy: float, dash: str, width: int) -> Drawn:
    """A line across the whole height."""
    line = {"color": "grey", "dash": dash, "width": width}
    return {"type": "line", "x0": accuracy, "x1": accuracy, "y0": 0, "y1": 1, "yref": "y domain", "line": line}


def _floor_note(floor: float) -> Drawn:
    text = f"floor {floor:.1%} <br>on validation "
    return {"x": floor, "y": 1, "yref": "paper", "text": text, "showarrow": False, "xanchor": "right", "yanchor": "top"}


def _majority(majority: float, low: float) -> tuple[list[Drawn], list[Drawn]]:
    """Line and words, or an arrow to where the line would be, left of the figure."""
    words = f"always the commonest class: {majority:.1%}"
    note: Drawn = {"yref": "paper", "showarrow": False}
    if majority >= low:
        note |= {"x": majority, "y": 1, "text": words, "xanchor": "left", "yanchor": "top"}
        return [_upright(majority, "dash", 1)], [note]
    note |= {"x": 1, "y": 0, "xref": "paper", "text": f"◀ {words}", "xanchor": "right", "yanchor": "bottom"}
    return [], [note]


def _names_of_curves(runs: Sequence[DrawnRun], per: int, top: float) -> list[Drawn]:
    """Each run's mark and name in the right margin, as high as its curve ends, or as near as the others leave room."""
    ends = [min(per * float(np.mean([curve.value[-1] for curve in run.curves])) / top, 1.0) for run in runs]
    return [
        {
            "x": 1.0,
            "y": height,
            "xref": "paper",
            "yref": "paper",
            "text": _marked_name(runs[place].label, int(place), len(runs)),
            "showarrow": False,
            "align": "left",
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 4,
        }
        for place, height in zip(np.argsort(ends), _apart(sorted(ends)), strict=True)
    ]


def _marked_name(label: str, place: int, runs: int) -> str:
    name = "<br>".join(figure_text(line) for line in _lines(label, runs))
    return f'<span style="color:{SEEN[place % len(SEEN)]}">{_MARKS[SYMBOLS[place % len(SYMBOLS)]]}</span> {name}'


def _apart(heights: Sequence[float]) -> list[float]:
    """Ascending heights, moved as little as keeps them `_APART` from each other and inside of 0 to 1."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + _APART if moved else 0.0))
    most = 1.0
    for place in reversed(range(len(moved))):
        moved[place] = min(moved[place], most)
        most = moved[place] - _APART
    return moved


def _margin(runs: Sequence[DrawnRun]) -> int:
    """Room for the longest line of a name."""
    return 30 + 7 * max(len(line) for run in runs for line in _lines(run.label, len(runs)))


def _lines(name: str, runs: int) -> list[str]:
    return wrap(name, _NAME_WIDTH if runs <= _ROOMY else 2 * _NAME_WIDTH)
