"""riskcore train and riskcore runs."""

import json
from pathlib import Path

from riskcore.runs.store import RunStore

BRIEF = {
    *("id", "state", "data", "loss", "seed", "fold", "pool", "created", "progress", "result", "error", "left"),
    "annotation",
}


def queued(riskcore, **changes):
    """A run that nobody carries out."""
    labels = {"data": "toy", "matrix": "demo", "model": "resnet18", "loss": "ce", **changes}
    return RunStore(riskcore.workspace).create({"seed": 0}, **labels)


def test_train_waits_and_says_what_came_of_it(riskcore, config: Path) -> None:
    done = riskcore("train", config, "loss=ce", "seed=3", "--wait")
    lines = done.stdout.splitlines()
    (run,) = riskcore.json("runs", "list")
    assert lines[:2] == [f"Run {run['id']} is queued.", f"Run {run['id']} is finished."]
    assert lines[2].startswith("  test, argmax: accuracy ")
    assert lines[3].startswith("  test, operating point: accuracy ")
    assert done.stderr == ""
    assert set(run) == BRIEF
    assert (run["state"], run["loss"], run["seed"]) == ("finished", "ce", 3)
    assert set(run["result"]["test"]) == {"n", "majority_accuracy", "argmax", "dial"}

    shown = riskcore("runs", "show", run["id"]).stdout
    assert f"Run {run['id']} is finished." in shown
    assert "epoch 2/2: validation accuracy " in shown
    assert "  test, " in shown
    detail = riskcore.json("runs", "show", run["id"])
    assert {"config", "timings", "metrics", "state"} <= set(detail)
    assert "epoch 2/2" in riskcore("runs", "log", run["id"]).stdout
    assert riskcore.json("runs", "log", run["id"], "--lines", 1).keys() == {"id", "log"}


def test_wrong_settings_are_one_line_and_queue_nothing(riskcore, config: Path) -> None:
    def error(*overrides: str) -> str:
        return riskcore.error("train", config, *overrides)

    assert error("loss.stregth=3") == "Unknown setting `loss.stregth`: did you mean `loss.strength`?"
    assert error("train.epochz=3") == "Unknown setting `train.epochz`: did you mean `train.epochs`?"
    assert error("seed").startswith("Expected overrides as key=value, but got 'seed'.")
    assert error("data=tyo") == (
        "No data set named or stored in the file 'tyo': did you mean 'toy'? "
        "Register one with `riskcore data add NAME PATH`."
    )
    assert error("wish=much").startswith("wish 'much': expected KIND=NUMBER")
    assert riskcore.error("train", config.with_name("absent.yaml")).endswith(
        "cannot be read (No such file or directory); check the path."
    )
    assert riskcore.json("runs", "list") == []


def test_a_run_that_fails_ends_the_command_with_its_reason_and_exit_code(riskcore, config: Path) -> None:
    """What only the training process can see."""
    done = riskcore("train", config, "train.learning_rate=1e30", "--wait", "--json", code=1)
    (line,) = done.stderr.splitlines()
    (run,) = riskcore.json("runs", "list")
    assert json.loads(done.stdout) == {"id": run["id"], "state": "failed"}
    assert line == f"Error: run {run['id']} failed: {run['error']}"
    assert "lower train.learning_rate or loss.strength" in line
    assert riskcore.error("runs", "resume", run["id"]) == (
        f"Run {run['id']} is failed: only a stopped or interrupted run can be resumed."
    )


def test_runs_are_listed_filtered_and_pooled(riskcore) -> None:
    assert riskcore("runs", "list").stdout.startswith("No runs yet")
    ids = [queued(riskcore, data=data).id for data in ("toy", "other", "toy")]
    assert [row["id"] for row in riskcore.json("runs", "list")] == ids[::-1]
    assert [row["id"] for row in riskcore.json("runs", "list", "--data", "toy", "--limit", 1)] == [ids[2]]
    assert len(riskcore.json("runs", "list", "--state", "queued")) == 3
    assert riskcore.json("runs", "list", "--state", "finished") == []
    assert riskcore("runs", "list", "--state", "finished").stdout == "No run is like that.\n"
    assert riskcore.error("runs", "list", "--state", "done") == (
        "Expected a state out of queued, running, finished, failed, stopped, interrupted, but got 'done'."
    )
    shown = riskcore("runs", "list").stdout.splitlines()
    assert shown[0].split() == ["id", "state", "loss", "accuracy", "CER"]
    assert len(shown) == 5
    pools = riskcore.json("runs", "list", "--pools")
    assert {row["data"]: (row["runs"], row["finished"]) for row in pools} == {"toy": (2, 0), "other": (1, 0)}
    assert set(pools[0]) == {"pool", "name", "data", "loss", "runs", "finished", "seeds", "folds"}
    assert pools[0]["pool"] in riskcore("runs", "list", "--pools").stdout


def test_runs_are_cancelled_moved_deleted_restored_and_the_trash_emptied(riskcore) -> None:
    first, second = queued(riskcore).id, queued(riskcore, loss="focal").id
    assert riskcore("runs", "move", second, "first").stdout == f"Run {second} is queued.\n"
    assert [run.id for run in RunStore(riskcore.workspace).queue()] == [second, first]
    assert riskcore.json("runs", "cancel", first) == {"id": first, "state": "stopped"}
    assert riskcore.error("runs", "stop", first) == f"Run {first} is stopped: only a running run can be stopped."

    assert riskcore("runs", "trash").stdout == "The trash is empty.\n"
    deleted = riskcore("runs", "delete", first).stdout
    assert deleted == f"Run {first} is in the trash: riskcore runs restore {first} brings it back.\n"
    assert riskcore.json("runs", "delete", second) == {"id": second, "state": "stopped", "trashed": True}
    assert {row["id"] for row in riskcore.json("runs", "trash")} == {first, second}
    assert first in riskcore("runs", "trash").stdout
    assert riskcore.error("runs", "show", first) == f"Run {first} is in the trash: restore it first."
    assert riskcore.json("runs", "restore", first) == {"id": first, "state": "stopped"}
    assert riskcore("runs", "trash", "--empty").stdout == "Removed 1 run for good.\n"
    assert riskcore.json("runs", "trash", "--empty") == {"removed": 0}
    assert [row["id"] for row in riskcore.json("runs", "list")] == [first]
    assert riskcore.error("runs", "restore", second).startswith(f"No run {second!r} in the trash")


def test_only_finished_runs_are_exported(riskcore) -> None:
    run = queued(riskcore)
    assert riskcore.error("runs", "export", run.id, "--mlflow", "http://localhost:1") == (
        f"Run {run.id} is queued: only a finished run can be exported."
    )


def test_a_cancelled_run_is_resumed_and_finishes(riskcore, config: Path) -> None:
    from riskcore.config import RunConfig
    from riskcore.jobs.submit import submit

    run = submit(riskcore.workspace, RunConfig.from_file(config))
    riskcore("runs", "cancel", run.id)
    assert riskcore.json("runs", "resume", run.id, "--wait") == {"id": run.id, "state": "finished"}
    assert json.loads((run.folder / "run.json").read_text())["state"] == "finished"
