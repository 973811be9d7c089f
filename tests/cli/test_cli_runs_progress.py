"""riskcore runs show and log while a run does what comes before its first epoch."""

import pytest

from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore


@pytest.fixture
def run(riskcore) -> Run:
    """A run that nobody carries out."""
    labels = {"data": "toy", "matrix": "demo", "model": "resnet18", "loss": "ce"}
    return RunStore(riskcore.workspace).create({"seed": 0}, **labels)


@pytest.mark.parametrize(
    ("phase", "remaining", "words"),
    [
        ("reading images", 120.0, "Now: reading images, 120 of 400; 2 min 00 s left of this step."),
        ("features", None, "Now: computing features, 120 of 400."),
    ],
)
def test_a_run_that_does_not_train_yet_says_what_it_does(riskcore, run: Run, phase, remaining, words) -> None:
    assert "has not started" in riskcore("runs", "log", run.id).stdout
    with run.claim():
        run.update(progress={"kind": "phase", "phase": phase, "done": 120, "total": 400, "remaining": remaining})
        assert riskcore("runs", "log", run.id).stdout.splitlines() == [
            "The log is empty: no epoch has ended yet.",
            words,
        ]
        assert f"  {words}" in riskcore("runs", "show", run.id).stdout.splitlines()
        run.log.write_text("Note: 3 images have duplicates.\n")
        assert riskcore("runs", "log", run.id).stdout.splitlines() == ["Note: 3 images have duplicates.", words]
        assert set(riskcore.json("runs", "log", run.id)) == {"id", "log"}
        run.end("stopped")
    assert "Now:" not in riskcore("runs", "log", run.id).stdout + riskcore("runs", "show", run.id).stdout


def test_a_followed_log_ends_with_its_last_lines(riskcore, run: Run) -> None:
    with run.claim():
        run.log.write_text("first\n")
        process = riskcore.start("runs", "log", run.id, "--follow")
        try:
            assert process.stdout is not None
            assert [process.stdout.readline() for _ in range(2)] == ["first\n", "Now: starting.\n"]
            with run.log.open("a") as log:
                log.write("last\n")
            run.end("finished")
            assert process.communicate(timeout=60)[0] == "last\n"
        finally:
            process.kill()
