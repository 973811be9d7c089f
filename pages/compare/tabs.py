"""The tabs of the Compare screen; only the open one is computed, and the address says which."""

from collections.abc import Callable

import streamlit as st

from pages.compare.benefit_panel import benefit_panel
from pages.compare.calibration_panel import calibration_panel
from pages.compare.caution_panel import caution_panel
from pages.compare.confusion_panel import confusion_panel
from pages.compare.external_panel import external_panel
from pages.compare.handing_over_panel import handing_over_panel
from pages.compare.keys import TAB
from pages.compare.mistakes_panel import mistakes_panel
from pages.compare.subgroup_panel import subgroup_panel
from pages.compare.table_panel import table_panel
from pages.compare.view import View
from pages.kit.errors import shown_errors

PANELS: dict[str, Callable[[View], None]] = {
    "Table": table_panel,
    "Images": mistakes_panel,
    "Confusions": confusion_panel,
    "Caution": caution_panel,
    "Net benefit": benefit_panel,
    "Calibration": calibration_panel,
    "Subgroups": subgroup_panel,
    "Answer or hand over": handing_over_panel,
    "Other data sets": external_panel,
}
"""Name of a tab -> what draws it."""


def tabs(view: View) -> None:
    """Draw them."""
    for tab, draw in zip(st.tabs(list(PANELS), key=TAB, bind="query-params"), PANELS.values(), strict=True):
        if tab.open:
            with tab, shown_errors():
                draw(view)
