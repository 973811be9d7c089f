"""Work of a minute that must not keep a screen waiting: a process of its own, watched through a small file.

Whoever starts it may go away: the process goes on, and everyone who looks sees how far it is. It holds a file lock for
as long as it lives, so that it cannot be started twice and a kill is noticed at once.
"""

import fcntl
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from riskcore.errors import InputError
from riskcore.files import disk_full_is_clear, is_locked, write_json
from riskcore.readers import read_json
from riskcore.workspace import Workspace

Job = Literal["audit", "demo", "speed", "tune"]


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
    lock, log = (job_file(workspace, job, name, suffix) for suffix in ("lock", "log"))
    with disk_full_is_clear(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("ab") as held, log.open("ab") as output:
            if not _acquired(held.fileno()):
                return False
            write_json(job_file(workspace, job, name, "json"), asdict(Status("running")))
            program = [sys.executable, "-m", "riskcore.jobs.background_job"]
            subprocess.Popen(
                [*program, "--workspace", str(workspace.root), job, name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(held.fileno(),),  # the lock lives as long as the process, however that ends
                start_new_session=True,
            )
    return True


def status(workspace: Workspace, job: Job, name: str = "") -> Status | None:
    """How far a job is or how it ended; None where it was never started."""
    alive = is_locked(
        job_file(workspace, job, name, "lock")
    )  # before the file is read: it is final once the lock is free
    file = job_file(workspace, job, name, "json")
    if not file.exists():
        return None
    try:
        found = _read(file)
    except InputError as error:
        return Status("failed", error=str(error))
    if found.state == "running" and not alive:
        return Status("failed", error="It was ended before it was done; start it again.")
    return found


def _read(file: Path) -> Status:
    """What a job wrote. InputError where it is damaged."""
    content = read_json(file)
    types = {"state": str, "done": int, "total": int, "label": str, "error": str | None}
    if not isinstance(content, dict) or not all(isinstance(content.get(key), kind) for key, kind in types.items()):
        raise InputError(f"{file}: damaged; start it again.")
    if content["state"] not in ("running", "done", "failed"):
        raise InputError(f"{file}: damaged, there is no state {content['state']!r}; start it again.")
    return Status(**{key: content[key] for key in types})


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


def job_file(workspace: Workspace, job: Job, name: str, suffix: str) -> Path:
    """The job's lock, its log, or the status that it writes ("json")."""
    return workspace.root / "background" / f"{job}-{name}.{suffix}"
