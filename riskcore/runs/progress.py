"""How far a run has come, read off its record and its metrics: for those who look at it while it trains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskcore.formats import NOTHING
from riskcore.runs.folder import Run

Metrics = Sequence[Mapping[str, Any]]
"""The lines of a run's metrics.jsonl, oldest first."""

_PHASES = {"features": "computing features"}
"""Phases whose names do not say what is done."""


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come; None where it cannot be known.

    Attributes:
        share: of the training, in [0, 1].
        doing: in words, e.g. "epoch 3 of 40" or "decoding images, 300 of 1,500".
        images_per_second: as last measured.
        remaining: seconds until training ends, at the pace since it (re)started; early stopping may end it sooner.
        step_remaining: seconds until what it does before, within or after training ends, such as decoding images.
        gpu_memory: bytes, the most that was in use.
        seconds: how long it has been training, stopped times left out.
        accuracy, cer: share of right answers, and of dangerous mistakes, on validation cases by the likeliest class.
    """

    share: float | None
    doing: str
    images_per_second: float | None
    remaining: float | None
    step_remaining: float | None
    gpu_memory: float | None
    seconds: float | None
    accuracy: float | None
    cer: float | None


def progress(run: Run, metrics: Metrics, now: float) -> RunProgress:
    """How far a run has come.

    Args:
        run: as it was read.
        metrics: its lines, from `Run.metrics`.
        now: seconds since 1970.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from riskcore.runs.store import RunStore
        >>> from riskcore.workspace import Workspace
        >>> labels = {"data": "isic2018", "matrix": "isic2018", "model": "resnet18", "loss": "ce"}
        >>> run = RunStore(Workspace(Path(tempfile.mkdtemp()))).create({}, **labels)
        >>> lines = [{"time": 5.0, "kind": "epoch", "epoch": 1, "epochs": 4, "images_per_second": 80.0}]
        >>> found = progress(run, lines, now=6.0)
        >>> found.share, found.doing
        (0.25, 'epoch 1 of 4')
    """
    metrics = [line for line in metrics if line.get("kind") in ("epoch", "step")]
    last = metrics[-1] if metrics else {}
    epoch = next((line for line in reversed(metrics) if line["kind"] == "epoch"), {})
    result = (run.record["result"] or {}).get("validation", {}).get("argmax", {})
    share = 1.0 if run.state == "finished" else _share(last)
    return RunProgress(
        share=share,
        doing=_doing(run, last),
        images_per_second=last.get("images_per_second"),
        remaining=_remaining(metrics, _started(run), now) if run.state == "running" else None,
        step_remaining=(_phase(run) or {}).get("remaining"),
        gpu_memory=epoch.get("gpu_memory_bytes"),
        seconds=_seconds(run, last, now),
        accuracy=result.get("accuracy", epoch.get("validation_accuracy")),
        cer=result.get("cer", epoch.get("validation_cer")),
    )


def doing_now(run: Run, metrics: Metrics, now: float) -> str:
    """What a running run does, how far it is and how long that takes, in a line; "" for a run that does not run.

    Args:
        run, metrics, now: as for `progress`.
    """
    if run.state != "running":
        return ""
    at = progress(run, metrics, now)
    if _of_step(at):
        return f"{at.doing}; {time_words(at.step_remaining)} left of this step"
    return at.doing if at.remaining is None else f"{at.doing}; {time_words(at.remaining)} left of training"


def remaining_words(at: RunProgress) -> str:
    """Time until training ends, or until the step does where only that is known, e.g. "step 40 s"."""
    return f"step {time_words(at.step_remaining)}" if _of_step(at) else time_words(at.remaining)


def _of_step(at: RunProgress) -> bool:
    """Whether what remains is that of a step: before training nothing else is known, after it nothing else is left."""
    return at.step_remaining is not None and (at.remaining is None or at.share == 1.0)


def time_words(seconds: float | None) -> str:
    """A span of time in words.

    Example:
        >>> time_words(0.4), time_words(75), time_words(3 * 3600 + 5 * 60), time_words(None)
        ('under 1 s', '1 min 15 s', '3 h 05 min', '–')
    """
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _share(line: Mapping[str, Any]) -> float | None:
    """Of the training that was behind it when a line of the metrics was written."""
    if not line:
        return None
    return line["progress"] if line["kind"] == "step" else line["epoch"] / line["epochs"]


def _doing(run: Run, last: Mapping[str, Any]) -> str:
    if at := _phase(run):
        return f"{_PHASES.get(at['phase'], at['phase'])}, {at['done']:,} of {at['total']:,}"
    if not last:
        return "starting" if run.state == "running" else ""
    return f"epoch {last['epoch']} of {last['epochs']}"


def _phase(run: Run) -> Mapping[str, Any] | None:
    """What a running run does beside its epochs; None where it does not."""
    at = run.record["progress"]
    return at if run.state == "running" and at is not None and at.get("kind") == "phase" else None


def _remaining(metrics: Metrics, started: float | None, now: float) -> float | None:
    own = [line for line in metrics if "time" in line and (started is None or line["time"] >= started)]
    if len(own) < 2:
        return None
    first, last = own[0], own[-1]
    done, elapsed = (_share(last) or 0.0) - (_share(first) or 0.0), last["time"] - first["time"]
    if done <= 0 or elapsed <= 0:
        return None
    return max(0.0, (1 - (_share(last) or 0.0)) * elapsed / done - (now - last["time"]))


def _started(run: Run) -> float | None:
    """When the run was last claimed, in seconds since 1970."""
    started = run.record["timings"].get("started")
    return None if started is None else datetime.fromisoformat(started).timestamp()


def _seconds(run: Run, last: Mapping[str, Any], now: float) -> float | None:
    """Those of ended parts, and of the part that runs; of an interrupted part, until its last sign of life."""
    ended, started = run.record["timings"].get("seconds"), _started(run)
    until = {"running": now, "interrupted": last.get("time")}.get(run.state)
    if started is None or until is None or until < started:
        return ended
    return (ended or 0.0) + until - started
