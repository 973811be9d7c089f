"""The decision curve: what calling a case dangerous from some risk on is worth, beside calling all or none."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from riskcore.metrics import NetBenefit
from riskcore.plots.frontier import BAND_OPACITY, DASHES
from riskcore.plots.names import figure_text
from riskcore.plots.operating_frontier import SEEN

if TYPE_CHECKING:
    import plotly.graph_objects as go

SHOWN = 0.5
"""Thresholds up to this are in sight at first: from there on a false alarm would be worse than a missed case."""


def decision_curve(
    named: Mapping[str, Sequence[NetBenefit]], band: str | None = None, part: str = "test"
) -> "go.Figure":
    """Net benefit per 1,000 cases against the risk from which on a case is called dangerous.

    Args:
        named: label -> one a threshold, ascending.
        band: label whose 95 % interval is drawn; None for none: several bands hide each other.
        part: whose cases were counted.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (label, curve) in enumerate(named.items()):
        colour, name = SEEN[place % len(SEEN)], figure_text(label)
        x = [100 * at.threshold for at in curve]
        low, value, high = ([1000 * getattr(at.model, end) for at in curve] for end in ("low", "value", "high"))
        if label == band:
            edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
            shade = f"rgba({','.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))},{BAND_OPACITY})"
            figure.add_scatter(x=x, y=low, legendgroup=name, **edge)
            figure.add_scatter(x=x, y=high, legendgroup=name, fill="tonexty", fillcolor=shade, **edge)
        figure.add_scatter(
            x=x,
            y=value,
            mode="lines",
            name=name,
            legendgroup=name,
            line={"color": colour, "dash": DASHES[place % len(DASHES)], "width": 2},
            customdata=list(zip(low, high, strict=True)),
            hovertemplate=(
                f"{name}<br>from %{{x:.0f}} % risk on: %{{y:.1f}} per 1,000 "
                "(95 % interval %{customdata[0]:.1f} to %{customdata[1]:.1f})<extra></extra>"
            ),
        )
    first = next(iter(named.values()), ())
    if first:
        figure.add_scatter(
            x=[100 * at.threshold for at in first],
            y=[1000 * at.call_all for at in first],
            mode="lines",
            name="call every case dangerous",
            line={"color": "grey", "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        )
        figure.add_hline(
            0, line={"color": "grey", "width": 1}, annotation_text="call none", annotation_position="top right"
        )
    top = max((1000 * at.model.high for curve in named.values() for at in curve), default=1.0)
    figure.update_layout(
        height=380,
        xaxis={"title": "Called dangerous from this risk on, %", "range": [0, 100 * SHOWN]},
        yaxis={"title": f"Net benefit per 1,000 {figure_text(part)} cases", "range": [-0.25 * top, 1.05 * top]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        hovermode="closest",
    )
    return figure
