"""A link that asks for the matrix of a data set: one that is for its classes, else a new one with equal severities."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.next_run import redraw
from pages.kit.plain_text import escaped
from pages.severity import drafts as matrix_drafts
from pages.severity.names import free_name
from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix

_PARAMETER = "severity_data"


def take_in_data() -> None:
    """Open it; call it before the first control is drawn."""
    data = st.query_params.get(_PARAMETER)
    if data is None:
        return
    del st.query_params[_PARAMETER]  # it has been done: a reload must not begin another one
    with shown_errors():
        classes = cached.manifest(data).classes
        fitting = [name for name in matrix_drafts.names() if _classes(name) == set(classes)]
        if fitting:
            redraw(severity_matrix=data if data in fitting else fitting[0])
        name = free_name(data)
        matrix_drafts.add(name, SeverityMatrix.equal_costs(classes))
        said = f"{name} is new, every mistake with severity 1: groups set all of them from four costs."
        redraw(escaped(said), severity_matrix=name, severity_groups=True)


def _classes(name: str) -> set[str] | None:
    try:
        return set(matrix_drafts.draft(name).history.current.classes)
    except InputError:  # a damaged one
        return None
