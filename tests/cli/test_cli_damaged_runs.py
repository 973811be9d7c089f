"""riskcore runs where a run, or a file beside it, is damaged."""

import json

import pytest

from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore

LABELS = {"data": "toy", "matrix": "demo", "model": "resnet18", "loss": "ce"}


@pytest.fixture
def runs(riskcore) -> list[Run]:
    """A whole run, and a damaged one that left its log."""
    runs = [RunStore(riskcore.workspace).create({"seed": seed}, **LABELS) for seed in range(2)]
    record = json.loads((runs[1].folder / "run.json").read_text())
    (runs[1].folder / "run.json").write_text(json.dumps({**record, "config": None}))
    runs[1].log.write_text("epoch 1\n")
    return runs


def test_damaged_runs_are_listed_and_go_through_the_trash(riskcore, runs: list[Run]) -> None:
    whole, bad = runs
    reason = (
        f"{bad.folder / 'run.json'}: damaged, config must be an object of settings, but is None; restore it from a "
        "copy, or delete the run."
    )
    lines = riskcore("runs", "list").stdout.splitlines()
    assert lines[-1] == f"Run {bad.id} is damaged. {reason} It still holds: log."
    assert whole.id in lines[-2]
    listed = riskcore.json("runs", "list")
    assert [(run["id"], run["state"], run["left"]) for run in listed] == [
        (whole.id, "queued", None),
        (bad.id, "damaged", ["log"]),
    ]
    assert listed[0].keys() == listed[1].keys()
    assert listed[1]["error"] == reason
    assert [run["id"] for run in riskcore.json("runs", "list", "--state", "damaged")] == [bad.id]
    assert riskcore.error("runs", "show", bad.id) == reason
    assert riskcore.json("runs", "delete", bad.id) == {"id": bad.id, "state": "damaged", "trashed": True}
    assert [run["state"] for run in riskcore.json("runs", "trash")] == ["damaged"]
    assert riskcore.json("runs", "restore", bad.id) == {"id": bad.id, "state": "damaged"}


def test_damaged_lines_of_the_metrics_are_counted(riskcore, runs: list[Run]) -> None:
    run = runs[0]
    with run.claim():
        run.append_metrics({"kind": "epoch", "epoch": 1, "epochs": 1})
        run.end("finished")
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(b"[]\n")
    assert "  Note: 1 line of metrics.jsonl cannot be read and is left out." in (
        riskcore("runs", "show", run.id).stdout.splitlines()
    )
    shown = riskcore.json("runs", "show", run.id)
    assert (len(shown["metrics"]), shown["damaged_metrics"]) == (1, 1)


def test_an_id_of_any_length_is_one_line(riskcore, runs: list[Run]) -> None:
    assert riskcore.error("runs", "show", "x" * 5_000).startswith("No run ")
