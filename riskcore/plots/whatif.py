"""Figures of a what-if: what caution trades before and after an edit, and how many decisions hang on each cell."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskcore.decision.frontier import Floats, Frontier, step_curve
from riskcore.judging.sensitivity import CellSensitivity
from riskcore.plots.cell_text import cell_text, text_colours
from riskcore.plots.frontier import shown_range
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

SYMBOLS = ("circle", "square", "diamond")
DASHES = ("dot", "solid")
SCALE = ((0.0, "#cfe3f1"), (1.0, "#08306b"))
"""From few to many; no white, which would glare on a dark screen."""

CLEAR = "rgba(0,0,0,0)"


def least_curve(curves: Sequence[Frontier]) -> tuple[Floats, Floats]:
    """The corners of the step curve of least CER for an accuracy, over all rules.

    A browser draws a dozen points faster than the several hundred of the grid, and the curve is the same.

    Args:
        curves: the frontiers of the rules.

    Returns:
        accuracy, cer: (P,) ascending; between two accuracies the next CER holds.

    Example:
        >>> points = np.array([[0.9, 0.3], [0.8, 0.1], [0.7, 0.1], [0.6, 0.1]]).T
        >>> curve = Frontier("severity", points[0], *points, points[1], points[1], points[1])
        >>> [values.tolist() for values in least_curve([curve])]
        [[0.6, 0.8, 0.9], [0.1, 0.1, 0.3]]
    """
    accuracy = np.concatenate([curve.accuracy for curve in curves])
    levels, least = step_curve(accuracy, np.concatenate([curve.cer for curve in curves]))
    corner = np.append(least[1:] != least[:-1], True)
    corner[0] = True
    return levels[corner], least[corner]


def caution_figure(
    curves: Mapping[str, Sequence[Frontier]],
    points: Mapping[str, tuple[float, float]],
    title: str | None = None,
    part: str = "test",
) -> "go.Figure":
    """Dangerous mistakes against accuracy as caution turns, for several matrices, with operating points marked.

    Args:
        curves: name -> frontiers of both rules, at most two names.
        points: name -> (accuracy, CER) of decisions, at most three.
        title: of the figure; a screen has a heading instead.
        part: whose cases are counted.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    thinned = {name: least_curve(each) for name, each in curves.items()}
    for (name, (accuracy, cer)), colour, dash in zip(thinned.items(), COLOURS, DASHES, strict=False):
        figure.add_scatter(
            x=accuracy,
            y=cer,
            name=figure_text(name),
            mode="lines",
            line={"color": colour, "shape": "vh", "dash": dash},
            hovertemplate="accuracy %{x:.1%}<br>dangerous mistakes %{y:.1%}",
        )
    for (name, (at, height)), colour, symbol in zip(points.items(), (*COLOURS[:2], COLOURS[3]), SYMBOLS, strict=False):
        figure.add_scatter(
            x=[at],
            y=[height],
            name=figure_text(name),
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 12, "line": {"color": "white", "width": 1}},
            hovertemplate="accuracy %{x:.1%}<br>dangerous mistakes %{y:.1%}",
        )
    drawn = [{"accuracy": accuracy.tolist(), "cer": cer.tolist()} for accuracy, cer in thinned.values()]
    drawn += [{"accuracy": [accuracy], "cer": [cer]} for accuracy, cer in points.values()]
    accuracies, rates = shown_range({"": drawn})
    figure.update_layout(
        title=None if title is None else figure_text(title),
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"t": 10 if title is None else 50, "b": 10, "l": 10, "r": 10},
        legend={"orientation": "h", "y": -0.2},
        xaxis={"title": f"accuracy on {part}", "tickformat": ".0%", "range": accuracies},
        yaxis={"title": "dangerous mistakes (CER)", "tickformat": ".1~%", "range": rates},
    )
    return figure


def cells_figure(sensitivity: CellSensitivity, classes: Sequence[str], seeds: int = 1) -> "go.Figure":
    """How many decisions change when each cell's severity is doubled or halved; a cell that changes none is empty.

    Args:
        sensitivity: the counts.
        classes: names in the order of its rows.
        seeds: of the pool; counts are shown as means over them.
    """
    import plotly.graph_objects as go

    changed = sensitivity.changed
    shown = np.where(changed > 0, changed / seeds, np.nan)
    most = max(float(changed.max()) / seeds, 1.0)
    texts = [[f"{cases:,.1f}".removesuffix(".0") if cases else "" for cases in row] for row in changed / seeds]
    names = [figure_text(name) for name in classes]
    figure = go.Figure(
        go.Heatmap(
            z=shown,
            zmin=0,
            zmax=most,
            customdata=np.stack([sensitivity.doubled, sensitivity.halved], axis=-1) / seeds,
            hovertemplate=(
                "truth %{y}, model says %{x}<br>doubled: %{customdata[0]:,.4~g} decisions change<br>"
                "halved: %{customdata[1]:,.4~g} decisions change<extra></extra>"
            ),
            colorscale=SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.add_scatter(**cell_text(texts, text_colours(shown, SCALE, most)))
    ticks = {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False, "zeroline": False}
    ticks |= {"showline": True, "mirror": True, "linecolor": "grey"}
    figure.update_layout(
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"t": 10, "b": 10, "l": 10, "r": 10},
        xaxis={"title": "model says …", **ticks},
        yaxis={"title": "truth is …", "autorange": "reversed", **ticks},
    )
    return figure
