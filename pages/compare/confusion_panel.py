"""Which confusions the harm comes from: severity-weighted tables of several models side by side."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.compare.keys import ALL, CELL, DANGEROUS, IMAGES, OF, PAGE, TAB, WHICH, WHOSE
from pages.compare.view import View
from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.part import Part
from pages.kit.remembered import remembered
from riskcore.decision.dial import Dial
from riskcore.decision.pooled import pooled_decisions
from riskcore.formats import count
from riskcore.judging.mistakes import HarmTable, harm_table
from riskcore.plots.confusion import confusion_figure
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix
from riskcore.severity.groups import banded_classes
from riskcore.words.glossary import tooltip

_CHART = "compare_confusions"


def confusion_panel(view: View) -> None:
    """Draw the tables of all runs, in words and as one figure, in the order of the matrix's grid."""
    tables = {
        view.labels[choice.id]: _table(choice, view.matrix, view.dials(choice), view.part)
        for choice in view.chosen.choices
    }
    st.text("\n".join(f"{label}: {_in_words(table)}" for label, table in tables.items()))
    cells = [
        (
            choice.id,
            [[_cell(table, row, column) for column in range(len(table.counts))] for row in range(len(table.counts))],
        )
        for choice, table in zip(view.chosen.choices, tables.values(), strict=True)
    ]
    st.plotly_chart(
        confusion_figure(tables),
        key=_CHART,
        on_select=partial(_look_at_cell, cells),
        selection_mode="points",
        config={"displayModeBar": False},
        alt="Tables of confusions. " + " ".join(f"{label}: {_in_words(table)}" for label, table in tables.items()),
    )
    repeated = " Counts are means over the seeds." if any(table.seeds > 1 for table in tables.values()) else ""
    st.caption(
        "Each cell: cases × severity; the darker, the more it adds to the average harm, on one scale for all tables. "
        f"A thick frame marks a dangerous mistake, ✓ a right call.{repeated} A click on a cell shows its images.",
        help=tooltip("expected severity", "critical error"),
    )


def _cell(table: HarmTable, row: int, column: int) -> tuple[str, str] | None:
    """The confusion of a cell and which mistakes to show for it; None of right calls and empty cells."""
    if row == column or not table.counts[row, column]:
        return None
    names = table.matrix.classes
    which = DANGEROUS if table.matrix.critical_cells[row, column] else ALL
    return f"{names[row]} called {names[column]}", which


def _look_at_cell(cells: Sequence[tuple[str, Sequence[Sequence[tuple[str, str] | None]]]]) -> None:
    """A click on a cell shows its images; on a right call or on nothing it changes nothing."""
    with shown_errors():
        for point in st.session_state[_CHART].selection.points:
            if data := point.get("customdata"):
                id, of = cells[data[0]]
                if found := of[data[1]][data[2]]:
                    state = st.session_state
                    state[OF], state[WHOSE], state[TAB], state[PAGE] = id, id, IMAGES, 1
                    state[CELL], state[WHICH] = found


@remembered(64)
def _table(choice: Choice, matrix: SeverityMatrix, dials: tuple[Dial, ...], part: Part) -> HarmTable:
    return harm_table(pooled_decisions(cached.judged(choice, matrix, part), dials), banded_classes(matrix))


def _in_words(table: HarmTable) -> str:
    harm = table.average
    average = f"average harm {harm.value:.2f} (95 % interval {harm.low:.2f} to {harm.high:.2f}, n {table.cases:,})."
    if table.worst is None:
        return average
    truth, said = table.worst
    place = table.matrix.classes.index(truth), table.matrix.classes.index(said)
    cases = count(table.counts[place], table.seeds)
    return f"{average} Most of it: {truth} called {said}, {cases} cases, {100 * table.shares[place]:.0f} %."
