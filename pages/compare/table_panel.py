"""Every run at the page's setting as a table, the same as a file, and under Details what the answer rests on."""

from math import isfinite
from typing import TYPE_CHECKING

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.first.answer import answered
from pages.compare.first.controls import shown_floor
from pages.compare.first.frontier import frontier_figure
from pages.compare.view import View
from pages.kit.comparison.answer_line import MARKS
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from pages.kit.standings import held_run
from riskcore.comparing.comparison import Comparison
from riskcore.formats import SYNTHETIC, percent
from riskcore.judging.standings import fewest_dangerous
from riskcore.plots.operating_frontier import standalone_html
from riskcore.words.answer import sentence
from riskcore.words.compared import HOW_TO_READ
from riskcore.words.glossary import tooltip
from riskcore.words.images.judged import csv
from riskcore.words.standing_table import numbers_table, shown_table

if TYPE_CHECKING:
    import pandas as pd


_ANSWER_WIDTH = 290  # pixels


@st.fragment(parallel=True)
def table_panel(view: View) -> None:
    """Draw the tab; the column of answers, which take a second, is filled in last."""
    with shown_errors():
        held = {choice.id: held_run(choice, view.matrix, view.part) for choice in view.chosen.choices}
        shown = shown_table(view.standings, held, view.labels, view.part)
        _lead(view)
        place = st.empty()
        _draw(place, shown, view)
        _downloads(view)
        found = comparison_cached.all_compared(view) if answered(view) else None
        if found is not None:
            _draw(place, shown_table(view.standings, held, view.labels, view.part, found), view)
        with st.expander("Details", key="compare_details"):
            _details(view, found)


def _draw(place: "st.delta_generator.DeltaGenerator", shown: "pd.DataFrame", view: View) -> None:
    alt = f"What each training does on {view.part} at the accuracy asked for on validation"
    width = st.column_config.TextColumn(width=_ANSWER_WIDTH)  # it is drawn before the answers are there
    place.dataframe(shown, hide_index=True, alt=alt, column_config={"Safer at equal accuracy": width})


def _lead(view: View) -> None:
    """Who does not reach what was asked for, if any."""
    wanted = percent(shown_floor(view.chosen, view.setting)) if view.setting.caution is None else view.setting.stop
    if fewest_dangerous(view.standings) is None:
        st.markdown(f":material/block: No training reaches {wanted} on validation; move the floor down.")
    elif short := [view.labels[one.id] for one in view.standings if not one.reached and isfinite(one.validation_cer)]:
        st.text(f"Not reached on validation by {', '.join(short)}, shown at the most accurate setting instead.")


def _downloads(view: View) -> None:
    floor, data = shown_floor(view.chosen, view.setting), view.chosen.data
    held = {choice.id: held_run(choice, view.matrix, view.part) for choice in view.chosen.choices}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Table (CSV)",
            lambda: csv(numbers_table(view.standings, held, view.labels, floor, view.part)),
            f"compare-{data}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Figure (HTML)",
            lambda: standalone_html(frontier_figure(view), _title(view, floor)),
            f"compare-{data}.html",
            "text/html",
            icon=":material/download:",
            on_click="ignore",
            help="A file that opens in any browser, offline, and can be zoomed. "
            "The camera above the figure gives a PNG.",
        )


def _title(view: View, floor: float) -> str:
    made_up = f" {SYNTHETIC}" if comparison_cached.synthetic(view.chosen) else ""
    shown = " Shown on validation, which flatters." if view.part == "validation" else ""
    return f"{view.chosen.data}: held to {percent(floor)} accuracy on validation.{shown}{made_up}"


def _details(view: View, found: Comparison | None) -> None:
    st.caption(f"{HOW_TO_READ} Caution: {escaped(view.setting.stop)} {view.setting.meaning}")
    st.dataframe(
        [
            {"Training": view.labels[choice.id], "Loss": choice.loss, "Network": choice.how, "Id": choice.id}
            | {"Matrix": choice.matrix, "Seeds": " ".join(map(str, choice.seeds))}
            for choice in view.chosen.choices
        ],
        hide_index=True,
        alt="How each training is called by the engine",
    )
    if found is None:
        return
    said = comparison_cached.verdict_of(view)
    said_whole = " ".join(filter(None, (said.sentence, said.note, said.beside)))
    st.markdown(escaped(said_whole), help=tooltip("equal accuracy", "interval"))
    if len(found.others) > 1:
        for run in found.others:
            assert run.equal_accuracy is not None
            st.markdown(f"{MARKS[run.equal_accuracy.safer]} {escaped(sentence(run, found))}")
    st.markdown("**Without caution, as most reports give it: not at equal accuracy**")
    st.caption(
        "The likeliest class of each model. One that is less accurate can miss fewer dangerous cases only because "
        "it calls more of everything dangerous; these lines alone never make it the safer one."
    )
    for difference in comparison_cached.argmax_compared(view.chosen):
        st.markdown(f"- {escaped(difference.sentence(view.labels))}")
