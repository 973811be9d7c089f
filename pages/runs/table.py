"""The table of runs: one page of them, as they are now."""

import time
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.runs.filters import RUN
from pages.runs.metrics import metrics
from riskcore.formats import NOTHING
from riskcore.runs.folder import Run
from riskcore.runs.progress import progress, remaining_words, time_words
from riskcore.words.glossary import tooltip
from riskcore.words.missing_cases import beside_table
from riskcore.words.run_states import seed_words, state_label

_ROW_PIXELS = 35
_SHOWN_ROWS = 7
_MEASURED = (
    "On validation cases, without caution (Predict lists runs at their caution); the run in detail shows how many and "
    "the 95 % interval."
)
_CLICK = "_runs_look"


def runs_table(runs: Sequence[Run], chosen: str | None) -> None:
    """Draw the table; the button of a row chooses its run."""
    now = time.time()
    table = pd.DataFrame([_row(run, run.id == chosen, now) for run in runs])
    if table["GPU memory"].isna().all():
        table = table.drop(columns="GPU memory")
    st.session_state["_runs_listed"] = [run.id for run in runs]
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        table,
        hide_index=True,
        height=_ROW_PIXELS * min(len(table) + 1, _SHOWN_ROWS + 1) + 3,
        key="_runs_table",
        alt="Training runs",
        placeholder=NOTHING,
        column_config={
            "Details": st.column_config.ButtonColumn("Details", width=80, key=_CLICK, on_click=_choose),
            "State": text(width=105),
            "Progress": st.column_config.ProgressColumn(format="%d %%", min_value=0, max_value=100, width=115),
            "Step": text(width=175),
            "Remaining": text(
                width=115,
                help="Until training ends, at its present pace; it may end sooner. Of a step: until it ends.",
            ),
            "Loss": text(width=130, help="What training makes small, with its strength s."),
            "Seed": text(width=60, help=tooltip("seed")),
            "Accuracy": number(format="%.1f %%", width=80, help=f"{_MEASURED} {tooltip('accuracy', 'argmax')}"),
            "Dangerous": number(
                "Dangerous per 1,000, no caution",
                format="%.0f",
                width=215,
                help=f"{_MEASURED} {tooltip('cer', 'argmax')}",
            ),
            "Time": text(width=80, help="How long it has been training."),
            "Images/s": number(format="%,d", width=80),
            "GPU memory": number(format="bytes", width=95),
            "Run": text(width=300),
        },
    )
    if any(run.state == "finished" and pd.isna(cer) for run, cer in zip(runs, table["Dangerous"], strict=True)):
        st.caption(beside_table("Dangerous per 1,000", "validation"))


def _row(run: Run, chosen: bool, now: float) -> dict[str, Any]:
    at = progress(run, metrics(run), now)
    return {
        "Details": "Shown" if chosen else "Show",
        "State": state_label(run),
        "Progress": None if at.share is None else 100 * at.share,
        "Step": at.doing,
        "Remaining": remaining_words(at),
        "Loss": run.loss,
        "Data set": run.data,
        "Seed": seed_words(run),
        "Accuracy": None if at.accuracy is None else 100 * at.accuracy,
        "Dangerous": None if at.cer is None else 1000 * at.cer,
        "Time": time_words(at.seconds),
        "Images/s": None if at.images_per_second is None else round(at.images_per_second),
        "GPU memory": at.gpu_memory,
        "Run": run.id,
    }


def _choose() -> None:
    row, listed = st.session_state[_CLICK]["row"], st.session_state["_runs_listed"]
    if row < len(listed):  # else the table became shorter since it was clicked
        st.session_state[RUN] = listed[row]
