"""All judged images in one table, to sort, to download and to keep."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.predict.files import ImageFile
from riskcore.formats import RESEARCH_USE
from riskcore.learning.bundle import Bundle
from riskcore.words.glossary import tooltip
from riskcore.words.images.judged import Judged, csv
from riskcore.words.images.saved_predictions import save_predictions

_COLUMNS = {
    "number": st.column_config.NumberColumn("No.", help="Place in the order by risk, as on the cards."),
    "image": st.column_config.TextColumn("File"),
    "risk": st.column_config.TextColumn("Risk"),
    "decision": st.column_config.TextColumn("Model says", help="The decision at the run's caution."),
    "advice": st.column_config.TextColumn("What to do", width=620),
    "critical_probability": st.column_config.ProgressColumn(
        "Dangerous mistake",
        min_value=0.0,
        max_value=100.0,
        format="%.1f %%",
        help="Probability that what the model says is a dangerous mistake (critical error).",
    ),
    "probability": st.column_config.NumberColumn(
        "Probability of it", format="%.1f %%", help=tooltip("calibrated").replace("\n\n", " ")
    ),
    "expected_severity": st.column_config.NumberColumn(
        "Average harm", format="%.2f", help=tooltip("expected severity")
    ),
    "worst_miss": st.column_config.TextColumn("Most dangerous plausible miss"),
    "class": st.column_config.TextColumn("Without caution", help=tooltip("argmax")),
}


def keep_buttons(rows: pd.DataFrame) -> bool:
    """Offer to download the table, and to store it with its images; whether the latter was asked for."""
    st.download_button(
        "Download CSV",
        csv(rows),
        file_name=f"predictions-{datetime.now():%Y%m%d-%H%M}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    return st.button(
        "Save the table and images to the workspace",
        icon=":material/save:",
        help="Files are stored as they came, with all that is written in them: a DICOM file may hold a patient's name.",
    )


def save(sources: Sequence[ImageFile], judged: Sequence[Judged], rows: pd.DataFrame, bundle: Bundle) -> None:
    """Store table and images in the workspace and say where; RunError when they cannot be written."""
    both = enumerate(zip(sources, judged, strict=True))
    images = ((row, source.name, source.read()) for row, (source, one) in both if one.prediction is not None)
    about = {
        "notice": RESEARCH_USE,
        "classes": list(bundle.classes),
        "matrix": bundle.matrix.to_dict(),
        "dial": bundle.dial.as_dict(),
        "provenance": bundle.provenance,
    }
    folder = save_predictions(cached.workspace(), rows, images, about)
    st.success("The table and the images are stored in this folder:", icon=":material/check:")
    st.code(str(folder), language=None)


def all_table(rows: pd.DataFrame) -> None:
    """Draw the table; the images come in the order by risk, and a click on a heading sorts by it."""
    rows = rows.copy()
    rows[["critical_probability", "probability"]] *= 100
    rows["advice"] = rows["advice"].fillna("Not judged: " + rows["why"].fillna(rows["error"]))
    rows.insert(0, "number", range(1, len(rows) + 1))
    shown = [name for name in _COLUMNS if not rows[name].isna().all()]
    st.dataframe(
        rows,
        column_order=shown,
        column_config=_COLUMNS,
        hide_index=True,
        placeholder="–",
        alt="All judged images, the most urgent first",
    )
