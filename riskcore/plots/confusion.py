"""Severity-weighted confusion tables side by side, on one colour scale."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcore.formats import count
from riskcore.judging.mistakes import HarmTable
from riskcore.plots.cell_text import cell_text, text_colours
from riskcore.plots.names import figure_text

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from plotly.subplots import SubplotXY

ACROSS = 3
FEW_CLASSES = 6
"""So many tables stand in a row while they have few classes; else one less, so that the numbers fit in."""

INKS = ("#000000", "#ffffff")
"""Colours of the texts, as `text_colours` gives them."""

SCALE = ((0.0, "#FFF8F0"), (0.25, "#FDD0A2"), (0.6, "#F16913"), (1.0, "#8C2D04"))
"""From no harm to the most; readable in either theme, since a cell's text takes the colour that stands out from it."""


def confusion_figure(named: Mapping[str, HarmTable]) -> "go.Figure":
    """A table each, rows = truth; a cell's colour is what it adds to average harm, its text count × severity.

    Dangerous mistakes are outlined. Counts are means over seeds. A click on a cell brings back as `customdata` which
    table, row and column it is: a heatmap alone cannot be selected, so invisible marks lie over the confusions.

    Args:
        named: title -> table, all with the same classes in the same order.
    """
    from plotly.subplots import make_subplots

    tables = list(named.values())
    classes = [_short(name) for name in tables[0].matrix.classes]
    across = min(len(tables), ACROSS if len(classes) <= FEW_CLASSES else ACROSS - 1)
    down = -(-len(tables) // across)
    height = down * (120 + 40 * len(classes))
    most = max(max(float(table.harm.max()) for table in tables), 1e-9)
    figure = make_subplots(
        down,
        across,
        subplot_titles=[figure_text(title) for title in named],
        horizontal_spacing=0.03,
        vertical_spacing=120 / height if down > 1 else 0,
        shared_yaxes=True,
    )
    outlines: list[dict[str, object]] = []
    for place, table in enumerate(tables):
        row, column = place // across + 1, place % across + 1
        figure.add_heatmap(
            z=table.harm,
            customdata=_hover(table),
            hovertemplate="%{customdata}<extra></extra>",
            coloraxis="coloraxis",
            xgap=1,
            ygap=1,
            row=row,
            col=column,
        )
        colours = text_colours(table.harm, SCALE, most)
        size = 11 if len(classes) <= FEW_CLASSES else 10
        for ink in INKS:
            figure.add_scatter(**_written(cell_text(_texts(table), colours, size), ink), row=row, col=column)
        figure.add_scatter(**_clickable(place, table), row=row, col=column)
        outlines += _outlines(table, colours, figure.get_subplot(row, column))
        figure.update_xaxes(title="model says …", row=row, col=column)
    ticks = {"tickmode": "array", "tickvals": list(range(len(classes))), "ticktext": classes, "showgrid": False}
    figure.update_xaxes(**ticks, title_standoff=12)
    figure.update_yaxes(**ticks, autorange="reversed", ticksuffix=" ")
    figure.update_yaxes(title="truth is …", col=1)
    figure.update_layout(
        shapes=outlines,  # all at once: each shape that is added alone goes through all before it
        height=height,
        margin={"l": 0, "r": 0, "t": 28, "b": 50},
        clickmode="event+select",
        coloraxis={
            "colorscale": SCALE,
            "cmin": 0,
            "cmax": most,
            "colorbar": {"title": {"text": "average<br>harm"}, "thickness": 12},
        },
    )
    return figure


def _written(trace: dict[str, Any], ink: str) -> dict[str, Any]:
    """The texts of one colour, which a click on a cell must not fade."""
    kept = [place for place, colour in enumerate(trace["textfont"]["color"]) if colour == ink]
    own = {name: [trace[name][place] for place in kept] for name in ("x", "y", "text")}
    return {**trace, **own, "textfont": {**trace["textfont"], "color": ink}, "unselected": {"textfont": {"color": ink}}}


def _clickable(place: int, table: HarmTable) -> dict[str, Any]:
    """A mark over each confusion that happened."""
    happened = np.argwhere(table.counts * (1 - np.eye(len(table.counts), dtype=np.int64))).tolist()
    hover, unseen = _hover(table), {"marker": {"opacity": 0}}
    return {
        "x": [said for _, said in happened],
        "y": [truth for truth, _ in happened],
        "mode": "markers",
        "marker": {"symbol": "square", "size": 36, "opacity": 0},
        "selected": unseen,
        "unselected": unseen,
        "customdata": [[place, truth, said] for truth, said in happened],
        "hovertext": [hover[truth][said] for truth, said in happened],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }


def _outlines(table: HarmTable, colours: NDArray[np.str_], subplot: "SubplotXY") -> list[dict[str, object]]:
    """A rectangle inside each cell of a dangerous mistake, in the colour of its text."""
    x, y = (axis.plotly_name.replace("axis", "") for axis in (subplot.xaxis, subplot.yaxis))
    place = {"type": "rect", "xref": x, "yref": y}
    return [
        {**place, "line": {"color": str(colours[truth, said]), "width": 3}}
        | {"x0": said - 0.46, "x1": said + 0.46, "y0": truth - 0.46, "y1": truth + 0.46}
        for truth, said in np.argwhere(table.matrix.critical_cells).tolist()
    ]


def _texts(table: HarmTable) -> list[list[str]]:
    def text(truth: int, decision: int) -> str:
        if not table.counts[truth, decision]:
            return ""
        cases = count(table.counts[truth, decision], table.seeds)
        return f"{cases} ✓" if truth == decision else f"{cases}×{table.matrix.values[truth, decision]:g}"

    places = range(len(table.counts))
    return [[text(truth, said) for said in places] for truth in places]


def _hover(table: HarmTable) -> list[list[str]]:
    names, values, critical = table.matrix.classes, table.matrix.values, table.matrix.critical_cells

    def words(truth: int, decision: int) -> str:
        called = f"truth {figure_text(names[truth])}, model says {figure_text(names[decision])}"
        cases = f"{count(table.counts[truth, decision], table.seeds)} cases"
        if truth == decision:
            return f"{called}<br>{cases}, right"
        danger = ", a dangerous mistake" if critical[truth, decision] else ""
        share = f"{100 * table.shares[truth, decision]:.0f} % of the average harm"
        return f"{called}<br>{cases}, severity {values[truth, decision]:g}{danger}<br>{share}"

    places = range(len(names))
    return [[words(truth, said) for said in places] for truth in places]


def _short(name: str, most: int = 14) -> str:
    return figure_text(name if len(name) <= most else f"{name[: most - 1]}…")
