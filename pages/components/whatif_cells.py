"""Which cell of the matrix matters most."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.plain_text import escaped
from pages.components.whatif_tried import Tried
from riskcore.glossary import tooltip
from riskcore.plots.whatif import cells_figure
from riskcore.sensitivity import CellSensitivity, cell_sensitivity
from riskcore.severity import SeverityMatrix
from riskcore.wording import count

_FOUND = "severity_cells_found"


def cells_panel(tried: Tried) -> None:
    """Name the cell, and draw how many decisions hang on each."""
    found = _found(tried)
    st.markdown(_sentence(found, tried.matrix, tried.seeds), help=tooltip("severity matrix", "wish"))
    st.plotly_chart(
        cells_figure(found, tried.matrix.classes, tried.seeds),
        key="severity_cells",
        width=760,
        alt="How many decisions change when each cell's severity is doubled or halved",
    )


def _found(tried: Tried) -> CellSensitivity:
    """Remembered for the edit at hand only, in the session: a cached function could not be left half-way.

    Each step of the bar is a place where the server may leave, when the next edit comes before this one is done.
    """
    key = (tried.source.key, tried.matrix.to_json(), repr(tried.choice))
    known, found = st.session_state.get(_FOUND, (None, None))
    if known != key:
        bar = st.progress(0.0, "Doubling and halving each severity …")
        found = cell_sensitivity(
            tried.source.whatif, tried.matrix, tried.choice, progress=lambda done, total: _step(bar, done, total)
        )
        bar.empty()
        st.session_state[_FOUND] = (key, found)
    return found


def _step(bar: DeltaGenerator, done: int, total: int) -> None:
    bar.progress(done / total, "Doubling and halving each severity …")


def _sentence(found: CellSensitivity, matrix: SeverityMatrix, seeds: int) -> str:
    how = (
        "Each severity was doubled, then halved, alone; the caution was chosen anew for what you accept, and a cell "
        "shows the greater number of decisions that change, an empty one none."
    )
    if found.top is None:
        return f"**No single cell matters**: doubling or halving any of them changes no decision. {how}"
    truth, said = found.top
    doubled = found.doubled[truth, said] >= found.halved[truth, said]
    severity = matrix.values[truth, said]
    edited = severity * (2 if doubled else 0.5)
    critical = matrix.critical
    crossing = ""
    if severity >= critical > edited:
        crossing = ", which makes it no dangerous mistake any more,"
    elif edited >= critical > severity:
        crossing = ", which makes it a dangerous mistake,"
    return (
        f"**Truth {escaped(matrix.classes[truth])}, model says {escaped(matrix.classes[said])} matters most**: "
        f"{'doubling' if doubled else 'halving'} its severity from {severity:g} to {edited:g}{crossing} changes "
        f"{count(found.changed[truth, said], seeds)} of {found.n // seeds:,} decisions{_equals(found)}. {how}"
    )


def _equals(found: CellSensitivity) -> str:
    others = int((found.changed == found.changed.max()).sum()) - 1
    if not others:
        return ""
    return ", as one other cell does" if others == 1 else f", as {others} other cells do"
