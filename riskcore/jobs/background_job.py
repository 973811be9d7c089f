"""The process behind `riskcore.jobs.background`: does one job and writes its status as it goes.

As a program: ``python -m riskcore.jobs.background_job --workspace FOLDER audit NAME``.
"""

import argparse
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from riskcore.data.prepare import renewed_audit
from riskcore.data.registry import load_dataset
from riskcore.errors import InputError, RunError
from riskcore.files import write_json
from riskcore.jobs.background import Job, Status, job_file
from riskcore.jobs.demo import prepare_demo, queue_demo
from riskcore.progress import OnProgress
from riskcore.workspace import Workspace

_LOG = logging.getLogger("riskcore.jobs.background_job")
_SECONDS = 0.3  # between two writes of the progress
_NICE = 5  # screens come first


def _audit(workspace: Workspace, name: str, progress: OnProgress) -> None:
    renewed_audit(workspace, load_dataset(workspace, name), progress)


def _demo(workspace: Workspace, name: str, progress: OnProgress) -> None:
    prepare_demo(workspace, progress)
    queue_demo(workspace)


def _speed(workspace: Workspace, name: str, progress: OnProgress) -> None:
    began = time.monotonic()
    from riskcore.jobs.speed_job import measure_wanted  # brings torch along: its time counts

    measure_wanted(workspace, name, time.monotonic() - began, progress)


def _tune(workspace: Workspace, name: str, progress: OnProgress) -> None:
    from riskcore.jobs import tuning  # brings optuna along

    with suppress(tuning.SearchStopped):
        tuning.run(workspace, name, progress)


_JOBS: dict[str, Callable[[Workspace, str, OnProgress], None]] = {
    "audit": _audit,
    "demo": _demo,
    "speed": _speed,
    "tune": _tune,
}


def run(workspace: Workspace, job: Job, name: str = "") -> None:
    """Do a job here and now, and write its status as it goes."""
    file, written = job_file(workspace, job, name, "json"), 0.0

    def progress(done: int, total: int, label: str) -> None:
        nonlocal written
        if time.monotonic() - written >= _SECONDS:
            written = time.monotonic()
            write_json(file, asdict(Status("running", done, total, label)))

    try:
        _JOBS[job](workspace, name, progress)
        ended = Status("done", label="done")
    except (InputError, RunError) as error:
        ended = Status("failed", error=str(error))
    except Exception:
        _LOG.exception("%s %s failed", job, name)
        ended = Status(
            "failed", error=f"Something went wrong in riskcore itself; {file.with_suffix('.log')} says more."
        )
    write_json(file, asdict(ended))


def main() -> None:
    """Do the job that the command line names."""
    program = "python -m riskcore.jobs.background_job"
    parser = argparse.ArgumentParser(prog=program, description="Do a job of the dashboard.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("job", choices=tuple(_JOBS))
    parser.add_argument("name")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.nice(_NICE)
    run(Workspace(given.workspace.absolute()), given.job, given.name)


if __name__ == "__main__":
    main()
