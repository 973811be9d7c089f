"""Dangerous mistakes and false alarms of a few runs as bars, with their intervals, in cases per 1,000."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskcore.formats import NOTHING, thousandths
from riskcore.metrics.intervals import Rate
from riskcore.plots.names import figure_text
from riskcore.plots.operating_frontier import SEEN

if TYPE_CHECKING:
    import plotly.graph_objects as go

KINDS = {"missed": "Dangerous mistakes per 1,000", "false_alarm": "False alarms per 1,000"}
"""What is counted -> the heading of its bars."""

PATTERNS = ("", "/", "x", ".", "\\", "+")

_AXES = {"missed": "", "false_alarm": "2"}
"""What is counted -> number of its axes, as plotly writes them."""

_TITLE = {
    "x": 0,
    "xref": "paper",
    "yref": "paper",
    "xanchor": "left",
    "yanchor": "bottom",
    "showarrow": False,
    "font": {"size": 13},
}


@dataclass(frozen=True)
class RateBars:
    """The bars of a run.

    Attributes:
        id, label: of the run; a click on a bar brings the id and the kind back as `customdata`.
        place: of the run in the frontier: they share a colour.
        rates: a rate per case for each of `KINDS`.
    """

    id: str
    label: str
    place: int
    rates: dict[str, Rate]


def rate_bars(runs: Sequence[RateBars], part: str = "test", setting: str = "") -> "go.Figure":
    """One bar a run and kind; both kinds share one scale.

    Args:
        runs: the first at the top.
        part: whose cases are counted.
        setting: what decides, for the headings; "" says nothing of it.
    """
    import plotly.graph_objects as go

    most = max(
        (1000 * rate.high for run in runs for rate in run.rates.values() if not math.isnan(rate.high)), default=1
    )
    across = {"range": [0, 1.02 * most or 1], "visible": False, "fixedrange": True}
    titles = [f"{heading} {part} cases{f', {setting}' if setting else ''}" for heading in KINDS.values()]
    return go.Figure(  # whole, from plain dictionaries: plotly takes many times as long for one thing after another
        data=[_bar(run, order, kind, axis) for kind, axis in _AXES.items() for order, run in enumerate(runs)],
        layout={
            "xaxis": {"anchor": "y", **across},
            "xaxis2": {"anchor": "y2", **across},
            "yaxis": {"anchor": "x", "domain": [0.62, 1.0], "autorange": "reversed"},
            "yaxis2": {"anchor": "x2", "domain": [0.0, 0.38], "autorange": "reversed"},
            "annotations": [
                *({**_TITLE, "text": title, "y": top} for title, top in zip(titles, (1.0, 0.38), strict=True)),
                *(_beside(run, kind, axis) for kind, axis in _AXES.items() for run in runs),
            ],
            "barmode": "group",
            "bargap": 0.3,
            "showlegend": False,
            "margin": {"l": 0, "r": 44, "t": 22, "b": 0},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "clickmode": "event+select",
            "dragmode": False,
        },
    )


def _bar(run: RateBars, order: int, kind: str, axis: str) -> dict[str, object]:
    rate = run.rates[kind]
    known = not math.isnan(rate.value)
    return {
        "type": "bar",
        "x": [1000 * rate.value if known else 0],
        "y": [_place(run)],
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "orientation": "h",
        "error_x": _whiskers(rate) if known else None,
        "marker": {
            "color": SEEN[run.place % len(SEEN)],
            "pattern": {"shape": PATTERNS[order % len(PATTERNS)], "fillmode": "overlay", "fgopacity": 0.25},
        },
        "customdata": [[run.id, kind]],
        "hovertemplate": f"{figure_text(run.label)}: {_in_words(rate)}<extra></extra>",
    }


def _beside(run: RateBars, kind: str, axis: str) -> dict[str, object]:
    """The number at the right of a bar."""
    return {
        "x": 1.0,
        "xref": f"x{axis} domain",
        "y": _place(run),
        "yref": f"y{axis}",
        "text": _number(run.rates[kind]),
        "showarrow": False,
        "xanchor": "left",
        "font": {"size": 16, "weight": "bold"},
    }


def _place(run: RateBars) -> str:
    """What the vertical axis calls the run; the blanks keep its name off the bar."""
    return f"{figure_text(run.label)}  "


def _number(rate: Rate) -> str:
    if math.isnan(rate.value):
        return NOTHING
    return thousandths(rate.value, rate.high)


def _in_words(rate: Rate) -> str:
    if math.isnan(rate.value):
        return rate.method
    return f"{_number(rate)} per 1,000, 95 % interval {1000 * rate.low:.1f} to {1000 * rate.high:.1f}"


def _whiskers(rate: Rate) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [1000 * (rate.high - rate.value)],
        "arrayminus": [1000 * (rate.value - rate.low)],
        "color": "grey",
        "thickness": 1.5,
        "width": 4,
    }
