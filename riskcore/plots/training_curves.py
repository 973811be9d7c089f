"""Curves of training runs over epochs: loss, right answers and dangerous mistakes."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

Metrics = Sequence[Mapping[str, Any]]

MOST_POINTS = 400
"""Of a curve: more cannot be told apart, and a figure that is redrawn every two seconds must stay light."""

PANELS = ("Loss", "Right per 1,000", "Dangerous mistakes per 1,000")
FAINT = 0.6
_TICKS = 6
"""At most about so many whole epochs are named below a panel."""


def thinned(points: list[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """At most about so many of the points, evenly spaced; the last one always stays.

    Example:
        >>> thinned([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0)], most=2)
        [(1.0, 2.0), (4.0, 5.0)]
    """
    step = -(-len(points) // most) or 1
    return points[::-1][::step][::-1]


def training_figure(chosen: Metrics, others: Mapping[str, Metrics]) -> "go.Figure":
    """Three panels over epochs: loss (training and validation), right answers and dangerous mistakes on validation.

    Training loss is also drawn inside epochs, where the run reports it. Right answers and dangerous mistakes are those
    of the likeliest class. Of a single epoch the axes begin at 0, so that one point is not stretched into a panel.

    Args:
        chosen: lines of the metrics of the run that is looked at.
        others: name -> lines of other runs, such as other seeds; their validation curves are drawn faintly.
    """
    import plotly.graph_objects as go

    curves = []
    measures = (("validation_loss", 1.0), ("validation_accuracy", 1000.0), ("validation_cer", 1000.0))
    for name, lines in others.items():
        for place, (measure, factor) in enumerate(measures):
            points = _epochs(lines, measure, factor)
            curves.append(_curve(place, points, figure_text(name), colour=COLOURS[4], opacity=FAINT, showlegend=False))
    steps = [line for line in chosen if line["kind"] == "step" and line["train_loss"] is not None]
    inside = [(line["progress"] * line["epochs"], line["train_loss"]) for line in steps]
    training = sorted(inside + _epochs(chosen, "train_loss", 1.0))
    curves.append(_curve(0, training, "training", colour=COLOURS[1], dash="dot"))
    for place, (measure, factor) in enumerate(measures):
        curves.append(_curve(place, _epochs(chosen, measure, factor), "validation", showlegend=place == 0))
    layout = _layout()
    axes = {name: {**layout[name], **changes} for name, changes in _axes(curves).items()}
    return go.Figure(data=curves, layout={**layout, **axes})


def _axes(curves: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The axes of these curves: whole epochs; and where each is a point only, from 0, so that it is seen how high."""
    last = max((epoch for curve in curves for epoch in curve["x"]), default=1.0)
    axes: dict[str, Any] = {}
    for axis in ("", "2", "3"):
        axes[f"xaxis{axis}"] = {"range": [0, 1.05 * last], "dtick": _between(last)}
        drawn = [curve["y"] for curve in curves if curve["yaxis"] == f"y{axis}" and curve["y"]]
        highest = max((max(values) for values in drawn), default=0.0)
        if all(len(values) == 1 for values in drawn) and highest >= 0:
            axes[f"yaxis{axis}"] = {"range": [0, 1000 if axis == "2" else 1.25 * highest or 1]}
    return axes


@cache
def _layout() -> dict[str, Any]:
    """All but the curves, which is the same each time and takes longest to make."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=3, subplot_titles=PANELS, horizontal_spacing=0.06)
    figure.update_xaxes(title="epoch", tickformat="d")
    figure.update_yaxes(rangemode="tozero", col=3)
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        legend={"orientation": "h", "y": -0.3, "x": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        uirevision="kept",  # a refresh keeps what the reader zoomed into
    )
    layout: dict[str, Any] = figure.layout.to_plotly_json()
    return layout


def _between(last: float) -> int:
    """Epochs from one that is named below a panel to the next: 1, 2 or 5 times a power of ten."""
    least = max(1.0, last / _TICKS)
    power = 10 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def _epochs(lines: Metrics, measure: str, factor: float) -> list[tuple[float, float]]:
    ends = [line for line in lines if line["kind"] == "epoch" and line.get(measure) is not None]
    return [(float(line["epoch"]), factor * line[measure]) for line in ends]


def _curve(
    place: int,
    points: list[tuple[float, float]],
    name: str,
    *,
    colour: str = COLOURS[0],
    dash: str = "solid",
    opacity: float = 1.0,
    showlegend: bool = True,
) -> dict[str, Any]:
    shown = thinned(points)
    axis = "" if place == 0 else str(place + 1)
    return {
        "type": "scatter",
        "x": [epoch for epoch, _ in shown],
        "y": [value for _, value in shown],
        "name": name,
        "mode": "lines+markers" if len(shown) == 1 else "lines",
        "line": {"color": colour, "dash": dash, "width": 2 if opacity == 1 else 1},
        "opacity": opacity,
        "legendgroup": name,
        "showlegend": showlegend,
        "hovertemplate": "epoch %{x:.4~g}: %{y:.4~g}",
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
    }
