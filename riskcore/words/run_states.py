"""What a run's state means in words, and what can be done with a run in it."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from riskcore.runs.folder import Run
from riskcore.runs.record import State
from riskcore.runs.unread import UnreadRun

Action = Literal["stop", "resume", "move", "cancel", "compare", "predict", "train", "delete"]


class StateWords(NamedTuple):
    """A state's sign for table cells, the name of its icon among the Material symbols, its word and its colour."""

    sign: str
    icon: str
    word: str
    colour: Literal["blue", "gray", "green", "red", "orange"]


STATE_WORDS: Mapping[State, StateWords] = {
    "running": StateWords("▶", "play_circle", "running", "blue"),
    "queued": StateWords("…", "schedule", "queued", "gray"),
    "finished": StateWords("✓", "check_circle", "finished", "green"),
    "failed": StateWords("✕", "error", "failed", "red"),
    "stopped": StateWords("■", "stop_circle", "stopped", "gray"),
    "interrupted": StateWords("!", "warning", "interrupted", "orange"),
}

_POSSIBLE: Mapping[State, tuple[Action, ...]] = {
    "running": ("stop",),
    "queued": ("move", "cancel", "delete"),
    "finished": ("compare", "predict", "delete"),
    "failed": ("train", "delete"),
    "stopped": ("resume", "delete"),
    "interrupted": ("resume", "delete"),
}


def possible_actions(run: Run) -> tuple[Action, ...]:
    """What can be done with a run in the state in which it was found; nothing more while it is being stopped."""
    return () if run.state == "running" and run.stop_requested else _POSSIBLE[run.state]


def state_label(run: Run) -> str:
    """Sign and word for a cell of a table, e.g. "▶ running"."""
    if run.state == "running" and run.stop_requested:
        return "▶ stopping"
    words = STATE_WORDS[run.state]
    return f"{words.sign} {words.word}"


def seed_words(run: Run) -> str:
    """What tells a run from others of its pool: its seed, and its fold where it has one, e.g. "1, fold 4"."""
    return str(run.seed) if run.fold is None else f"{run.seed}, fold {run.fold}"


def meaning(run: Run) -> str:
    """What has become of a run and what to do about it, in a sentence or two; "" where the state says it all."""
    if run.state == "running":
        return "It was asked to stop: it saves and stops at the next step." if run.stop_requested else ""
    if run.state == "failed":
        return f"{run.record['error'] or 'It ended without a reason.'} Mend the cause and train it again."
    began = run.record["claims"] > 0
    return {
        "queued": "It goes on from its last saved epoch when its turn comes." if began else "",
        "stopped": "Resume it, and it goes on from its last saved epoch."
        if began
        else "It was taken out of the queue before it began. Resume it to queue it again.",
        "interrupted": "Its process ended without a word: it was killed, or the machine went down. Resume it, and it "
        "goes on from its last saved epoch.",
        "finished": "",
    }[run.state]


def empty_log(run: Run) -> str:
    """Why a run's log holds nothing."""
    if run.record["claims"] == 0:
        return "The log is empty: the run has not started."
    return "The log is empty: no epoch has ended yet." if run.state in ("running", "queued") else "The log is empty."


def unread_words(run: UnreadRun) -> str:
    """What is wrong with a run that cannot be read, and what of it is left, on one line."""
    kind = "is damaged" if run.state == "damaged" else "is of a newer version"
    left = f"It still holds: {', '.join(run.left)}." if run.left else "Nothing of it is left."
    return f"Run {run.id} {kind}. {run.reason} {left}"


def left_out_lines(count: int) -> str:
    """That so many lines of a run's metrics could not be read."""
    lines = "1 line" if count == 1 else f"{count:,} lines"
    return f"{lines} of metrics.jsonl cannot be read and {'is' if count == 1 else 'are'} left out."
