"""The queue's workers: one detached process a device, which runs the queued runs one after the other.

A queued run is only its folder. `start_workers` starts a worker for each device that has queued runs and no
living worker; a worker holds a file lock, runs the first queued run of its device as a child process, waits
for it, and ends when nothing is queued. A child that dies does not take the worker along; a worker that dies takes its
child along (`riskcore.jobs.lifeline`), and until that is gone the next worker waits for it, so that no two train on one
device.

As a program: ``python -m riskcore.jobs.queue --workspace FOLDER --device cpu``.
"""

import argparse
import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from riskcore.errors import InputError, RunError
from riskcore.files import acquired, disk_full_is_clear, is_locked, purge_temporary
from riskcore.jobs.lifeline import tied_child
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

_LOG = logging.getLogger("riskcore.jobs.queue")

TRAINING: tuple[str, ...] = (sys.executable, "-m", "riskcore.jobs.job")
"""What a worker runs for each run; the run's folder is added."""

_WORKER: tuple[str, ...] = (sys.executable, "-m", "riskcore.jobs.queue")

_START_SECONDS = 5.0
_RESTART_SECONDS = 15.0
_RESTARTS = 3
_PLACE_SECONDS = 0.1  # between two looks whether the child of a killed worker is gone


@cache
def devices() -> tuple[str, ...]:
    """What this host computes on: "cuda:0", … for each NVIDIA GPU, and "cpu"; found without torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if shutil.which("nvidia-smi") is None:
        return ("cpu",)
    if visible is None:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False, timeout=60)
        gpus = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
        names = [str(number) for number in range(len(gpus))]
    else:
        names = [name for name in visible.split(",") if name not in ("", "-1")]
    return (*(f"cuda:{name}" for name in names), "cpu")


def device_of(config: Mapping[str, Any]) -> str:
    """The kind of worker, "cuda" or "cpu", that takes a run of this config (`train.device`: auto, cpu, cuda).

    Without a GPU a run that asks for one, queued on another host, goes to the CPU's worker, where training says what
    is wrong.

    Example:
        >>> device_of({"train": {"device": "cpu"}})
        'cpu'
    """
    asked = config.get("train", {}).get("device", "auto")
    return "cuda" if asked != "cpu" and len(devices()) > 1 else "cpu"


def start_workers(workspace: Workspace, command: Sequence[str] = TRAINING) -> list[str]:
    """Start a detached worker for each device that has queued runs and no worker; call it after enqueuing.

    Args:
        workspace: whose queue.
        command: what is run for each run, with its folder added.

    Returns:
        The devices for which one was started.

    Raises:
        RunError: the worker's log cannot be written.
    """
    kinds = {device_of(run.config) for run in RunStore(workspace).queue()}
    started = []
    for device in devices():
        if device.split(":")[0] in kinds and not worker_lives(workspace, device):
            log = worker_log(workspace, device)
            with disk_full_is_clear(log), log.open("ab") as output:
                subprocess.Popen(
                    [*_WORKER, "--workspace", str(workspace.root), "--device", device, "--", *command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # outlives this process and its terminal
                )
            started.append(device)
    return started


def worker_lives(workspace: Workspace, device: str) -> bool:
    """Whether a worker of this host holds the device's lock."""
    return is_locked(_worker_file(workspace, device, "lock"))


def unattended(workspace: Workspace, queued: Sequence[Run]) -> list[Run]:
    """Those of the queued runs that no living worker of this host will take.

    None while the newest is younger than a worker needs to start.
    """
    if not queued or time.time_ns() - max(run.order for run in queued) < _START_SECONDS * 1e9:
        return []
    attended = {device.split(":")[0] for device in devices() if worker_lives(workspace, device)}
    return [run for run in queued if device_of(run.config) not in attended]


def worker_log(workspace: Workspace, device: str) -> Path:
    """What this host's worker for a device wrote about its work."""
    return _worker_file(workspace, device, "log")


def work(workspace: Workspace, device: str, command: Sequence[str] = TRAINING) -> None:
    """Be the worker for a device until nothing is queued for it, or until SIGTERM, which the child gets too.

    Returns at once when the device has a worker already. Only the main thread can call it.
    """
    worker = _Worker(workspace, device, command)
    previous = signal.signal(signal.SIGTERM, worker.terminate)
    try:
        # Looking once more after the lock is free: whoever queued a run while it was held started no worker.
        while not worker.stopping.is_set() and worker.next_run():
            with held_device(workspace, device) as held:
                if not held:
                    return
                purge_temporary(workspace.root)
                while not worker.stopping.is_set() and (run := worker.next_run()):
                    worker.execute(run)
    finally:
        signal.signal(signal.SIGTERM, previous)


