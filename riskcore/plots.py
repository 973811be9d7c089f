"""Figures from metrics, for notebooks, screens and paper. plotly on screen, matplotlib for PNG and PDF."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from riskcore.workspace import write_atomic

if TYPE_CHECKING:
    import plotly.graph_objects as go

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Okabe and Ito's colours, told apart by colour-blind readers."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LINE_STYLES = ("-", "--", ":", "-.", (0, (8, 3)), (0, (8, 3, 1, 3)))

Curve = Mapping[str, Sequence[float]]


def mean_curve(curves: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, least and greatest CER over several seeds' step curves, at the accuracies that all of them reach.

    Args:
        curves: each with `accuracy` and `cer`, ascending, as `riskcore.curves.step_curve` gives them.

    Returns:
        accuracy, mean, low, high: (P,) each.

    Example:
        >>> mean_curve([{"accuracy": [0.5, 0.7], "cer": [0.1, 0.2]}, {"accuracy": [0.6, 0.7], "cer": [0.2, 0.4]}])[1]
        array([0.2, 0.3])
    """
    low = max(curve["accuracy"][0] for curve in curves)
    high = min(curve["accuracy"][-1] for curve in curves)
    levels = np.unique(np.concatenate([np.asarray(curve["accuracy"]) for curve in curves]))
    levels = levels[(levels >= low) & (levels <= high)]
    held = np.stack(
        [np.asarray(curve["cer"])[np.searchsorted(curve["accuracy"], levels)] for curve in curves]
    )
    return levels, held.mean(0), held.min(0), held.max(0)


def frontier_figure(frontiers: Mapping[str, Sequence[Curve]], title: str) -> "go.Figure":
    """CER against accuracy as the risk dial turns: one mean curve a loss, the band spans its seeds.

    Args:
        frontiers: loss -> one curve a seed.
        title: of the figure.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (loss, curves) in enumerate(frontiers.items()):
        accuracy, mean, low, high = mean_curve(curves)
        colour = PALETTE[place % len(PALETTE)]
        if len(curves) > 1:
            figure.add_scatter(
                x=np.concatenate([accuracy, accuracy[::-1]]),
                y=np.concatenate([low, high[::-1]]),
                fill="toself",
                fillcolor=colour,
                opacity=0.15,
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=loss,
            )
        figure.add_scatter(
            x=accuracy,
            y=mean,
            name=loss,
            legendgroup=loss,
            line={"color": colour, "shape": "vh", "dash": DASHES[place % len(DASHES)]},
            hovertemplate="accuracy %{x:.1%}<br>CER %{y:.2%}",
        )
    figure.update_layout(
        title=title,
        template="plotly_white",
        xaxis={"title": "accuracy on test", "tickformat": ".0%"},
        yaxis={"title": "critical error rate (CER)", "tickformat": ".0%", "rangemode": "tozero"},
    )
    return figure


def save_figure(frontiers: Mapping[str, Sequence[Curve]], title: str, path: Path) -> None:
    """The same figure as PNG or PDF, by the path's suffix."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for place, (loss, curves) in enumerate(frontiers.items()):
        accuracy, mean, low, high = (100 * values for values in mean_curve(curves))
        colour = PALETTE[place % len(PALETTE)]
        if len(curves) > 1:
            axes.fill_between(accuracy, low, high, color=colour, alpha=0.15, linewidth=0, step="pre")
        axes.step(accuracy, mean, where="pre", color=colour, label=loss, linestyle=LINE_STYLES[place % len(LINE_STYLES)])
    axes.set(title=title, xlabel="accuracy on test, %", ylabel="critical error rate (CER), %")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(title="trained with")
    buffer = io.BytesIO()
    metadata = {"CreationDate": None} if path.suffix == ".pdf" else None
    figure.savefig(buffer, format=path.suffix.lstrip("."), dpi=150, metadata=metadata)
    pyplot.close(figure)
    write_atomic(path, buffer.getvalue())
