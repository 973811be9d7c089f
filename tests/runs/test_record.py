"""What run.json must hold: every wrong type is found, and said in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from riskcore.errors import InputError
from riskcore.runs.folder import Run
from riskcore.runs.record import NewerRunError, is_report, read_record, what_is_wrong
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

LABELS = {"data": "d", "matrix": "m", "model": "x", "loss": "ce"}
FIGURES = {"accuracy": 0.9, "cer": None}
PART = {"n": 9, "majority_accuracy": 0.5, "argmax": FIGURES, "dial": None}
CONFIG: dict[str, Any] = {
    "data": {"name": "d"},
    "model": {"name": "x", "size": 64},
    "train": {"backbone": "frozen", "epochs": 3},
    "loss": {"form": "ce", "strength": 0.0, "base": "ce", "confusion": 0.0},
}
TIME = "2026-11-24T23:30:15.000000+00:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return RunStore(Workspace(tmp_path)).create(CONFIG, **LABELS).folder


def changed(folder: Path, **changes: Any) -> dict[str, Any]:
    return {**json.loads((folder / "run.json").read_text()), **changes}


def write(folder: Path, document: Any) -> None:
    (folder / "run.json").write_text(json.dumps(document))


def finished(folder: Path, **changes: Any) -> dict[str, Any]:
    return changed(folder, state="finished", result={"validation": PART, "test": PART}, **changes)


def test_a_record_as_it_is_written(folder):
    assert what_is_wrong(read_record(folder), folder.name) == ""
    assert what_is_wrong(finished(folder), folder.name) == ""
    owner = {"host": "here", "pid": 1, "started": TIME}
    for progress in (
        {"kind": "phase", "phase": "features", "done": 1, "total": 2, "remaining": None},
        {"kind": "step", "epoch": 1, "epochs": 2, "progress": 0.5, "train_loss": None, "images_per_second": 3.5},
        {"kind": "epoch", "epoch": 1, "epochs": 2, "time": 1.5},
    ):
        record = changed(folder, state="running", owner=owner, progress=progress, claims=1, timings={"started": TIME})
        assert what_is_wrong(record, folder.name) == "", progress


HOSTILE = [
    ("state", 5),
    ("state", "done"),
    ("state", "interrupted"),
    ("state", ["queued"]),
    ("config", None),
    ("config", []),
    ("seed", "0"),
    ("seed", True),
    ("seed", 2**70),
    ("fold", 1.5),
    ("order", None),
    ("order", 10**30),
    ("claims", -1),
    ("claims", "many"),
    ("created", "yesterday"),
    ("created", 20261124),
    ("created", "2026-11-24T23:30:15"),
    ("data", None),
    ("pool", {"a": 1}),
    ("loss", 3),
    ("error", 404),
    ("owner", "me"),
    ("owner", {"host": "here", "pid": 0}),
    ("owner", {"host": "here", "pid": -1}),
    ("owner", {"host": "here", "pid": 2**40}),
    ("owner", {"host": None, "pid": 7}),
    ("progress", []),
    ("progress", {"epoch": 1}),
    ("progress", {"kind": "phase", "phase": "x", "done": "1", "total": 2}),
    ("progress", {"kind": "step", "epoch": 1, "epochs": 0, "progress": 0.5, "train_loss": 1.0}),
    ("result", "good"),
    ("result", {"exit_code": "2"}),
    ("result", {"warnings": "none"}),
    ("result", {"absent": [1]}),
    ("result", {"note": 1}),
    ("result", {"flow": []}),
    ("result", {"validation": {**PART, "n": "9"}}),
    ("result", {"validation": {**PART, "argmax": {"accuracy": "high", "cer": 0.1}}}),
    ("result", {"test": {**PART, "argmax": {"accuracy": 0.5}}}),
    ("result", {"test": {key: value for key, value in PART.items() if key != "dial"}}),
    ("timings", None),
    ("timings", {"started": 7}),
    ("timings", {"seconds": "long"}),
    ("id", "another"),
    ("schema", 0),
    ("schema", "1"),
    ("schema", True),
]


@pytest.mark.parametrize(("key", "value"), HOSTILE, ids=[f"{key} {value}"[:40] for key, value in HOSTILE])
def test_a_value_of_another_type_is_damage(folder, key, value):
    write(folder, changed(folder, **{key: value}))
    with pytest.raises(InputError) as caught:
        read_record(folder)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'run.json'}: damaged, ")
    assert message.endswith("; restore it from a copy, or delete the run.")
    assert key in message or key == "id"
    assert "\n" not in message


def test_every_key_is_needed(folder):
    for key in changed(folder):
        assert what_is_wrong({k: v for k, v in changed(folder).items() if k != key}, folder.name), key


@pytest.mark.parametrize("group", ["model", "train", "loss"])
def test_a_finished_run_keeps_the_settings_that_comparisons_read(folder, group):
    assert f"config.{group}." in what_is_wrong(finished(folder, config={**CONFIG, group: {}}), folder.name)
    for later in ("members", "teachers", "gamma"):
        wrong = what_is_wrong(finished(folder, config={**CONFIG, group: {**CONFIG[group], later: "2"}}), folder.name)
        assert bool(wrong) == ((group, later) in (("model", "members"), ("train", "teachers"), ("loss", "gamma")))
    assert what_is_wrong(finished(folder, config={}), folder.name) == "config.data is missing"
    assert what_is_wrong(changed(folder, state="finished", result={"test": PART}), folder.name) == (
        "result.validation is missing"
    )


def test_what_runs_has_an_owner_and_what_began_a_beginning(folder):
    assert what_is_wrong(changed(folder, state="running"), folder.name) == "it is running without an owner"
    assert "timings.started" in what_is_wrong(changed(folder, claims=2), folder.name)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b'{"schema": NaN}', b"\xff\xfe", b"[" * 5000, b"9" * 9999]
)
def test_what_is_no_record_at_all(folder, content):
    (folder / "run.json").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_record(folder)
    assert str(caught.value).startswith(f"{folder / 'run.json'}: ")
    assert "\n" not in str(caught.value)


def test_a_newer_layout_is_no_damage(folder):
    write(folder, {"schema": 2})
    with pytest.raises(NewerRunError, match="use the version of riskcore that wrote it"):
        read_record(folder)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ({"step": 1}, True),
        ({"kind": "epoch", "epoch": 1, "epochs": 2, "validation_cer": None}, True),
        ({"kind": "epoch", "epoch": 1, "epochs": 2, "validation_cer": "low"}, False),
        ({"kind": "epoch", "epoch": None, "epochs": 2}, False),
        ({"kind": "epoch", "epoch": 1, "epochs": 0}, False),
        ({"kind": "step", "epoch": 1, "epochs": 2, "train_loss": 0.5}, False),
        ({"kind": "step", "epoch": 1, "epochs": 2, "progress": 0.5, "train_loss": 0.5}, True),
        ({"time": "now"}, False),
    ],
)
def test_which_lines_of_the_metrics_can_be_shown(line, shown):
    assert is_report(line) is shown


def test_numbers_that_are_none_are_null_in_records_of_today_and_of_before(folder: Path) -> None:
    run = Run(folder)
    with run.claim():
        run.update(progress={"kind": "epoch", "epoch": 1, "epochs": 2, "validation_cer": float("nan")})
    file = folder / "run.json"
    assert '"validation_cer": null' in file.read_text()
    file.write_text(file.read_text().replace('"validation_cer": null', '"validation_cer": NaN'))
    assert read_record(folder)["progress"]["validation_cer"] is None
