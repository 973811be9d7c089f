"""Waiting for runs with a progress bar."""

from collections.abc import Sequence

from riskcore.cli.output import note, progress_bar
from riskcore.jobs.queue import wait
from riskcore.progress import OnProgress
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore


def wait_for(store: RunStore, ids: Sequence[str]) -> list[Run]:
    """Show progress until none of the runs is queued or running."""
    with progress_bar() as progress:

        def show(runs: list[Run]) -> None:
            if len(runs) > 1:
                ended = sum(run.state not in ("queued", "running") for run in runs)
                progress(ended, len(runs), "runs")
            for run in runs:
                if run.state == "running":
                    _show_one(run, progress)

        try:
            return wait(store, ids, on_progress=show)
        except KeyboardInterrupt:
            note("The runs go on without this terminal: riskcore runs list")
            raise


def _show_one(run: Run, progress: OnProgress) -> None:
    at = run.record["progress"]
    if at is None:
        return
    if at["kind"] == "phase":
        progress(at["done"], at["total"], at["phase"])
    else:
        share = at["progress"] if at["kind"] == "step" else at["epoch"] / at["epochs"]
        progress(round(share * 100), 100, "training")
