"""What is read from the folders of runs at each refresh, read again only when it has changed."""

from pathlib import Path
from typing import Any

import streamlit as st

from riskcore.errors import InputError
from riskcore.runs import results
from riskcore.runs.folder import Run


def metrics(run: Run) -> list[dict[str, Any]]:
    """The lines of a run's metrics, oldest first; they are shared, so they are not to be changed."""
    try:
        status = (run.folder / "metrics.jsonl").stat()
    except OSError:
        return []
    return _metrics(str(run.folder), (status.st_ino, status.st_size, status.st_mtime_ns))


@st.cache_resource(max_entries=128, show_spinner=False)
def _metrics(folder: str, signature: tuple[int, int, int]) -> list[dict[str, Any]]:
    return Run(Path(folder)).metrics()


def is_synthetic(run: Run) -> bool:
    """Whether a finished run learnt from SYNTHETIC images; what it shows says so."""
    return run.state == "finished" and _is_synthetic(str(run.folder))


@st.cache_data(max_entries=5000, show_spinner=False)
def _is_synthetic(folder: str) -> bool:
    try:
        return results.synthetic([Run(Path(folder))])
    except InputError:  # no bundle to be read: its panel says so where it matters
        return False
