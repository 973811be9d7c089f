"""All figures and tables of the screen, folded: the numbers behind the bars, every changed call, curves, versions."""

import streamlit as st

from pages.kit.errors import shown_errors
from pages.severity.diff import comparison_panel, versions_panel
from pages.severity.strip import changes_panel
from pages.severity.whatif_cells import cells_panel
from pages.severity.whatif_curves import caution_trade, confusion_tables
from pages.severity.whatif_numbers import numbers
from pages.severity.whatif_tried import Tried

_OPEN, _TAB = "severity_more", "severity_details"
_OF_RESULTS = {
    "Numbers": numbers,
    "Changed calls": changes_panel,
    "What caution trades": caution_trade,
    "Confusions": confusion_tables,
    "Which cell matters most": cells_panel,
}
_OF_MATRIX = {"Versions": versions_panel, "Two matrices": comparison_panel}


def details(name: str, tried: Tried | None) -> None:
    """A section that opens, at once where the address names one of its tabs.

    Args:
        name: of the matrix.
        tried: what it changes; None where there is nothing to try it on.
    """
    if _TAB in st.query_params and _OPEN not in st.session_state:
        st.session_state[_OPEN] = True
    section = st.expander("Details", key=_OPEN, on_change="rerun")
    if section.open:
        with section:
            _tabs(name, tried)


@st.fragment(parallel=True)
def _tabs(name: str, tried: Tried | None) -> None:
    """Images, figures and the search over cells take longer than what stands above, which therefore does not wait."""
    with shown_errors():
        titles = [*_OF_RESULTS, *_OF_MATRIX]
        for title, tab in zip(titles, st.tabs(titles, key=_TAB, bind="query-params"), strict=True):
            if tab.open:
                with tab:
                    if title in _OF_MATRIX:
                        _OF_MATRIX[title](name)
                    elif tried is None:
                        st.caption("There is nothing to try the matrix on yet.")
                    else:
                        _OF_RESULTS[title](tried)