def wait(
    store: RunStore,
    ids: Sequence[str],
    *,
    poll: float = 1.0,
    on_progress: Callable[[list[Run]], None] | None = None,
    command: Sequence[str] = TRAINING,
) -> list[Run]:
    """Wait until none of the runs is queued or running, starting missing workers, and return them.

    Args:
        ids: run ids.
        poll: seconds between two looks.
        on_progress: called after each look with the runs as they are.
        command: as for `start_workers`.

    Raises:
        InputError: an id is unknown. RunError: workers end before they run anything.
    """
    runs = [store.get(id) for id in ids]
    restarts, restarted, seen = 0, -_RESTART_SECONDS, [run.state for run in runs]
    while True:
        if on_progress:
            on_progress(runs)
        if not any(run.state in ("queued", "running") for run in runs):
            return runs
        states = [run.state for run in runs]
        if states != seen:
            restarts, seen = 0, states
        idle = "running" not in states and time.monotonic() - restarted >= _RESTART_SECONDS
        if idle and (started := start_workers(store.workspace, command)):
            restarts, restarted = restarts + 1, time.monotonic()
            if restarts > _RESTARTS:
                log = worker_log(store.workspace, started[0])
                raise RunError(f"The worker for {started[0]} ends before it runs anything; see {log}.")
        time.sleep(poll)
        runs = [run.reload() if run.state in ("queued", "running") else run for run in runs]


class _Worker:
    def __init__(self, workspace: Workspace, device: str, command: Sequence[str]) -> None:
        self.store = RunStore(workspace)
        self.device = device
        self.command = command
        self.stopping = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None

    def terminate(self, signal_number: int, frame: FrameType | None) -> None:
        self.stopping.set()
        if self.child is not None:
            self.child.terminate()

    def next_run(self) -> Run | None:
        kind = self.device.split(":")[0]
        return next((run for run in self.store.queue() if device_of(run.config) == kind), None)

    def execute(self, run: Run) -> None:
        """Run the child for a run and wait. What became of the run, its folder tells."""
        claims = run.record["claims"]
        environment = {**os.environ}
        if self.device != "cpu":
            environment["CUDA_VISIBLE_DEVICES"] = self.device.removeprefix("cuda:")
        _LOG.info("%s: starts", run.id)
        try:
            with self._place() as place:
                if place is None:
                    return
                with disk_full_is_clear(run.log):
                    output = run.log.open("ab")
                with output, tied_child([*self.command, str(run.folder)], environment, output, place) as self.child:
                    if self.stopping.is_set():  # the signal came while there was no child to pass it to
                        self.child.terminate()
                    code = self.child.wait()
                self.child = None
            if not self.stopping.is_set():
                reason = f"The training process ended with code {code} before it began; see {run.log}."
                run.fail_unclaimed(claims, reason)
            _LOG.info("%s: %s (exit code %d)", run.id, run.reload().state, code)
        except (InputError, RunError, OSError) as error:  # deleted, held elsewhere, or the disk is full
            _LOG.warning("%s: %s", run.id, error)
            self.stopping.wait(1.0)

    @contextmanager
    def _place(self) -> Iterator[int | None]:
        """The device's only place for a child: a locked file, to be passed to it, which keeps the lock while it lives.

        Waits for the child of a worker that was killed; None where the worker was told to stop meanwhile.
        """
        path = _worker_file(self.store.workspace, self.device, "child")
        with disk_full_is_clear(path):
            file = path.open("ab")
        with file:
            while not self.stopping.is_set():
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self.stopping.wait(_PLACE_SECONDS)
                else:
                    yield file.fileno()
                    return
        yield None


@contextmanager
def held_device(workspace: Workspace, device: str) -> Iterator[bool]:
    """Hold a device's lock, or find it held elsewhere (False)."""
    lock = acquired(_worker_file(workspace, device, "lock"), 1.0)  # looking at the lock holds it for a moment
    if lock is None:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _worker_file(workspace: Workspace, device: str, suffix: str) -> Path:
    path = workspace.workers / f"{socket.gethostname()}-{device.replace(':', '')}.{suffix}"
    with disk_full_is_clear(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Be the worker that the command line names."""
    program = "python -m riskcore.jobs.queue"
    parser = argparse.ArgumentParser(prog=program, description="Run the queued runs of a device.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("command", nargs="*", default=TRAINING)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    work(Workspace(given.workspace.absolute()), given.device, tuple(given.command))


if __name__ == "__main__":
    main()
