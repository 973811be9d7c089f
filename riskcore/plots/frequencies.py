"""Natural frequencies: stacked bars of mistakes and a field of 1,000 dots, without caution and with it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from riskcore.judging.frequencies import OUTCOMES, Frequencies
from riskcore.plots.names import figure_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

WRONG = ("missed", "dangerous_other", "false_alarm", "harmless_other")
"""The outcomes that are mistakes, in the order of the bars."""

STYLE = {
    "missed": ("#D55E00", "x", "x"),
    "dangerous_other": ("#CC79A7", "diamond", "/"),
    "found": ("#0072B2", "circle", ""),
    "false_alarm": ("#E69F00", "triangle-up", "."),
    "harmless_other": ("#56B4E9", "square", "\\"),
    "cleared": ("#8A94A0", "circle-open", ""),
}
"""Outcome -> colour, symbol of a dot and pattern of a bar: none is told apart by its colour alone."""

SHORT = {
    "missed": "missed",
    "dangerous_other": "dangerous, other wrong call",
    "false_alarm": "false alarms",
    "harmless_other": "harmless, other wrong call",
}
"""What stands in a piece of a bar, behind its number, where there is room."""

CHARACTERS = 60
"""How many of them fit into the longest bar."""

COLUMNS = 100
"""Dots in a row, over all fields together."""


def bars_figure(named: Mapping[str, Frequencies]) -> "go.Figure":
    """One stacked bar of mistakes for each way to decide, with the number in each piece.

    Args:
        named: how a bar is called -> its frequencies, the first at the top.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    longest = max(sum(found.people[outcome] for outcome in WRONG) for found in named.values())
    of = next(iter(named.values())).of
    names = [figure_text(name) for name in named]
    for outcome in WRONG:
        colour, _, pattern = STYLE[outcome]
        counts = [found.people[outcome] for found in named.values()]
        figure.add_bar(
            y=names,
            x=counts,
            orientation="h",
            name=OUTCOMES[outcome],
            marker={"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "fgopacity": 0.2}},
            text=[_in_piece(count, SHORT[outcome], longest) for count in counts],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": "#000000", "size": 14},
            constraintext="none",
            hovertemplate=f"%{{x}} of {of:,}: {OUTCOMES[outcome]}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=170,
        margin={"l": 0, "r": 0, "t": 0, "b": 45},
        showlegend=False,
        xaxis={"title": f"mistakes among {of:,} cases", "title_standoff": 8},
        yaxis={"autorange": "reversed", "ticksuffix": "  "},
        bargap=0.25,
    )
    return figure


def _in_piece(count: int, words: str, longest: int) -> str:
    text = f"{count} {words}"
    if len(text) * longest <= CHARACTERS * count:
        return text
    return str(count) if count else ""


def dots_figure(named: Mapping[str, Frequencies]) -> "go.Figure":
    """One dot a case: a field for each way to decide, filled row by row, dangerous cases first.

    Args:
        named: how a field is called -> its frequencies, the first on the left.
    """
    from plotly.subplots import make_subplots

    titles = [figure_text(name) for name in named]
    figure = make_subplots(1, len(named), subplot_titles=titles, horizontal_spacing=0.03)
    across = COLUMNS // len(named)
    rows = -(-max(found.of for found in named.values()) // across)
    for column, found in enumerate(named.values(), start=1):
        first = 0
        for outcome, words in OUTCOMES.items():
            place = np.arange(first, first + found.people[outcome])
            first += found.people[outcome]
            colour, symbol, _ = STYLE[outcome]
            figure.add_scatter(
                x=place % across,
                y=place // across,
                mode="markers",
                name=words,
                legendgroup=outcome,
                showlegend=column == 1,
                marker={"color": colour, "symbol": symbol, "size": 7},
                hovertemplate=f"{found.people[outcome]:,} of {found.of:,}: {words}<extra></extra>",
                row=1,
                col=column,
            )
        figure.update_xaxes(visible=False, range=[-0.8, across - 0.2], fixedrange=True, row=1, col=column)
        figure.update_yaxes(visible=False, range=[rows - 0.3, -0.7], fixedrange=True, row=1, col=column)
    figure.update_layout(
        height=80 + 12 * rows,
        margin={"l": 0, "r": 0, "t": 24, "b": 0},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "itemclick": False, "itemdoubleclick": False},
    )
    return figure
