"""What is read from the folders of runs at each refresh, read again only when it has changed."""

from typing import Any

from pages.kit import cached
from pages.kit.remembered import remembered
from riskcore.errors import InputError
from riskcore.runs.choices import Choice
from riskcore.runs.folder import METRICS, Run


def metrics(run: Run) -> list[dict[str, Any]]:
    """The lines of a run's metrics, oldest first; they are shared, so they are not to be changed."""
    return _read(run)[0]


def _read(run: Run) -> tuple[list[dict[str, Any]], int]:
    try:
        status = (run.folder / METRICS).stat()
    except OSError:
        return [], 0
    return _metrics(run, (status.st_ino, status.st_size, status.st_mtime_ns))


def damaged_lines(run: Run) -> int:
    """How many lines of a run's metrics cannot be read and are left out."""
    return _read(run)[1]


@remembered(128)
def _metrics(run: Run, signature: tuple[int, int, int]) -> tuple[list[dict[str, Any]], int]:
    return run.read_metrics()


def is_synthetic(run: Run) -> bool:
    """Whether a finished run learnt from SYNTHETIC images; what it shows says so."""
    try:
        return run.state == "finished" and cached.synthetic(Choice(run.id, (run,)))
    except InputError:  # no bundle to be read: its panel says so where it matters
        return False
