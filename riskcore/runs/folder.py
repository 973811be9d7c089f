"""One run's folder: what is written in it, by whom, and which state it is truly in.

The folder is the truth about a run. `run.json` is replaced atomically, `metrics.jsonl` only grows,
`heartbeat` is touched by the live owner, who holds the file lock `lock` for as long as it runs. Whoever else
changes a run takes that lock for a moment.
"""

import json
import math
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from riskcore.errors import InputError, RunError
from riskcore.files import acquired, disk_full_is_clear, mend_lines, write_json
from riskcore.readers import parse_json
from riskcore.runs import heart
from riskcore.runs.annotations import Annotation, read_annotation
from riskcore.runs.record import STATES, State, is_report, read_record

METRICS = "metrics.jsonl"
"""Name of the file in a run's folder that keeps what training reported."""

LOCK_SECONDS = 5.0
"""How long to wait for a lock that others hold for moments only."""

_FOLLOWING: Mapping[str, tuple[str, ...]] = {
    "queued": ("running", "stopped", "failed"),
    "running": ("finished", "failed", "stopped", "queued"),
    "stopped": ("queued",),
    "finished": (),
    "failed": (),
}
_CHANGEABLE = ("progress", "result")


class Run:
    """A run as read at one moment; its methods change the folder and keep this copy in step.

    Attributes:
        folder: the run's folder; its name is the run's id.
        record: the content of run.json; never changed in place, since other copies of the run may share it.
        state: the state as found: *interrupted* where `record` says running but no owner lives.

    Raises:
        InputError: there is no such run, or its run.json cannot be read.
    """

    def __init__(self, folder: Path, record: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.record = read_record(folder) if record is None else record
        self.state: State = self.record["state"]
        if self.state == "running" and not heart.owner_lives(folder, self.record["owner"]):
            # The owner may have ended properly between the reading and the look at its lock: read again.
            self.record = read_record(folder)
            self.state = "interrupted" if self.record["state"] == "running" else self.record["state"]

    def __repr__(self) -> str:
        return f"Run({self.id}, {self.state})"

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def config(self) -> dict[str, Any]:
        return self.record["config"]

    @property
    def data(self) -> str:
        return self.record["data"]

    @property
    def loss(self) -> str:
        return self.record["loss"]

    @property
    def seed(self) -> int:
        return self.record["seed"]

    @property
    def fold(self) -> int | None:
        return self.record["fold"]

    @property
    def pool(self) -> str:
        return self.record["pool"]

    @property
    def order(self) -> int:
        return self.record["order"]

    @property
    def annotation(self) -> Annotation:
        """What users wrote on it, as it is now: name, tags and note."""
        return read_annotation(self.folder)

    @property
    def log(self) -> Path:
        """What the training process printed."""
        return self.folder / "log.txt"

    @property
    def stop_requested(self) -> bool:
        """Whether someone asked the owner to stop; the owner looks at every step."""
        return (self.folder / "stop").exists()

    def reload(self) -> "Run":
        """The run as it is now."""
        return Run(self.folder)

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl, oldest first; those that cannot be read are left out."""
        return self.read_metrics()[0]

    def read_metrics(self) -> tuple[list[dict[str, Any]], int]:
        """The lines of metrics.jsonl, oldest first, and how many of them are damaged and left out.

        A last line without an end is no damage: it is being written, or was torn by a kill and is cut off on resume.
        """
        path = self.folder / METRICS
        try:
            written = path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return [], 0
        except OSError:  # a folder in its place, or it may not be read
            return [], 1
        lines = []
        for line in written:
            with suppress(InputError):
                values = parse_json(line, str(path))
                if isinstance(values, dict) and is_report(values):
                    lines.append(values)
        return lines, len(written) - len(lines)

    def append_metrics(self, values: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl, with the time (seconds since 1970); non-finite numbers become null.

        Raises:
            RunError: the disk is full.
        """
        finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
        finite = {"time": round(time.time(), 3), **finite}
        line = json.dumps(finite, ensure_ascii=False, allow_nan=False) + "\n"
        path = self.folder / METRICS
        with disk_full_is_clear(path), path.open("ab", buffering=0) as file:
            file.write(line.encode())

    def update(self, **changes: Any) -> None:
        """Replace `progress` or `result` (JSON-ready) in run.json; only the owner does this."""
        if unknown := set(changes) - set(_CHANGEABLE):
            raise ValueError(f"Expected {_CHANGEABLE}, but got {sorted(unknown)}.")
        self._write({**read_record(self.folder), **changes})

    @contextmanager
    def claim(self) -> Iterator["Run"]:
        """Own a queued run: it is *running*, with a heartbeat, until the block ends.

        The block says how it ended with `end`. An exception ends the run as failed and passes on; a block
        that leaves without an end, as a killed process does, is found as interrupted.

        Raises:
            InputError: the run is not queued, or another process has it.
        """
        with self.hold("started", "queued"):
            with disk_full_is_clear(self.folder):
                mend_lines(self.folder / METRICS)
                (self.folder / "stop").unlink(missing_ok=True)
                (self.folder / heart.HEARTBEAT).touch()
            owner = {"host": socket.gethostname(), "pid": os.getpid(), "started": now()}
            self.change(
                "running",
                owner=owner,
                claims=self.record["claims"] + 1,
                timings={**self.record["timings"], "started": owner["started"]},
            )
            ended = threading.Event()
            thread = threading.Thread(target=_beat, args=(self.folder / heart.HEARTBEAT, ended), daemon=True)
            thread.start()
            try:
                yield self
            except Exception as error:
                if self.record["state"] == "running":
                    with suppress(RunError, OSError):  # on a full disk the error itself must reach the caller
                        self.end("failed", error=str(error) or type(error).__name__)
                raise
            finally:
                ended.set()
                thread.join()

    def end(self, state: Literal["finished", "failed", "stopped"], error: str | None = None) -> None:
        """Write the final state of a run that this process owns; `seconds` adds up over resumed parts."""
        timings = self.record["timings"]
        seconds = (datetime.now(UTC) - datetime.fromisoformat(timings["started"])).total_seconds()
        ended = {**timings, "ended": now(), "seconds": round(timings.get("seconds", 0.0) + seconds, 3)}
        self.change(state, error=error, timings=ended)

    def fail_unclaimed(self, claims: int, error: str) -> None:
        """Fail a run whose process died before it could claim it; nothing happens if it was claimed since."""
        with self.hold("changed", *STATES):
            if self.state == "queued" and self.record["claims"] == claims:
                self.change("failed", error=error)

    @contextmanager
    def hold(self, action: str, *states: str) -> Iterator[None]:
        """Read the run anew and keep everyone else from changing it.

        Args:
            action: what is to be done with it, e.g. "moved".
            states: those in which it can be done.

        Raises:
            InputError: the run is gone or in another state, or another process holds it.
        """
        Run(self.folder).expect(action, *states)  # before the lock, which would make a folder that is gone
        lock = acquired(self.folder / heart.LOCK, LOCK_SECONDS)
        if lock is None:
            raise InputError(f"Run {self.id} is in use by another process; stop it or wait for its end.")
        try:
            self.record = read_record(self.folder)
            self.state = "interrupted" if self.record["state"] == "running" else self.record["state"]
            self.expect(action, *states)
            yield
        finally:
            lock.release()

    def change(self, state: str, **changes: Any) -> None:
        """Move to a state that may follow the recorded one, with other changes of run.json, in one write."""
        recorded = self.record["state"]
        if state not in _FOLLOWING[recorded]:
            raise ValueError(f"Run {self.id}: {state} cannot follow {recorded}.")
        self._write({**self.record, "state": state, **changes})

    def reorder(self, order: int) -> None:
        """Give a queued run another place in the queue."""
        with self.hold("moved", "queued"):
            self._write({**self.record, "order": order})

    def requeue(self) -> None:
        """Put a stopped or interrupted run back into the queue, at its end; its checkpoint stays."""
        with self.hold("resumed", "stopped", "interrupted"):
            with disk_full_is_clear(self.folder / "stop"):
                (self.folder / "stop").unlink(missing_ok=True)
            self.change("queued", order=time.time_ns(), owner=None, error=None)

    def expect(self, action: str, *states: str) -> None:
        """Raise InputError unless the run is in one of `states`, in which it can be `action`."""
        if self.state not in states:
            raise InputError(f"Run {self.id} is {self.state}: only a {' or '.join(states)} run can be {action}.")

    def _write(self, record: dict[str, Any]) -> None:
        write_json(self.folder / "run.json", record)
        self.record, self.state = record, record["state"]


def now() -> str:
    """The time as run.json keeps it: UTC, ISO 8601, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _beat(path: Path, ended: threading.Event) -> None:
    while not ended.wait(heart.HEARTBEAT_SECONDS):
        with suppress(OSError):
            os.utime(path)
