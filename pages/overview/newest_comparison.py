"""The newest trainings side by side: danger against accuracy, and the answer in a line, as Compare gives it."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.kit import cached
from pages.kit.comparison.answer_line import answer_line
from pages.kit.comparison.drawn_runs import drawn_runs
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from pages.kit.standings import held_run, standings_at
from pages.kit.synthetic import synthetic_mark
from riskcore.plots.operating_frontier import operating_frontier
from riskcore.runs.choices import Choice
from riskcore.runs.overview import Entry
from riskcore.severity import SeverityMatrix
from riskcore.words.answer import verdict_of_choices
from riskcore.words.training_names import training_names

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 330


def newest_comparison(entry: Entry) -> None:
    """Draw the figure, and above it the answer, which takes a second the first time."""
    with shown_errors():
        _comparison(entry)


def _comparison(entry: Entry) -> None:
    synthetic_mark(any(cached.synthetic(choice) for choice in entry.rivals))
    names = training_names(entry.rivals)
    matrix = cached.own_matrix(entry.baseline)
    with st.container(horizontal=True, vertical_alignment="center"):
        _answer(entry, names)
        link_to("compare", "Compare", compare_beside=entry.baseline.id)
    st.plotly_chart(
        _figure(entry.rivals, entry.baseline, matrix, names),
        height=HEIGHT,
        config={"displayModeBar": False},
        alt="Dangerous mistakes per 1,000 against accuracy on test, a curve for each training; Compare has the numbers",
    )


@remembered(16)
def _figure(rivals: tuple[Choice, ...], baseline: Choice, matrix: SeverityMatrix, names: dict[str, str]) -> "go.Figure":
    held = held_run(baseline, matrix)
    standings = standings_at(rivals, matrix, held.default_floors)
    drawn = drawn_runs(rivals, standings, names, matrix, "cer")
    return operating_frontier(drawn, "cer", majority=held.majority_accuracy)


@st.fragment(parallel=True)
def _answer(entry: Entry, names: dict[str, str]) -> None:
    """The verdict in a line; it runs beside the rest of the screen, which does not wait for it."""
    others = tuple(choice for choice in entry.rivals if choice is not entry.baseline)
    with shown_errors():
        if not others:
            st.markdown(f"**{escaped(entry.data)}**: one training; a second one can be compared with it.")
            return
        with st.spinner("Comparing at the same accuracy …"):
            found = cached.compare(others, entry.baseline, cached.own_matrix(entry.baseline), names)
        answer_line(verdict_of_choices(found, entry.rivals))
