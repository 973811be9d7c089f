"""Danger against accuracy: curves, operating points at a floor on validation, a table, and both to take away."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.choice import Chosen
from pages.compare.mistakes_panel import mistakes_panel
from pages.compare.paired import paired_panel
from pages.kit.errors import shown_errors
from pages.kit.part import Part, part_of_new
from pages.kit.standings import held_run, standings_at
from riskcore.formats import SYNTHETIC, percent
from riskcore.judging.standings import HeldRun, Standing, dominated, fewest_dangerous
from riskcore.plots.operating_frontier import DrawnRun, operating_frontier, standalone_html
from riskcore.runs.comparable import strength_sweeps
from riskcore.runs.looks import Question
from riskcore.words.glossary import tooltip
from riskcore.words.images.judged import csv
from riskcore.words.standing_table import numbers_table, shown_table

if TYPE_CHECKING:
    import plotly.graph_objects as go

_MEASURES = {
    "Dangerous mistakes": "cer",
    "Missed dangerous cases": "critical_miss_rate",
    "Average harm": "expected_severity",
    "False alarms": "over_call_rate",
}
_POINT, _OF = "compare_point", "compare_images_of"


@st.fragment
def frontier_panel(chosen: Chosen) -> None:
    """Draw the tab; moving its slider redraws nothing else."""
    with shown_errors():
        choosing = {choice.id: held_run(choice, chosen.matrix) for choice in chosen.choices}
        measure_column, floor_column = st.columns([1, 1], gap="medium")
        measure = _MEASURES[
            measure_column.segmented_control(
                "What is set against accuracy",
                list(_MEASURES),
                default="Dangerous mistakes",
                required=True,
                key="compare_measure",
                bind="query-params",
                help=tooltip("frontier", "cer", "critical miss rate", "expected severity", "over-call rate"),
            )
        ]
        baseline = choosing[chosen.baseline.id]
        floor = _floor(floor_column, choosing, baseline)
        part = part_of_new("compare_floor", Question(chosen.matrix, floor=floor), chosen.runs)
        held = {choice.id: held_run(choice, chosen.matrix, part) for choice in chosen.choices}
        held_to = baseline.default_floors if floor is None else floor
        standings = standings_at(chosen.choices, chosen.matrix, held_to, part)
        shown_floor = baseline.default_floor if floor is None else floor
        _lead(standings, chosen.labels, shown_floor)
        figure = _figure(chosen, held, standings, measure, part)
        st.plotly_chart(
            figure,
            key=_POINT,
            on_select=_look_at_point,
            selection_mode="points",
            height=430,
            config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}},
            alt=f"{measure.replace('_', ' ')} against accuracy on {part}; the table below holds its points",
        )
        st.caption(
            "Filled: held to the floor, with 95 % intervals; open: without caution. The lines show what other cautions "
            f"would do on {part}. Faded: there another run is at least as accurate with no more dangerous mistakes. "
            "Click a filled point to see that run's mistakes."
        )
        _table(chosen, held, standings, shown_floor, figure, part)
        _images(chosen, standings, part)
        if part == "test":
            paired_panel(chosen, floor)  # last, since it takes a second at a new floor


def _floor(column: "st.delta_generator.DeltaGenerator", held: Mapping[str, HeldRun], baseline: HeldRun) -> float | None:
    """The floor, a share; None for the one to begin with, which each of the baseline's members has of its own."""
    standard = baseline.default_floor
    shown = round(100 * standard, 1)
    best = 100 * max(run.best_accuracy for run in held.values())
    value = column.slider(
        "Accuracy on validation of at least",
        max(0.0, float(round(shown - 25))),
        min(100.0, float(round(max(best, shown) + 1))),
        shown,
        step=0.1,
        format="%.1f %%",
        key="compare_floor",
        bind="query-params",
        help=f"Each run's caution is chosen on validation cases to keep this accuracy; to begin with it is that of the "
        f"baseline less 1 point.\n\n{tooltip('operating point')}",
    )
    return None if value == shown else value / 100


def _lead(standings: Sequence[Standing], labels: Mapping[str, str], floor: float) -> None:
    best = fewest_dangerous(standings)
    if best is None:
        st.warning(f"No run reaches {percent(floor)} on validation; move the floor down.", icon=":material/block:")
    elif short := [labels[one.id] for one in standings if not one.reached]:
        st.text(f"Not reached on validation by {', '.join(short)}, shown at the most accurate setting instead.")


def _figure(
    chosen: Chosen, held: Mapping[str, HeldRun], standings: Sequence[Standing], measure: str, part: Part
) -> "go.Figure":
    beaten = dominated(standings)
    drawn = [
        DrawnRun(
            id=one.id,
            label=chosen.labels[one.id],
            curves=held[one.id].curves(measure),
            point=one.rates,
            argmax=held[one.id].argmax,
            faded=one.id in beaten,
        )
        for one in standings
    ]
    sweeps = [[choice.id for choice in sweep] for sweep in strength_sweeps(chosen.choices)]
    majority = held[chosen.baseline.id].majority_accuracy
    return operating_frontier(drawn, measure, majority=majority, sweeps=sweeps, part=part)


def _table(
    chosen: Chosen,
    held: Mapping[str, HeldRun],
    standings: Sequence[Standing],
    floor: float,
    figure: "go.Figure",
    part: Part,
) -> None:
    st.dataframe(
        shown_table(standings, held, chosen.labels, part),
        hide_index=True,
        alt=f"What each run does on {part} at the accuracy asked for on validation",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Table (CSV)",
            lambda: csv(numbers_table(standings, held, chosen.labels, floor, part)),
            f"compare-{chosen.data}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Figure (HTML)",
            lambda: standalone_html(figure, _title(chosen, floor, part)),
            f"compare-{chosen.data}.html",
            "text/html",
            icon=":material/download:",
            on_click="ignore",
            help="A file that opens in any browser, offline, and can be zoomed. "
            "The camera above the figure gives a PNG.",
        )
        st.caption(f"All rates on {part}, with 95 % intervals, at {percent(floor)} or more on validation.")


def _title(chosen: Chosen, floor: float, part: Part) -> str:
    made_up = f" {SYNTHETIC}" if comparison_cached.synthetic(chosen) else ""
    shown = " Shown on validation, which flatters." if part == "validation" else ""
    return f"{chosen.data}: held to {percent(floor)} accuracy on validation.{shown}{made_up}"


def _look_at_point() -> None:
    """A click on an operating point chooses the run below; a click on nothing leaves it."""
    with shown_errors():
        for point in st.session_state[_POINT].selection.points:
            if id := (point.get("customdata") or [None])[0]:
                st.session_state[_OF] = id


def _images(chosen: Chosen, standings: Sequence[Standing], part: Part) -> None:
    choices = {choice.id: choice for choice in chosen.choices}
    id = st.selectbox(
        "Mistakes of",
        list(choices),
        index=None,
        format_func=chosen.labels.__getitem__,
        key=_OF,
        bind="query-params",
        placeholder="Click a filled point above, or choose a run here, to see its misclassified images",
    )
    if id is not None:
        (standing,) = (one for one in standings if one.id == id)
        mistakes_panel(choices[id], chosen.matrix, standing.dials, part)
