"""Curves of training runs over epochs: loss, accuracy and dangerous mistakes."""

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

PANELS = ("Loss", "Accuracy", "Dangerous mistakes per 1,000")
FAINT = 0.6


def thinned(points: list[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """At most about so many of the points, evenly spaced; the last one always stays.

    Example:
        >>> thinned([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0)], most=2)
        [(1.0, 2.0), (4.0, 5.0)]
    """
    step = -(-len(points) // most) or 1
    return points[::-1][::step][::-1]


def training_figure(chosen: Metrics, others: Mapping[str, Metrics]) -> "go.Figure":
    """Three panels over epochs: loss (training and validation), accuracy and dangerous mistakes on validation.

    Training loss is also drawn inside epochs, where the run reports it. Accuracy and dangerous mistakes are those of
    the likeliest class.

    Args:
        chosen: lines of the metrics of the run that is looked at.
        others: name -> lines of other runs, such as other seeds; their validation curves are drawn faintly.
    """
    import plotly.graph_objects as go

    curves = []
    measures = (("validation_loss", 1.0), ("validation_accuracy", 1.0), ("validation_cer", 1000.0))
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
    return go.Figure(data=curves, layout=_layout())


@cache
def _layout() -> dict[str, Any]:
    """All but the curves, which is the same each time and takes longest to make."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=3, subplot_titles=PANELS, horizontal_spacing=0.06)
    figure.update_xaxes(title="epoch", rangemode="tozero")
    figure.update_yaxes(tickformat=".0%", col=2)
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
