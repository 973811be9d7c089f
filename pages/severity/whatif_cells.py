"""Which cell of the matrix matters most."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.kit.plain_text import escaped
from pages.severity.whatif_tried import Tried
from riskcore.formats import count
from riskcore.judging.sensitivity import CellSensitivity, TopChange, cell_sensitivity, top_change
from riskcore.plots.whatif import cells_figure
from riskcore.words.glossary import tooltip
from riskcore.words.whatif import EFFECTS

_FOUND = "severity_cells_found"


def cells_panel(tried: Tried) -> None:
    """Name the cell, and draw how many decisions hang on each."""
    found, change = _found(tried)
    st.markdown(_sentence(found, change, tried), help=tooltip("severity matrix", "wish"))
    st.plotly_chart(
        cells_figure(found, tried.matrix.classes, tried.seeds),
        key="severity_cells",
        width=760,
        alt="How many decisions change when each cell's severity is doubled or halved",
    )


def _found(tried: Tried) -> tuple[CellSensitivity, TopChange | None]:
    """Remembered for the edit at hand only, in the session: a cached function could not be left half-way.

    Each step of the bar is a place where the server may leave, when the next edit comes before this one is done.
    """
    key = (tried.source.key, tried.part, tried.matrix.to_json(), repr(tried.caution))
    known, found = st.session_state.get(_FOUND, (None, None))
    if known != key:
        bar = st.progress(0.0, "Doubling and halving each severity …")
        asked = (tried.whatif, tried.matrix, tried.caution)
        cells = cell_sensitivity(*asked, progress=lambda done, total: _step(bar, done, total))
        found = cells, top_change(cells, *asked)
        bar.empty()
        st.session_state[_FOUND] = (key, found)
    return found


def _step(bar: DeltaGenerator, done: int, total: int) -> None:
    bar.progress(done / total, "Doubling and halving each severity …")


def _sentence(sensitivity: CellSensitivity, change: TopChange | None, tried: Tried) -> str:
    seeds = tried.seeds
    how = (
        "Each severity was doubled, then halved, alone; the caution was chosen anew for what you accept, and a cell "
        "shows the greater number of decisions that change, an empty one none."
    )
    if change is None:
        return f"**No single cell matters**: doubling or halving any of them changes no decision. {how}"
    threshold = f"the threshold of {change.critical:g}"
    if change.crosses:
        kind = "a dangerous mistake by it" if change.edited >= change.critical else "no dangerous mistake any more"
        side = f"This crosses {threshold}, so the mistake is {kind}."
    else:
        side = f"This does not cross {threshold}."
    directions = [
        f"{count(change.effects[kind], seeds)} {words}" for kind, words in EFFECTS.items() if change.effects[kind]
    ]
    return (
        f"**Truth {escaped(change.truth)}, model says {escaped(change.said)} matters most**: "
        f"{'doubling' if change.edited > change.severity else 'halving'} its severity from {change.severity:g} to "
        f"{change.edited:g} changes {count(sensitivity.changed.max(), seeds)} of {sensitivity.n // seeds:,} decisions"
        f"{_equals(sensitivity, tried.matrix.classes)}; judged with that severity, {', '.join(directions)}. "
        f"{side} {how}"
    )


def _equals(sensitivity: CellSensitivity, classes: Sequence[str]) -> str:
    """Names the other cell that changes as many, counts them where there are several."""
    others = sensitivity.equals
    if len(others) == 1:
        truth, said = (escaped(classes[place]) for place in others[0])
        return f", as many as one other cell does (truth {truth}, model says {said})"
    return f", as many as {len(others)} other cells do" if others else ""
