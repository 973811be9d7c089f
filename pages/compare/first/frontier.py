"""Danger against accuracy: each run's curve and operating point; a click on a point looks at its run."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.compare.first.clicks import look_at
from pages.compare.first.controls import shown_floor
from pages.compare.view import View
from pages.kit.standings import held_run
from riskcore.judging.standings import dominated
from riskcore.plots.operating_frontier import DrawnRun, operating_frontier
from riskcore.runs.comparable import strength_sweeps

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POINT = "compare_point"
HEIGHT = 390


def frontier_chart(view: View) -> None:
    """Draw it."""
    st.plotly_chart(
        frontier_figure(view),
        key=_POINT,
        on_select=_look_at_point,
        selection_mode="points",
        height=HEIGHT,
        config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}},
        alt=f"{view.chosen.measure.replace('_', ' ')} against accuracy on {view.part}; the table below has its points",
    )


def frontier_figure(view: View) -> "go.Figure":
    """Every run's curve, its operating point at the page's setting, and the floor."""
    chosen = view.chosen
    held = {choice.id: held_run(choice, chosen.matrix, view.part) for choice in chosen.choices}
    beaten = dominated(view.standings)
    drawn = [
        DrawnRun(
            id=one.id,
            label=chosen.labels[one.id],
            curves=held[one.id].curves(chosen.measure),
            point=one.rates,
            argmax=held[one.id].argmax,
            faded=one.id in beaten,
        )
        for one in view.standings
    ]
    return operating_frontier(
        drawn,
        chosen.measure,
        majority=held[chosen.baseline.id].majority_accuracy,
        floor=shown_floor(chosen, view.setting),
        sweeps=[[choice.id for choice in sweep] for sweep in strength_sweeps(chosen.choices)],
        part=view.part,
    )


def _look_at_point() -> None:
    look_at(_POINT)
