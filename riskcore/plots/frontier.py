"""CER against accuracy as the risk dial turns: plotly on screen, matplotlib for PNG and PDF."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskcore.files import write_atomic
from riskcore.foreign_text import printable
from riskcore.plots.names import figure_text
from riskcore.plots.palette import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LINE_STYLES = ("-", "--", ":", "-.", (0, (8, 3)), (0, (8, 3, 1, 3)))
BAND_OPACITY = 0.15

SHOWN_POINTS = 0.2
"""Accuracy below the best one that figures show at first; the interactive one can be zoomed out."""

Curve = Mapping[str, Sequence[float]]


def mean_curve(curves: Sequence[Curve]) -> tuple[NDArray[np.float64], ...]:
    """Mean, least and greatest CER over several seeds' step curves, up to the highest accuracy that all reach.

    Args:
        curves: each with `accuracy` and `cer`, ascending, as `riskcore.decision.frontier.step_curve` gives them.

    Returns:
        accuracy, mean, low, high: (P,) each.

    Example:
        >>> mean_curve([{"accuracy": [0.5, 0.7], "cer": [0.1, 0.2]}, {"accuracy": [0.6, 0.7], "cer": [0.2, 0.4]}])[1]
        array([0.15, 0.2 , 0.3 ])
    """
    levels = np.unique(np.concatenate([np.asarray(curve["accuracy"], dtype=float) for curve in curves]))
    levels = levels[levels <= min(curve["accuracy"][-1] for curve in curves)]
    held = np.stack([np.asarray(curve["cer"])[np.searchsorted(curve["accuracy"], levels)] for curve in curves])
    return levels, held.mean(axis=0), held.min(axis=0), held.max(axis=0)


def argmax_point(curves: Sequence[Curve]) -> tuple[float, float] | None:
    """Mean accuracy and CER of the seeds' `argmax` points, where the curves carry them."""
    marked = [curve["argmax"] for curve in curves if "argmax" in curve]
    return None if not marked else (float(np.mean([a for a, _ in marked])), float(np.mean([c for _, c in marked])))


def shown_range(frontiers: Mapping[str, Sequence[Curve]]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The part of the plane worth showing: 20 points of accuracy below the best, and the CERs found there.

    Further down every curve runs into the corner where everything is called dangerous.

    Args:
        frontiers: as for `frontier_figure`.

    Returns:
        Limits of accuracy and of CER.

    Example:
        >>> shown_range({"ce": [{"accuracy": [0.25, 0.75], "cer": [0.0, 0.5]}]})
        ((0.55, 0.76), (0.0, 0.525))
    """
    every = [curve for curves in frontiers.values() for curve in curves]
    best = max(curve["accuracy"][-1] for curve in every)
    dots = [curve["argmax"] for curve in every if "argmax" in curve]
    heights = [cer for accuracy, cer in dots if accuracy >= best - SHOWN_POINTS]
    for curve in every:
        heights += [c for a, c in zip(curve["accuracy"], curve["cer"], strict=True) if a >= best - SHOWN_POINTS]
    return (round(best - SHOWN_POINTS, 4), round(best + 0.01, 4)), (0.0, max(1.05 * max(heights), 0.01))


def frontier_figure(frontiers: Mapping[str, Sequence[Curve]], title: str) -> "go.Figure":
    """CER against accuracy as the risk dial turns: one mean curve a loss, the band spans its seeds, a dot is argmax.

    Args:
        frontiers: loss -> one curve a seed, each with `accuracy`, `cer` and, if known, `argmax` (accuracy, CER).
        title: of the figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (loss, curves) in enumerate(frontiers.items()):
        name = figure_text(loss)
        accuracy, mean, low, high = mean_curve(curves)
        colour = COLOURS[place % len(COLOURS)]
        if len(curves) > 1:
            band = {"line": {"width": 0, "shape": "vh"}, "hoverinfo": "skip", "showlegend": False, "legendgroup": name}
            figure.add_scatter(x=accuracy, y=low, mode="lines", **band)
            shade = f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:], 16)},{BAND_OPACITY})"
            figure.add_scatter(x=accuracy, y=high, mode="lines", fill="tonexty", fillcolor=shade, **band)
        figure.add_scatter(
            x=accuracy,
            y=mean,
            name=name,
            mode="lines",
            legendgroup=name,
            line={"color": colour, "shape": "vh", "dash": DASHES[place % len(DASHES)]},
            hovertemplate=f"{name}<br>accuracy %{{x:.1%}}<br>CER %{{y:.2%}}<extra></extra>",
        )
        if (point := argmax_point(curves)) is not None:
            figure.add_scatter(
                x=[point[0]],
                y=[point[1]],
                mode="markers",
                marker={"color": colour, "size": 9, "line": {"color": "white", "width": 1}},
                legendgroup=name,
                showlegend=False,
                hovertemplate=f"{name}, argmax<br>accuracy %{{x:.1%}}<br>CER %{{y:.2%}}<extra></extra>",
            )
    accuracies, rates = shown_range(frontiers)
    figure.update_layout(
        title=figure_text(title),
        template="plotly_white",
        legend={"title": "trained with<br>(dot: argmax)"},
        xaxis={"title": "accuracy on test", "tickformat": ".0%", "range": accuracies},
        yaxis={"title": "critical error rate (CER)", "tickformat": ".1~%", "range": rates},
    )
    return figure


def save_figure(frontiers: Mapping[str, Sequence[Curve]], title: str, path: Path) -> None:
    """The same figure as PNG or PDF, by the path's suffix. RunError when it cannot be written."""
    write_atomic(path, picture(frontiers, title, path.suffix.lstrip(".")))


def picture(frontiers: Mapping[str, Sequence[Curve]], title: str, format: str, part: str = "test") -> bytes:
    """The same figure as a file.

    Args:
        frontiers, title: as for `frontier_figure`.
        format: "png", "pdf" or "svg"; but for the last the same figure gives the same bytes.
        part: whose cases were counted.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=(7, 4.5), layout="constrained")  # no pyplot: nothing global, safe in threads
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    drawn: list[Line2D] = []
    for place, curves in enumerate(frontiers.values()):
        accuracy, mean, low, high = mean_curve(curves)
        colour = COLOURS[place % len(COLOURS)]
        if len(curves) > 1:
            axes.fill_between(accuracy, low, high, color=colour, alpha=BAND_OPACITY, linewidth=0, step="pre")
        style = LINE_STYLES[place % len(LINE_STYLES)]
        drawn += axes.step(accuracy, mean, where="pre", color=colour, linestyle=style)
        if (point := argmax_point(curves)) is not None:
            axes.plot(*point, "o", color=colour, markeredgecolor="white", zorder=5)
    axes.set_title(printable(title), parse_math=False)
    axes.set(xlabel=f"accuracy on {part}", ylabel="critical error rate (CER)")
    accuracies, rates = shown_range(frontiers)
    axes.set(xlim=accuracies, ylim=rates)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    names = [printable(loss) for loss in frontiers]
    for text in axes.legend(drawn, names, title="trained with (dot: argmax)", frameon=False).get_texts():
        text.set_parse_math(False)  # `$…$` in a name is no formula
    buffer = io.BytesIO()
    metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(format)
    figure.savefig(buffer, format=format, dpi=150, metadata=metadata)
    return buffer.getvalue()
