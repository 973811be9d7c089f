"""How far a run has come: from its record and its metrics."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskcore.runs.folder import Run
from riskcore.runs.progress import doing_now, progress, remaining_words, time_words
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

LABELS = {"data": "isic2018", "matrix": "isic2018", "model": "lite0", "loss": "ce"}
START = 1_000_000.0


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(Workspace(tmp_path)).create({"seed": 0}, **LABELS)


def found(run: Run, state: str, *, seconds: float | None = None, **changes: Any) -> Run:
    """The run as if it were found in a state, claimed at START."""
    timings = {"started": datetime.fromtimestamp(START, UTC).isoformat()}
    if seconds is not None:
        timings["seconds"] = seconds
    run.record = {**run.record, "timings": timings, **changes}
    run.state = state
    return run


def epoch(number: int, time: float, of: int = 10, **values: float) -> dict[str, Any]:
    return {"time": time, "kind": "epoch", "epoch": number, "epochs": of, "images_per_second": 50.0, **values}


def step(share: float, time: float, of: int = 10) -> dict[str, Any]:
    number = int(share * of) + 1
    line = {"time": time, "kind": "step", "epoch": number, "epochs": of, "progress": share}
    return {**line, "images_per_second": 60.0, "train_loss": 1.0}


def test_a_queued_run_that_never_ran_has_nothing_to_show(run):
    at = progress(run, [], now=START)
    assert (at.share, at.doing, at.remaining, at.seconds, at.accuracy) == (None, "", None, None, None)


def test_pace_since_the_first_line_tells_what_remains(run):
    lines = [epoch(1, START + 100), epoch(2, START + 110), step(0.25, START + 115)]
    at = progress(found(run, "running"), lines, now=START + 118)
    assert at.share == 0.25
    assert at.doing == "epoch 3 of 10"
    assert at.images_per_second == 60.0
    # 15 % took 15 s, so 75 s are left of the last line's moment, 3 of which have gone by
    assert at.remaining == pytest.approx(72)
    assert at.seconds == pytest.approx(118)


def test_a_resumed_run_is_measured_by_its_own_pace(run):
    before = [epoch(1, START - 900), epoch(2, START - 500)]
    assert progress(found(run, "running"), [*before, epoch(3, START + 10)], now=START + 10).remaining is None
    lines = [*before, epoch(3, START + 10), epoch(4, START + 12)]
    at = progress(found(run, "running", seconds=1000.0), lines, now=START + 12)
    assert at.remaining == pytest.approx(12)
    assert at.seconds == pytest.approx(1012)


def test_what_remains_is_never_negative(run):
    lines = [epoch(8, START + 1), epoch(9, START + 2)]
    assert progress(found(run, "running"), lines, now=START + 500).remaining == 0


def test_lines_at_one_moment_tell_no_pace(run):
    lines = [epoch(1, START + 1), epoch(2, START + 1)]
    assert progress(found(run, "running"), lines, now=START + 2).remaining is None


def test_a_phase_before_training_is_named_and_has_no_share(run):
    at = {"kind": "phase", "phase": "decoding images", "done": 300, "total": 1500, "remaining": 40.0}
    shown = progress(found(run, "running", progress=at), [], now=START + 5)
    assert (shown.share, shown.doing) == (None, "decoding images, 300 of 1,500")
    assert (shown.remaining, shown.step_remaining) == (None, 40.0)
    assert progress(found(run, "running", progress=None), [], now=START + 5).doing == "starting"


def test_a_phase_inside_training_keeps_the_share(run):
    at = {"kind": "phase", "phase": "validation", "done": 10, "total": 20}
    shown = progress(found(run, "running", progress=at), [epoch(4, START + 9)], now=START + 10)
    assert (shown.share, shown.doing) == (0.4, "validation, 10 of 20")


def test_a_stopped_run_shows_its_last_epoch_and_no_phase(run):
    at = {"kind": "phase", "phase": "validation", "done": 10, "total": 20}
    shown = progress(found(run, "stopped", seconds=30.0, progress=at), [epoch(4, START + 9)], now=START + 999)
    assert (shown.share, shown.doing, shown.remaining, shown.seconds) == (0.4, "epoch 4 of 10", None, 30.0)


def test_an_early_stopped_run_that_finished_is_complete(run):
    result = {"validation": {"argmax": {"accuracy": 0.75, "cer": 0.125}}}
    lines = [epoch(6, START + 9, validation_accuracy=0.5, validation_cer=0.25)]
    shown = progress(found(run, "finished", seconds=9.0, result=result), lines, now=START + 999)
    assert (shown.share, shown.doing) == (1.0, "epoch 6 of 10")
    assert (shown.accuracy, shown.cer) == (0.75, 0.125)  # the result's, not the last epoch's


def test_while_it_trains_the_last_epoch_tells_the_result(run):
    lines = [
        epoch(1, START + 9, validation_accuracy=0.5, validation_cer=0.25, gpu_memory_bytes=2e9),
        step(0.15, START + 10),
    ]
    shown = progress(found(run, "running", result={"exit_code": 2}), lines, now=START + 11)
    assert (shown.accuracy, shown.cer, shown.gpu_memory) == (0.5, 0.25, 2e9)


def test_an_interrupted_run_lived_until_its_last_line(run):
    shown = progress(found(run, "interrupted", seconds=100.0), [epoch(1, START + 40)], now=START + 9999)
    assert shown.seconds == pytest.approx(140)
    assert progress(found(run, "interrupted"), [], now=START + 9999).seconds is None


def test_what_a_run_does_now_in_a_line(run):
    def now(metrics=(), state="running", **phase):
        at = {"kind": "phase", "done": 120, "total": 4000, "remaining": None, **phase} if phase else None
        return doing_now(found(run, state, progress=at), list(metrics), now=START + 20)

    assert now() == "starting"
    assert now(phase="reading images", remaining=120.4) == "reading images, 120 of 4,000; 2 min 00 s left of this step"
    assert now(phase="features") == "computing features, 120 of 4,000"
    trained = [epoch(1, START + 10), epoch(2, START + 20)]
    assert now(trained) == "epoch 2 of 10; 1 min 20 s left of training"
    assert now(trained, phase="validation", remaining=3.0) == "validation, 120 of 4,000; 1 min 20 s left of training"
    over = [epoch(9, START + 10), epoch(10, START + 20)]
    assert now(over, phase="evaluation", remaining=3.0) == "evaluation, 120 of 4,000; 3 s left of this step"
    for state in ("queued", "stopped", "interrupted", "failed", "finished"):
        assert now(trained, state, phase="validation") == ""


def test_a_step_before_or_after_training_is_named_as_what_remains(run):
    at = {"kind": "phase", "phase": "decoding images", "done": 300, "total": 1500, "remaining": 40.0}
    assert remaining_words(progress(found(run, "running", progress=at), [], now=START + 5)) == "step 40 s"
    trained = [epoch(1, START + 10), epoch(2, START + 20)]
    assert remaining_words(progress(found(run, "running", progress=at), trained, now=START + 20)) == "1 min 20 s"
    over = [epoch(9, START + 10), epoch(10, START + 20)]
    assert remaining_words(progress(found(run, "running", progress=at), over, now=START + 20)) == "step 40 s"
    assert remaining_words(progress(found(run, "stopped", progress=at), trained, now=START + 20)) == "–"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.2, "under 1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (90_061, "25 h 01 min"),
    ],
)
def test_times_in_words(seconds, words):
    assert time_words(seconds) == words
