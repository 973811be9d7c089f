"""The registered data sets in a table, and which of them is looked at."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.datasets.facts import groups_in_words
from pages.kit import cached
from pages.kit.errors import shown_errors
from riskcore.data.manifest import Manifest

NAME = "data_name"
_ROWS = 10  # of the table that are seen at once
_ROW_HEIGHT = 35  # pixels, Streamlit's own


def data_choice(names: Sequence[str]) -> str:
    """Draw the table and the choice; return the name of the chosen one.

    Args:
        names: of the registered data sets, at least one.
    """
    name = st.selectbox("Data set", names, key=NAME, bind="query-params", label_visibility="collapsed", width=280)
    with st.popover("All data sets"):
        rows = []
        for each in names:
            with shown_errors():
                rows.append(_row(cached.manifest(each)))
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            height=_ROW_HEIGHT * (1 + min(len(rows), _ROWS)) + 2,
            alt="The registered data sets",
        )
    return name


def _row(manifest: Manifest) -> dict[str, str | int]:
    return {
        "Name": manifest.name,
        "Images": len(manifest),
        "Classes": len(manifest.classes),
        "Patients, slides or lesions": groups_in_words(manifest),
        "Format": manifest.format,
        "Drawn by the program": "SYNTHETIC" if manifest.synthetic else "no",
    }
