"""What a model errs while it answers more and more cases itself: dial and handing over together."""

from typing import TYPE_CHECKING

from riskcore.decision.certificate import is_harm
from riskcore.judging.certified import Certified, Curve
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

BLUE, VERMILION, GREEN = COLOURS[:3]
SHOWN = 0.1
"""Below this share answered one error weighs so much that it does not set the height of the figure."""


def handing_over_figure(found: Certified, risk: str, part: str = "test") -> "go.Figure":
    """Risk against the share answered, with the cap and the threshold; colours of text and ground are the theme's.

    The solid curve is the certificate's dial, the dotted one caution 0; the marker is the threshold, with 95 %
    intervals by case, which the certificate does not rest on.

    Args:
        found: the certificate.
        risk: what the cap is about, in words; the title of the axis.
        part: whose cases are counted.
    """
    import plotly.graph_objects as go

    per = 1 if is_harm(found.per) else 1000
    figure = go.Figure()
    if found.curve_caution_0:
        _draw(figure, found.curve_caution_0, per, "at caution 0", VERMILION, "dot")
    _draw(figure, found.curve, per, "at this caution", BLUE, "solid")
    figure.add_scatter(
        x=[0, 100],
        y=[per * found.cap] * 2,
        mode="lines",
        name=f"cap, {per * found.cap:g}",
        line={"color": "grey", "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    if found.certificate.threshold is not None:
        answered, lost = found.answered, found.risk
        figure.add_scatter(
            x=[100 * answered.value],
            y=[per * lost.value],
            error_x=_interval(100 * answered.value, 100 * answered.low, 100 * answered.high),
            error_y=_interval(per * lost.value, per * lost.low, per * lost.high),
            mode="markers",
            name="threshold",
            marker={"color": GREEN, "symbol": "diamond", "size": 12},
            hovertemplate="answered %{x:.1f} %<br>%{y:.3g}<extra>threshold</extra>",
        )
    figure.update_layout(
        height=330,
        xaxis={"title": f"answered, % of the {figure_text(part)} cases", "range": [0, 101]},
        yaxis={"title": figure_text(risk), "range": [0, 1.1 * _top(found, per)]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        hovermode="closest",
    )
    return figure


def _draw(figure: "go.Figure", curve: Curve, per: int, name: str, colour: str, dash: str) -> None:
    figure.add_scatter(
        x=[100 * answered for answered, _ in curve],
        y=[per * risk for _, risk in curve],
        mode="lines",
        name=name,
        line={"color": colour, "dash": dash, "width": 2},
        hovertemplate=f"answered %{{x:.1f}} %<br>%{{y:.3g}}<extra>{name}</extra>",
    )


def _interval(value: float, low: float, high: float) -> dict[str, object]:
    return {"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "thickness": 1.5}


def _top(found: Certified, per: int) -> float:
    curves = (*found.curve, *found.curve_caution_0)
    risks = [risk for answered, risk in curves if answered >= SHOWN]
    return per * max([found.cap, *risks, *([found.risk.high] if found.certificate.threshold is not None else [])])
