"""The newest trainings side by side: danger against accuracy, and the answer in a line, as Compare gives it."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.kit.standings import held_run, standings_at
from pages.kit.synthetic import synthetic_mark
from riskcore.judging.standings import dominated
from riskcore.plots.operating_frontier import DrawnRun, operating_frontier
from riskcore.runs.comparable import plain, severity_trained
from riskcore.runs.overview import Entry
from riskcore.words.answer import verdict
from riskcore.words.training_names import training_names

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
    held = {choice.id: held_run(choice, matrix) for choice in entry.rivals}
    baseline = held[entry.baseline.id]
    standings = standings_at(entry.rivals, matrix, baseline.default_floors)
    beaten = dominated(standings)
    drawn = [
        DrawnRun(
            one.id, names[one.id], held[one.id].curves("cer"), one.rates, held[one.id].argmax, faded=one.id in beaten
        )
        for one in standings
    ]
    st.plotly_chart(
        operating_frontier(drawn, "cer", majority=baseline.majority_accuracy),
        height=HEIGHT,
        config={"displayModeBar": False},
        alt="Dangerous mistakes per 1,000 against accuracy on test, a curve for each training; Compare has the numbers",
    )


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
        said = verdict(
            found,
            severity={choice.id for choice in entry.rivals if severity_trained(choice)},
            plain={choice.id for choice in entry.rivals if plain(choice)},
            data=entry.data,
        )
        st.markdown(f"**{escaped(said.line)}**")
