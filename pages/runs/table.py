"""The table of runs: one page of them, as they are now.

A browser tells which rows were ticked or clicked by their numbers. The table's key holds the ids that it lists, in
their order: what is clicked in a table that has been replaced meanwhile is taken for what stood there, or for nothing.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.runs.filters import look_at
from pages.runs.metrics import metrics, rates
from riskcore.formats import NOTHING
from riskcore.plots.training_curves import thinned
from riskcore.runs.folder import Run
from riskcore.runs.progress import progress, remaining_words, time_words
from riskcore.words.glossary import tooltip
from riskcore.words.missing_cases import beside_table
from riskcore.words.run_states import seed_words, state_label

MORE = ("Data set", "Seed", "Loss", "Backbone", "Epoch", "Time", "Images/s", "GPU memory", "Begun", "Run")
"""Columns that are shown on demand."""

_PICKED = "_runs_picked"
_ROW_PIXELS = 35
_SHOWN_ROWS = 8
_POINTS = 30
_MEASURED = "On validation cases, without caution (Predict lists runs at their caution)."
_WHILE_TRAINING = ("Progress", "Time left")


def runs_table(runs: Sequence[Run], names: Mapping[str, str], chosen: str | None, more: bool) -> list[Run]:
    """Draw the table; ticks choose several runs, the button of a row the one in detail.

    Args:
        runs: those of the page.
        names: id -> what a run is called.
        chosen: id of the run in detail.
        more: whether the columns of `MORE` are shown, too.

    Returns:
        The runs that are ticked.
    """
    now = time.time()
    ids = tuple(run.id for run in runs)
    table = pd.DataFrame([_row(run, names[run.id], run.id == chosen, now) for run in runs])
    dispensable = (*_WHILE_TRAINING, "Tags", "GPU memory", "Curve")
    empty = [column for column in dispensable if not any(map(_is_there, table[column]))]
    table = table.drop(columns=[*empty, *(() if more else (column for column in MORE if column not in empty))])
    key = f"_runs_table_{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:16]}"
    picked = [row for row, id in enumerate(ids) if id in st.session_state.get(_PICKED, ())]
    st.session_state[_PICKED] = [ids[row] for row in picked]
    click = f"{key}_look"
    show = st.column_config.ButtonColumn("Details", width=70, key=click, on_click=_look, args=(click, ids))
    st.dataframe(
        table,
        hide_index=True,
        height=_ROW_PIXELS * min(len(table) + 1, _SHOWN_ROWS + 1) + 3,
        key=key,
        alt="Training runs",
        placeholder=NOTHING,
        on_select=partial(_pick, key, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": picked}},
        column_config=_columns(show),
    )
    if any(run.state == "finished" and pd.isna(cer) for run, cer in zip(runs, table["Dangerous"], strict=True)):
        st.caption(beside_table("Dangerous per 1,000", "validation"))
    return [runs[row] for row in picked]


def pick(ids: Sequence[str]) -> None:
    """Have these runs ticked when the table is drawn next, and no others; for callbacks."""
    st.session_state[_PICKED] = list(ids)


def _columns(show: Any) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "Details": show,
        "Name": text(width=190, help="The name that a user gave, else the training."),
        "State": text(width=105),
        "Progress": st.column_config.ProgressColumn(format="%d %%", min_value=0, max_value=100, width=105),
        "Time left": text(
            width=95,
            help="Until training ends, at its present pace; it may end sooner. Of a step: until it ends.",
        ),
        "Dangerous": number(
            "Dangerous per 1,000",
            format="%.0f",
            width=150,
            help=f"{_MEASURED} {tooltip('cer', 'argmax')}",
        ),
        "Interval": text("95 % interval", width=100, help=tooltip("interval")),
        "Right": number(
            "Right per 1,000", format="%.0f", width=120, help=f"{_MEASURED} {tooltip('accuracy', 'argmax')}"
        ),
        "Curve": st.column_config.LineChartColumn(
            "Dangerous, by epoch", width=125, y_min=0, help="Dangerous mistakes on validation cases after each epoch."
        ),
        "Tags": st.column_config.ListColumn(width=120),
        "Seed": text(width=60, help=tooltip("seed")),
        "Loss": text(width=130, help="What training makes small, with its strength s."),
        "Epoch": text(width=175),
        "Time": text(width=80, help="How long it has been training."),
        "Images/s": number(format="%,d", width=80),
        "GPU memory": number(format="bytes", width=95),
        "Begun": st.column_config.DatetimeColumn(width=140, format="YYYY-MM-DD HH:mm"),
        "Run": text(width=300),
    }


def _row(run: Run, name: str, chosen: bool, now: float) -> dict[str, Any]:
    lines = metrics(run)
    at, found = progress(run, lines, now), rates(run)
    cer = None if found is None else found["cer"]
    ended = run.state == "finished"
    return {
        "Details": "Shown" if chosen else "Show",
        "Name": name,
        "Tags": list(run.annotation.tags),
        "State": state_label(run),
        "Progress": None if at.share is None or ended else 100 * at.share,
        "Time left": None if ended or run.state != "running" else remaining_words(at),
        "Dangerous": None if at.cer is None else 1000 * at.cer,
        "Interval": None if cer is None or pd.isna(cer.low) else f"{1000 * cer.low:.0f}–{1000 * cer.high:.0f}",
        "Right": None if at.accuracy is None else 1000 * at.accuracy,
        "Curve": _curve(lines),
        "Data set": run.data,
        "Seed": seed_words(run),
        "Loss": run.loss,
        "Backbone": run.record["model"],
        "Epoch": at.doing,
        "Time": time_words(at.seconds),
        "Images/s": None if at.images_per_second is None else round(at.images_per_second),
        "GPU memory": at.gpu_memory,
        "Begun": pd.Timestamp(run.record["created"]),
        "Run": run.id,
    }


def _curve(lines: Sequence[Mapping[str, Any]]) -> list[float]:
    points = [
        (float(line["epoch"]), 1000 * line["validation_cer"])
        for line in lines
        if line.get("kind") == "epoch" and line.get("validation_cer") is not None
    ]
    return [value for _, value in thinned(points, _POINTS)] if len(points) > 1 else []


def _is_there(cell: Any) -> bool:
    return bool(cell) if isinstance(cell, list) else not pd.isna(cell)


def _pick(key: str, ids: Sequence[str]) -> None:
    pick([ids[row] for row in st.session_state[key]["selection"]["rows"] if row < len(ids)])


def _look(click: str, ids: Sequence[str]) -> None:
    look_at(ids[st.session_state[click]["row"]])
