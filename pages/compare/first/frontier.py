"""Danger against accuracy: each run's curve and operating point; a click on a point looks at its run."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.compare.choice import MEASURES
from pages.compare.first.clicks import look_at
from pages.compare.first.controls import shown_floor
from pages.compare.view import View
from pages.kit.comparison.drawn_runs import drawn_runs
from pages.kit.standings import held_run
from riskcore.plots.operating_frontier import operating_frontier
from riskcore.runs.comparable import strength_sweeps

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POINT = "compare_point"
HEIGHT = 390


def frontier_chart(view: View) -> None:
    """Draw it."""
    measure = next(name for name, key in MEASURES.items() if key == view.chosen.measure)
    st.plotly_chart(
        frontier_figure(view),
        key=_POINT,
        on_select=_look_at_point,
        selection_mode="points",
        height=HEIGHT,
        config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}},
        alt=f"{measure} against accuracy on {view.part}; the table below has its points",
    )


def frontier_figure(view: View) -> "go.Figure":
    """Every run's curve, its operating point at the page's setting, and the floor."""
    chosen = view.chosen
    return operating_frontier(
        drawn_runs(chosen.choices, view.standings, chosen.labels, chosen.matrix, chosen.measure, view.part),
        chosen.measure,
        majority=held_run(chosen.baseline, chosen.matrix, view.part).majority_accuracy,
        floor=shown_floor(chosen, view.setting),
        sweeps=[[choice.id for choice in sweep] for sweep in strength_sweeps(chosen.choices)],
        part=view.part,
    )


def _look_at_point() -> None:
    look_at(_POINT)
