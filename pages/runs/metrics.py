"""What is read from the folders of runs at each refresh, read again only when it has changed."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pages.kit import cached
from pages.kit.remembered import remembered
from riskcore.errors import InputError
from riskcore.metrics.intervals import Rate
from riskcore.runs.choices import Choice, is_judged
from riskcore.runs.folder import METRICS, Run
from riskcore.words.run_result import validation_rates


def metrics(run: Run) -> list[dict[str, Any]]:
    """The lines of a run's metrics, oldest first; they are shared, so they are not to be changed."""
    return _read(run)[0]


def _read(run: Run) -> tuple[list[dict[str, Any]], int]:
    try:
        status = os.stat(f"{run.folder}/{METRICS}")
    except OSError:
        return [], 0
    return _metrics(run, (status.st_ino, status.st_size, status.st_mtime_ns))


def damaged_lines(run: Run) -> int:
    """How many lines of a run's metrics cannot be read and are left out."""
    return _read(run)[1]


@remembered(128)
def _metrics(run: Run, signature: tuple[int, int, int]) -> tuple[list[dict[str, Any]], int]:
    return run.read_metrics()


def rates(run: Run) -> dict[str, Rate] | None:
    """As `own_rates`; None where the run has not finished, or they cannot be read."""
    try:
        return own_rates(run) if is_judged(run) else None
    except InputError:  # its panel says so
        return None


def own_rates(run: Run) -> dict[str, Rate]:
    """The rates of a finished run on its validation cases; InputError where they cannot be read."""
    return _own_rates(run.folder)


@lru_cache(maxsize=1000)  # asked for each row at each refresh: Streamlit's cache would take longer than all else
def _own_rates(folder: Path) -> dict[str, Rate]:
    return validation_rates(Run(folder))


def is_synthetic(run: Run) -> bool:
    """Whether a finished run learnt from SYNTHETIC images; what it shows says so."""
    try:
        return run.state == "finished" and cached.synthetic(Choice(run.id, (run,)))
    except InputError:  # no bundle to be read: its panel says so where it matters
        return False
