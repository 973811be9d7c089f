"""How many images each class has: a bar a class, stacked by split."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.data.class_counts import ClassCount
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

_PATTERNS = ("", "/", ".", "x")
_BAR = 30  # pixels


def class_counts_figure(counts: Sequence[ClassCount]) -> "go.Figure":
    """A bar a class with its number of images; where there are splits, each has its colour and pattern.

    Args:
        counts: from `riskcore.data.class_counts.class_counts`.
    """
    import plotly.graph_objects as go

    names = [figure_text(count.label) for count in counts]
    bars = []
    for place, split in enumerate(counts[0].splits):
        shown = figure_text(split)
        bar = {
            "type": "bar",
            "y": names,
            "x": [count.splits[split] for count in counts],
            "name": shown,
            "orientation": "h",
            "marker": {"color": COLOURS[place], "pattern": {"shape": _PATTERNS[place], "fgopacity": 0.5}},
            "hovertemplate": f"%{{y}}<br>{shown}: %{{x:,}} images<extra></extra>",
        }
        bars.append(bar)
    number = {"showarrow": False, "xanchor": "left", "xshift": 4}
    return go.Figure(
        data=bars,
        layout={
            "annotations": [
                {"x": count.images, "y": name, "text": f"{count.images:,}", **number}
                for count, name in zip(counts, names, strict=True)
            ],
            "barmode": "stack",
            "height": 70 + _BAR * max(len(counts), 3),
            "margin": {"l": 0, "r": 50, "t": 0, "b": 0},
            "showlegend": len(counts[0].splits) > 1,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
            "xaxis": {"title": "images", "rangemode": "tozero"},
            "yaxis": {"autorange": "reversed", "type": "category", "automargin": True},
        },
    )
