"""All judged images in one table."""

import pandas as pd
import streamlit as st

from riskcore.words.glossary import tooltip
from riskcore.words.images.risk_level import LEVELS, STRANGE

_COLUMNS = {
    "number": st.column_config.NumberColumn("No.", help="Place in the order by risk, as on the cards."),
    "image": st.column_config.TextColumn("File"),
    "risk": st.column_config.TextColumn("Risk"),
    "decision": st.column_config.TextColumn("Model says", help="The decision at the run's caution."),
    "reviewer": st.column_config.TextColumn("You"),
    "note": st.column_config.TextColumn("Your note"),
    "advice": st.column_config.TextColumn("What to do", width=360),
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


def all_table(rows: pd.DataFrame) -> None:
    """Draw the table; a click on a heading sorts by it.

    Args:
        rows: as `riskcore.words.images.judged.table` gives them, with the columns `number`, `reviewer` and `note`.
    """
    rows = rows.copy()
    rows[["critical_probability", "probability"]] *= 100
    wrong = rows["why"].astype(object).fillna(rows["error"])
    to_do = rows["risk"].map({level.words: f"{level.to_do}." for level in LEVELS if level is not STRANGE})
    rows["advice"] = to_do.astype(object).fillna("Not judged: " + wrong)
    shown = [name for name in _COLUMNS if not rows[name].isna().all()]
    st.dataframe(
        rows,
        column_order=shown,
        column_config=_COLUMNS,
        hide_index=True,
        placeholder="–",
        alt="All judged images, in the chosen order",
    )
