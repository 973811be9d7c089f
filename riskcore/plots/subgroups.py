"""A rate within subgroups: a dot with its interval for each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskcore.judging.subgroups import SubgroupRates
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go


def subgroups_figure(rows: Sequence[SubgroupRates], rate: str, title: str, factor: float = 100.0) -> "go.Figure":
    """A dot with its 95 % interval for each subgroup of which something is claimed, one colour and symbol a column.

    Args:
        rows: as `riskcore.judging.subgroups.subgroup_rates` gives them; those without this rate are left out.
        rate: which rate.
        title: of the axis.
        factor: of the rate's values; 100 shows shares as percent.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    columns = list(dict.fromkeys(row.column for row in rows))
    symbols = ("circle", "square", "diamond", "triangle-up", "cross", "x")
    for place, column in enumerate(columns):
        known = [(row, row.rates[rate]) for row in rows if row.column == column and rate in row.rates]
        figure.add_scatter(
            x=[factor * found.value for _, found in known],
            y=[[figure_text(column)] * len(known), [figure_text(row.value) for row, _ in known]],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [factor * (found.high - found.value) for _, found in known],
                "arrayminus": [factor * (found.value - found.low) for _, found in known],
            },
            mode="markers",
            name=figure_text(column),
            marker={"color": COLOURS[place % 6], "symbol": symbols[place % len(symbols)], "size": 9},
            customdata=[[row.cases[rate], factor * found.low, factor * found.high] for row, found in known],
            hovertemplate=(
                "%{x:.1f} (95 % interval %{customdata[1]:.1f} to %{customdata[2]:.1f}), n %{customdata[0]}"
                "<extra></extra>"
            ),
        )
    shown = sum(rate in row.rates for row in rows)
    figure.update_layout(
        height=70 + 26 * max(shown, 2),
        margin={"l": 0, "r": 10, "t": 0, "b": 0},
        showlegend=False,
        xaxis={"title": figure_text(title), "rangemode": "tozero"},
        yaxis={"autorange": "reversed"},
    )
    return figure
