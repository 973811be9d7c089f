"""Dangerous misses and false alarms before and now, as bars of whole cases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from riskcore.comparing.before_now import BARS, whole_cases
from riskcore.metrics.intervals import Rate
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 150
"""In pixels."""

CLEAR = "rgba(0,0,0,0)"

_STYLES = (("#8A94A0", "/"), (COLOURS[0], ""))
"""Colour and pattern of before and now: neither is told by its colour alone."""

_WIDTH = 0.36
"""Of a bar; the two of one kind share a row of height 1."""


def before_now_figure(
    counts: Mapping[str, tuple[Rate, Rate]], names: tuple[str, str], *, cases: int, part: str, seeds: int = 1
) -> "go.Figure":
    """Two bars for each kind of mistake, the number of cases at the end of each.

    Args:
        counts: rates of `BARS` -> before and now.
        names: what before and now are called.
        cases: all that were judged.
        part: "validation" or "test".
        seeds: of a pool, over which cases are means; shown to the nearest whole one.
    """
    import plotly.graph_objects as go

    bars, numbers, longest = [], [], 1
    for place, (side, (colour, pattern)) in enumerate(zip(names, _STYLES, strict=True)):
        rates = [counts[kind][place] for kind in BARS]
        whole = [whole_cases(rate) for rate in rates]
        rows = [row + (place - 0.5) * _WIDTH for row in range(len(rates))]
        longest = max(longest, *whole)
        bar = {
            "type": "bar",
            "y": rows,
            "x": whole,
            "width": _WIDTH,
            "orientation": "h",
            "name": figure_text(side),
            "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "fgopacity": 0.25}},
            "hovertemplate": "%{x}<extra></extra>",
        }
        bars.append(bar)
        for row, number, rate in zip(rows, whole, rates, strict=True):  # annotations take the page's own colour
            text = f"{number:,} of {rate.n:,}"
            numbers.append({"x": number, "y": row, "text": text, "showarrow": False, "xanchor": "left", "xshift": 4})
    over = f", mean of {seeds} seeds" if seeds > 1 else ""
    return go.Figure(
        data=bars,
        layout={
            "annotations": numbers,
            "barmode": "overlay",
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "height": HEIGHT,
            "margin": {"l": 0, "r": 0, "t": 24, "b": 22},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            "xaxis": {
                "range": [0, 1.3 * longest],
                "showticklabels": False,
                "showgrid": False,
                "zeroline": False,
                "title": {"text": f"{cases:,} {figure_text(part)} cases{over}", "standoff": 4},
            },
            "yaxis": {
                "range": [len(BARS) - 0.5, -0.5],
                "tickvals": list(range(len(BARS))),
                "ticktext": [name.replace(" ", "<br>") for name in BARS.values()],
                "ticksuffix": "  ",
                "showgrid": False,
                "zeroline": False,
            },
        },
    )
