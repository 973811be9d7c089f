"""Work of a minute that must not keep a screen waiting: a process of its own, watched through a small file.

Whoever starts it may go away: the process goes on, and everyone who looks sees how far it is. It holds a file lock for
as long as it lives, so that it cannot be started twice and a kill is noticed at once.
"""

import argparse
import fcntl
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from riskcore.data.registry import load_dataset
from riskcore.errors import InputError, RunError
from riskcore.files import disk_full_is_clear, is_locked, write_json
from riskcore.readers import read_json
from riskcore.workspace import Workspace

_LOG = logging.getLogger("riskcore.jobs.background")
_SECONDS = 0.3  # between two writes of the progress
_NICE = 5  # screens come first

Job = Literal["audit", "demo", "speed", "tune"]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Status:
    """How far a job is.

    Attributes:
        state: "failed" also when its process was killed.
        done, total: of the present phase; total is 0 before the first.
        label: what the phase is, e.g. "reading images".
        error: why it failed.
    """

    state: Literal["running", "done", "failed"]
    done: int = 0
    total: int = 0
    label: str = "starting"
    error: str | None = None


def start(workspace: Workspace, job: Job, name: str = "") -> bool:
    """Start a job unless it is under way; it outlives this process.

    Args:
        workspace: where it works.
        job: "audit": look at every image of the data set `name` anew and keep the findings. "demo": draw the synthetic
            images, register and audit them, and queue the demo's runs. "speed": see `riskcore.jobs.speed`. "tune": the
            search `name`, see `riskcore.jobs.tuning`.
        name: of a registered data set; "" for the demo; for "speed" what `riskcore.jobs.speed.start_measuring` gives
            it, for "tune" what `riskcore.jobs.tuning.prepare` gives.

    Returns:
        Whether it was started.

    Raises:
        RunError: its files cannot be written.
    """
    lock, log = (_file(workspace, job, name, suffix) for suffix in ("lock", "log"))
    with disk_full_is_clear(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("ab") as held, log.open("ab") as output:
            if not _acquired(held.fileno()):
                return False
            write_json(_file(workspace, job, name, "json"), asdict(Status("running")))
            command = [sys.executable, "-m", "riskcore.jobs.background", "--workspace", str(workspace.root), job, name]
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(held.fileno(),),  # the lock lives as long as the process, however that ends
                start_new_session=True,
            )
    return True


def status(workspace: Workspace, job: Job, name: str = "") -> Status | None:
    """How far a job is or how it ended; None where it was never started."""
    alive = is_locked(_file(workspace, job, name, "lock"))  # before the file is read: it is final once the lock is free
    file = _file(workspace, job, name, "json")
    if not file.exists():
        return None
    found = Status(**read_json(file))
    if found.state == "running" and not alive:
        return Status("failed", error="It was ended before it was done; start it again.")
    return found


def _acquired(descriptor: int) -> bool:
    """Whether the lock is ours now; those who only look hold it for a moment."""
    for _ in range(10):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _file(workspace: Workspace, job: Job, name: str, suffix: str) -> Path:
    return workspace.root / "background" / f"{job}-{name}.{suffix}"


def _audit(workspace: Workspace, name: str, progress: Progress) -> None:
    from riskcore.data.prepare import renewed_audit

    renewed_audit(workspace, load_dataset(workspace, name), progress)


def _demo(workspace: Workspace, name: str, progress: Progress) -> None:
    from riskcore.jobs.demo import prepare_demo, queue_demo

    prepare_demo(workspace, progress)
    queue_demo(workspace)


def _speed(workspace: Workspace, name: str, progress: Progress) -> None:
    began = time.monotonic()
    from riskcore.jobs.speed_job import measure_wanted

    measure_wanted(workspace, name, time.monotonic() - began, progress)


def _tune(workspace: Workspace, name: str, progress: Progress) -> None:
    from riskcore.jobs import tuning

    with suppress(tuning.Stopped):
        tuning.run(workspace, name, progress)


_JOBS: dict[str, Callable[[Workspace, str, Progress], None]] = {
    "audit": _audit,
    "demo": _demo,
    "speed": _speed,
    "tune": _tune,
}


def run(workspace: Workspace, job: Job, name: str = "") -> None:
    """Do a job here and now, and write its status as it goes."""
    file, written = _file(workspace, job, name, "json"), 0.0

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
    program = "python -m riskcore.jobs.background"
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
