"""Runs that cannot be read, the trash after a kill, and damage around runs: nothing vanishes, nothing breaks."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from riskcore.errors import InputError, RunError
from riskcore.files import TEMPORARY, acquired, purge_temporary
from riskcore.runs import folder as run_folder
from riskcore.runs.choices import finished_choices
from riskcore.runs.folder import Run
from riskcore.runs.ranking import finished_runs
from riskcore.runs.store import RunStore
from riskcore.runs.unread import UnreadRun
from riskcore.words.run_states import left_out_lines, unread_words
from riskcore.workspace import Workspace

LABELS = {"data": "d", "matrix": "m", "model": "x", "loss": "ce"}


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "workspace"))


def create(store: RunStore, seed: int = 0) -> Run:
    return store.create({"seed": seed}, **LABELS)


def change(run: Run, **changes: Any) -> None:
    (run.folder / "run.json").write_text(json.dumps({**json.loads((run.folder / "run.json").read_text()), **changes}))


DAMAGES: list[dict[str, Any] | bytes | None] = [
    b"{",
    b"",
    b"\x80",
    b'{"schema": 1}',
    None,
    {"state": 5},
    {"config": None},
    {"id": "another"},
    {"order": 10**30},
    {"created": None},
    {"data": ["d"]},
    {"state": "running"},
    {"schema": 2},
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: str(damage)[:24])
def test_a_damaged_run_is_listed_deleted_and_restored_and_disturbs_no_other(store, damage):
    good, bad = create(store, 1), create(store, 2)
    (bad.folder / "log.txt").write_text("epoch 1")
    (bad.folder / "checkpoint.pt").write_bytes(b"weights")
    if damage is None:
        (bad.folder / "run.json").unlink()
    elif isinstance(damage, bytes):
        (bad.folder / "run.json").write_bytes(damage)
    else:
        change(bad, **damage)
    state = "newer" if damage == {"schema": 2} else "damaged"

    for index in ("as it was", "gone"):
        if index == "gone":
            store.workspace.index.unlink()
        (found,) = store.unread()
        assert (found.id, found.state, found.left) == (bad.id, state, ("log", "checkpoint"))
        assert found.reason.startswith(str(bad.folder))
        assert [run.id for run in store.list()] == [good.id]
        assert [run.id for run in store.page(limit=9)] == [good.id]
        assert store.counts()["queued"] == 1
        assert [run.id for run in store.queue()] == [good.id]
        assert list(store.pools()) == [good.pool]
        assert store.data_names() == ["d"]
        assert finished_choices(store) == []
        assert finished_runs(store) == []
    with pytest.raises(InputError):
        store.get(bad.id)

    deleted = store.delete(bad.id)
    assert isinstance(deleted, UnreadRun)
    assert (deleted.folder, deleted.state) == (store.workspace.trash / bad.id, state)
    assert store.unread() == []
    assert store.trashed() == []
    assert [run.id for run in store.trashed_unread()] == [bad.id]
    assert store.trash_count() == 1
    assert store.restore(bad.id).state == state
    assert [run.id for run in store.unread()] == [bad.id]
    store.delete(bad.id)
    assert store.empty_trash() == 1
    assert list(store.workspace.trash.iterdir()) == []


def test_a_mended_run_is_a_run_again(store):
    run = create(store)
    whole = (run.folder / "run.json").read_bytes()
    (run.folder / "run.json").write_bytes(whole[:-9])
    assert [found.id for found in store.unread()] == [run.id]
    (run.folder / "run.json").write_bytes(whole)
    assert store.unread() == []
    assert [found.id for found in store.list()] == [run.id]


def test_a_damaged_run_whose_owner_lives_is_not_moved_away(store):
    run = create(store)
    (run.folder / "run.json").write_text("{")
    held = acquired(run.folder / "lock", 0.0)
    assert held is not None
    with pytest.raises(InputError, match="is in use by another process; wait for its end before it is deleted"):
        store.delete(run.id)
    held.release()
    assert store.delete(run.id).state == "damaged"


def test_what_is_no_run_is_left_alone(store):
    create(store)
    (store.workspace.runs / "notes").mkdir()
    (store.workspace.runs / "20261124-233015-a-file-ab12").touch()
    os.mkdir(os.fsencode(store.workspace.runs) + b"/20261124-233015-\xff-ab12")
    assert store.unread() == []
    assert len(store.list()) == 1


def test_words_about_what_is_left(store):
    run = create(store)
    (run.folder / "run.json").write_text("[]")
    (found,) = store.unread()
    assert unread_words(found) == f"Run {run.id} is damaged. {found.reason} Nothing of it is left."
    (run.folder / "bundle").mkdir()
    (found,) = store.unread()
    assert unread_words(found).endswith(" It still holds: bundle.")
    assert left_out_lines(1) == "1 line of metrics.jsonl cannot be read and is left out."
    assert left_out_lines(2_000) == "2,000 lines of metrics.jsonl cannot be read and are left out."


# The trash


class Killed(BaseException):
    """Ends an action as a kill does."""


@pytest.mark.parametrize("removed", ["run.json", "log.txt"])
def test_a_kill_while_the_trash_is_emptied_leaves_nothing_behind(store, monkeypatch, removed):
    runs = [create(store, seed) for seed in range(2)]
    for run in runs:
        (run.folder / "log.txt").touch()
        store.delete(run.id)

    def killed(folder: Path) -> None:
        (Path(folder) / removed).unlink()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(Killed):
            store.empty_trash()
    (half,) = store.workspace.trash.glob(f"{TEMPORARY}*")
    assert store.trash_count() == 1, "the other one"
    shutil.copytree(half, store.workspace.trash / f"{TEMPORARY}old")
    assert store.empty_trash() == 1
    assert list(store.workspace.trash.iterdir()) == []


def test_half_a_run_that_an_earlier_version_left_in_the_trash_is_listed_and_removed(store):
    run = create(store)
    store.delete(run.id)
    (store.workspace.trash / run.id / "run.json").unlink()
    assert [found.id for found in store.trashed_unread()] == [run.id]
    assert store.empty_trash() == 1
    assert not (store.workspace.trash / run.id).exists()


def test_what_cannot_be_removed_stays_listed(store, monkeypatch):
    runs = [create(store, seed) for seed in range(3)]
    for run in runs:
        store.delete(run.id)
    remove = shutil.rmtree

    def denied(folder: Path) -> None:
        if json.loads((Path(folder) / "run.json").read_text())["id"] == runs[1].id:
            raise PermissionError(13, "Permission denied")
        remove(folder)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", denied)
        with pytest.raises(RunError, match=rf"{runs[1].id}: permission denied; check the permissions of the folder"):
            store.empty_trash()
    assert [run.id for run in store.trashed()] == [runs[1].id]


def test_a_link_in_the_trash_is_removed_and_not_followed(store, tmp_path):
    run = create(store)
    (tmp_path / "elsewhere").mkdir()
    shutil.move(run.folder, tmp_path / "elsewhere" / run.id)
    store.workspace.trash.mkdir()
    (store.workspace.trash / run.id).symlink_to(tmp_path / "elsewhere" / run.id)
    assert store.empty_trash() == 1
    assert (tmp_path / "elsewhere" / run.id / "run.json").exists()


def test_a_place_that_is_taken_is_one_line(store):
    run = create(store)
    shutil.copytree(run.folder, store.workspace.trash / run.id)
    with pytest.raises(RunError, match=r"cannot be written \(directory not empty\)"):
        store.delete(run.id)
    with pytest.raises(RunError, match=r"cannot be written \(directory not empty\)"):
        store.restore(run.id)


def test_a_run_that_was_being_made_is_purged_a_day_later(store):
    create(store)
    half = store.workspace.runs / f"{TEMPORARY}half"
    half.mkdir()
    assert purge_temporary(store.workspace.root) == 0
    os.utime(half, (0, 0))
    assert purge_temporary(store.workspace.root) == 1
    assert len(store.list()) == 1


# Metrics, index, locks


def test_damaged_lines_of_the_metrics_are_left_out_and_counted(store):
    run = create(store)
    for epoch in (1, 2):
        run.append_metrics({"kind": "epoch", "epoch": epoch, "epochs": 3})
    lines = (run.folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    damaged = [b'{"kind": "epo\n', b"\xff\xfe\n", b"[]\n", b'{"kind": "epoch", "epoch": NaN, "epochs": 3}\n', b"\n"]
    damaged += [b'{"kind": "epoch", "epoch": "2", "epochs": 3}\n', b"[" * 100_000 + b"\n", b"9" * 9_999 + b"\n"]
    (run.folder / "metrics.jsonl").write_bytes(lines[0] + b"".join(damaged) + lines[1] + b'{"torn')
    found, left_out = run.read_metrics()
    assert [line["epoch"] for line in found] == [1, 2]
    assert left_out == len(damaged)
    assert run.metrics() == found
    with run.claim():
        run.append_metrics({"kind": "epoch", "epoch": 3, "epochs": 3})
        run.end("finished")
    assert [line["epoch"] for line in run.metrics()] == [1, 2, 3]


@pytest.mark.parametrize("name", ["lock", "stop", "metrics.jsonl"])
def test_a_folder_in_the_place_of_a_file_is_one_line(store, name):
    run = create(store)
    (run.folder / name).mkdir()
    (run.folder / name / "inside").touch()
    assert [found.id for found in store.list()] == [run.id]
    assert run.metrics() == []
    with pytest.raises(RunError, match=r"cannot be written \((is a directory|directory not empty)\)"), run.claim():
        pass
    assert store.get(run.id).state == "queued"


def test_a_run_in_use_is_one_line_for_every_action(store, monkeypatch):
    monkeypatch.setattr(run_folder, "LOCK_SECONDS", 0.05)
    run = create(store)
    held = acquired(run.folder / "lock", 0.0)
    assert held is not None
    for action in (store.cancel, store.delete, lambda id: store.move(id, "last")):
        with pytest.raises(InputError, match="is in use by another process; stop it or wait for its end"):
            action(run.id)


def test_a_limit_on_the_size_of_files_fails_the_run_in_one_line(store):
    code = (
        "import resource, sys; from pathlib import Path; from riskcore.runs.folder import Run\n"
        "try:\n"
        "    with Run(Path(sys.argv[1])).claim() as run:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "        for epoch in range(1000): run.append_metrics({'epoch': epoch})\n"
        "except RuntimeError as error: print(error)"
    )
    run = create(store)
    done = subprocess.run([sys.executable, "-c", code, str(run.folder)], capture_output=True, text=True, check=True)
    expected = "cannot be written, the file would be larger than this system allows; raise the limit and try again."
    assert done.stdout == f"{run.folder / 'metrics.jsonl'}: {expected}\n"
    assert (run.reload().state, run.reload().record["error"]) == ("failed", done.stdout.strip())


def test_an_id_that_is_no_name_is_one_line(store):
    create(store)
    for id in ("x" * 5_000, "a\0b", "\udcff"):
        with pytest.raises(InputError, match="No run"):
            store.get(id)


TAMPERED = [
    "UPDATE runs SET record = '{'",
    "UPDATE runs SET record = 7",
    "UPDATE runs SET record = x'ff00'",
    "UPDATE runs SET record = '[]'",
    "UPDATE runs SET record = json_set(record, '$.state', 5)",
    "UPDATE runs SET record = json_set(record, '$.config', null)",
    "UPDATE runs SET data = 5, record = json_set(record, '$.owner', 'me')",
    "DELETE FROM runs",
    "UPDATE runs SET signature = NULL, state = 3, record = NULL",
    "ALTER TABLE runs RENAME TO others",
    "ALTER TABLE runs DROP COLUMN record",
    "ALTER TABLE runs DROP COLUMN words",
    "UPDATE runs SET record = CAST(x'ff' AS TEXT)",
]


@pytest.mark.parametrize("statement", TAMPERED)
def test_a_tampered_index_is_made_anew_from_the_folders(store, statement):
    runs = [create(store, seed) for seed in range(3)]
    (runs[0].folder / "run.json").write_text("{")
    assert len(store.list()) == 2
    with sqlite3.connect(store.workspace.index) as database:
        database.execute(statement)
    database.close()
    for _ in range(2):
        assert {run.seed for run in store.list()} == {1, 2}
        assert {run.seed for run in store.page(limit=9, text="ce")} == {1, 2}
        assert store.counts()["queued"] == 2
        assert store.data_names() == ["d"]
        assert [run.id for run in store.unread()] == [runs[0].id]
