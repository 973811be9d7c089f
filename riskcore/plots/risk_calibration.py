"""Calibration of the risk of a dangerous class: of the cases that are given 30 %, are about 30 % dangerous?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from riskcore.metrics import RiskCalibration
from riskcore.plots.names import figure_text
from riskcore.plots.operating_frontier import SEEN, SYMBOLS

if TYPE_CHECKING:
    import plotly.graph_objects as go


def calibration_figure(
    named: Mapping[str, RiskCalibration], part: str = "test", places: Mapping[str, int] | None = None
) -> "go.Figure":
    """Share of dangerous cases against the mean risk that they were given, a dot with its interval a bin.

    Args:
        named: label -> calibration with its curve.
        part: whose cases were counted.
        places: label -> number of its colour and symbol, where other figures show more runs; default as they come.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="as many as promised",
        line={"color": "grey", "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    for number, (label, found) in enumerate(named.items()):
        place = number if places is None else places[label]
        colour, name = SEEN[place % len(SEEN)], figure_text(label)
        observed = [each.observed for each in found.curve]
        figure.add_scatter(
            x=[100 * each.predicted for each in found.curve],
            y=[100 * rate.value for rate in observed],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * (rate.high - rate.value) for rate in observed],
                "arrayminus": [100 * (rate.value - rate.low) for rate in observed],
                "color": colour,
                "thickness": 1.2,
                "width": 4,
            },
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 1},
            marker={"color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 9},
            customdata=[[rate.n, 100 * rate.low, 100 * rate.high] for rate in observed],
            hovertemplate=(
                f"{name}<br>given %{{x:.1f}} % risk, %{{y:.1f}} % are dangerous "
                "(95 % interval %{customdata[1]:.1f} to %{customdata[2]:.1f}), n %{customdata[0]}<extra></extra>"
            ),
        )
    figure.update_layout(
        height=380,
        xaxis={"title": "Mean risk that the model gives, %", "range": [-2, 102]},
        yaxis={"title": f"Dangerous among them on {figure_text(part)}, %", "range": [-2, 102]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        hovermode="closest",
    )
    return figure
