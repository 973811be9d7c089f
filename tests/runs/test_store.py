"""The run store, its index and the states that are found out: real processes, real kills."""

import contextlib
import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from riskcore.errors import InputError, RunError
from riskcore.files import write_json
from riskcore.runs import folder as run_folder
from riskcore.runs import heart
from riskcore.runs.folder import Run
from riskcore.runs.record import read_record
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

LABELS = {"data": "isic2018", "matrix": "isic2018", "model": "lite0", "loss": "log_harm s=3"}
PROGRESS = {"kind": "epoch", "epoch": 1, "epochs": 3}

TRAINING = """
import sys, time
from pathlib import Path
from riskcore.runs.folder import Run

with Run(Path(sys.argv[1])).claim() as run:
    (run.folder / "checkpoint.pt").write_text("weights")
    for step in range(1000):
        run.append_metrics({"step": step})
        if run.stop_requested:
            run.end("stopped")
            break
        time.sleep(0.02)
"""


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "workspace"))


def create(store: RunStore, seed: int = 0, fold: int | None = None, **labels: str) -> Run:
    return store.create({"lr": 0.1, "seed": seed, "fold": fold}, **{**LABELS, **labels})


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.02)


def train(run: Run) -> subprocess.Popen[bytes]:
    """A real process that owns the run."""
    child = subprocess.Popen([sys.executable, "-c", TRAINING, str(run.folder)])
    until(lambda: len(run.metrics()) > 2)
    return child


def fake(store: RunStore, number: int, **changes: object) -> None:
    """A run's folder written by hand, without waiting for the disk."""
    template = create(store).folder if not store.workspace.runs.exists() else None
    record = read_record(next(store.workspace.runs.iterdir()))
    if template:
        shutil.rmtree(template)
    name = f"20250101-{number:06d}-isic2018-ce-s{number}-abcd"
    folder = store.workspace.runs / name
    folder.mkdir(exist_ok=True)
    record |= {"id": name, "created": f"2025-01-01T00:00:00.{number:06d}+00:00", "order": number, **changes}
    (folder / "run.json").write_text(json.dumps(record))


# Creating, finding and listing


def test_a_new_run_is_queued_and_complete(store):
    run = store.create({"seed": 3, "fold": 2}, **LABELS, files={"matrix.json": "{}"})
    assert run.state == "queued"
    stamp, rest = run.id[:15], run.id[15:]
    assert time.strptime(stamp, "%Y%m%d-%H%M%S")
    assert rest[:-4] == "-isic2018-log_harm-s3-k2-"
    assert sorted(path.name for path in run.folder.iterdir()) == ["matrix.json", "run.json"]
    assert run.reload().record == run.record
    assert (run.data, run.loss, run.seed, run.fold) == ("isic2018", "log_harm s=3", 3, 2)
    assert [path.name for path in store.workspace.runs.iterdir()] == [run.id]


def test_labels_become_safe_ids(store):
    run = create(store, data="../my data/Set é.csv", loss="a/b c")
    assert run.id[15:-4] == "-Set-a_b-s0-"


def test_newest_first_with_filters_and_pages(store):
    runs = [create(store, seed=seed, data="ab"[seed % 2]) for seed in range(6)]
    ids = [run.id for run in reversed(runs)]
    assert [run.id for run in store.list()] == ids
    assert [run.id for run in store.list(limit=2, offset=1)] == ids[1:3]
    assert [run.seed for run in store.list(data="b")] == [5, 3, 1]
    store.cancel(runs[1].id)
    assert [run.seed for run in store.list(state="stopped", data="b")] == [1]
    assert store.list(state="running") == []
    with pytest.raises(InputError) as caught:
        store.list(state="done")
    assert str(caught.value) == (
        "Expected a state out of queued, running, finished, failed, stopped, interrupted, but got 'done'."
    )


def test_get_takes_a_unique_prefix(store):
    fake(store, 1)
    fake(store, 2)
    assert store.get("20250101-000001").seed == 0
    with pytest.raises(InputError) as caught:
        store.get("20250101")
    assert str(caught.value) == (
        "'20250101' names 2 runs: 20250101-000001-isic2018-ce-s1-abcd, 20250101-000002-isic2018-ce-s2-abcd; "
        "write more of it."
    )
    with pytest.raises(InputError) as caught:
        store.get("20250101-000001-isic2018-ce-s1-abdc")
    assert str(caught.value) == (
        "No run '20250101-000001-isic2018-ce-s1-abdc': did you mean '20250101-000001-isic2018-ce-s1-abcd'?"
    )
    for wrong in ("", "../runs", "/"):
        with pytest.raises(InputError, match="No run"):
            store.get(wrong)


def test_pools_join_runs_that_differ_in_seed_and_fold(store):
    members = [create(store, seed=seed, fold=fold) for seed in (1, 0) for fold in (1, 0)]
    other = store.create({"lr": 0.2, "seed": 0, "fold": 0}, **LABELS)
    changed = store.create({"lr": 0.1, "seed": 0, "fold": 0}, **LABELS, fingerprint="another matrix")
    assert len({members[0].pool, other.pool, changed.pool}) == 3
    assert {run.pool for run in members} == {members[0].pool}
    assert members[0].pool.startswith("pool-isic2018-log_harm-")
    assert [(run.seed, run.fold) for run in store.resolve(members[0].pool)] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert [run.id for run in store.resolve(other.id)] == [other.id]
    assert list(store.pools()) == [changed.pool, other.pool, members[0].pool]
    with pytest.raises(InputError, match=r"^No pool 'pool-isic2018-log_harm-x': did you mean 'pool-isic2018"):
        store.resolve("pool-isic2018-log_harm-x")


def test_the_version_is_another_one_after_every_change_that_a_listing_shows(store):
    seen = [store.version()]

    def is_another() -> bool:
        seen.append(store.version())
        return seen[-1] not in seen[:-1]

    run = create(store)
    assert is_another()
    with run.claim() as owned:
        assert is_another()
        owned.append_metrics({"step": 0})
        store.version()
        seen[:] = [store.version()]
        owned.append_metrics({"step": 1})
        assert not is_another()
        owned.end("finished")
    assert is_another()
    store.annotate(run.id, name="mine")
    assert is_another()
    store.delete(run.id)
    assert is_another()


# States


def test_the_block_says_how_it_ended(store):
    run = create(store)
    with run.claim() as owned:
        assert store.get(run.id).state == "running"
        assert owned.record["owner"]["pid"] == os.getpid()
        owned.update(progress=PROGRESS, result={"cer": 0.1})
        assert store.list(state="running")[0].record["progress"] == PROGRESS
        owned.end("finished")
    found = store.get(run.id)
    assert (found.state, found.record["result"]) == ("finished", {"cer": 0.1})
    assert found.record["timings"].keys() == {"started", "ended", "seconds"}
    assert found.record["claims"] == 1


def test_an_exception_fails_the_run(store):
    run = create(store)
    with pytest.raises(RunError), run.claim():
        raise RunError("The loss became nan at epoch 2, step 7.")
    found = store.get(run.id)
    assert (found.state, found.record["error"]) == ("failed", "The loss became nan at epoch 2, step 7.")


def test_a_block_that_says_nothing_is_interrupted(store, monkeypatch):
    run = create(store)
    with pytest.raises(SystemExit), run.claim():
        raise SystemExit
    assert read_record(run.folder)["state"] == "running"
    # This process, the owner by name, lives on and its heartbeat is young: only age tells.
    assert store.get(run.id).state == "running"
    os.utime(run.folder / "heartbeat", (0, time.time() - heart.STALE_SECONDS - 1))
    assert store.get(run.id).state == "interrupted"


def test_kill_is_found_at_once_and_resumed(store):
    run = create(store)
    child = train(run)
    assert store.get(run.id).state == "running"
    assert [found.id for found in store.list(state="running")] == [run.id]
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert store.get(run.id).state == "interrupted"
    assert [found.id for found in store.list(state="interrupted")] == [run.id]
    assert store.list(state="running") == []
    assert read_record(run.folder)["state"] == "running", "interrupted is found, never written"
    before = len(run.metrics())
    assert store.requeue(run.id).state == "queued"
    assert (run.folder / "checkpoint.pt").exists()
    child = train(run)
    until(lambda: len(run.metrics()) > before)
    store.stop(run.id)
    assert child.wait() == 0
    found = store.get(run.id)
    assert (found.state, found.record["claims"]) == ("stopped", 2)


def test_a_frozen_owner_still_lives_while_it_holds_the_lock(store):
    run = create(store)
    child = train(run)
    child.send_signal(signal.SIGSTOP)
    os.utime(run.folder / "heartbeat", (0, 0))
    assert store.get(run.id).state == "running"
    with pytest.raises(InputError, match="is running: only a stopped or interrupted run"):
        store.requeue(run.id)
    child.kill()
    child.wait()


def test_another_hosts_owner_is_judged_by_its_heartbeat(store):
    run = create(store)
    with pytest.raises(SystemExit), run.claim():
        raise SystemExit
    record = read_record(run.folder)
    write_json(run.folder / "run.json", {**record, "owner": {**record["owner"], "host": "far", "pid": 2**22 + 1}})
    assert store.get(run.id).state == "running"
    os.utime(run.folder / "heartbeat", (0, time.time() - heart.STALE_SECONDS - 1))
    assert store.get(run.id).state == "interrupted"


def test_an_end_between_reading_and_looking_is_no_interruption(store):
    run = create(store)
    with run.claim() as owned:
        earlier = dict(owned.record)
        owned.end("finished")
    os.utime(run.folder / "heartbeat", (0, 0))
    assert Run(run.folder, earlier).state == "finished"


def test_the_heart_beats(store, monkeypatch):
    monkeypatch.setattr(heart, "HEARTBEAT_SECONDS", 0.02)
    run = create(store)
    with run.claim() as owned:
        os.utime(run.folder / "heartbeat", (0, 0))
        until(lambda: (run.folder / "heartbeat").stat().st_mtime > 1)
        owned.end("stopped")


def test_only_queued_runs_start_and_only_once(store):
    run = create(store)
    with run.claim() as owned:
        with pytest.raises(InputError) as caught, Run(run.folder).claim():
            pass
        assert str(caught.value) == f"Run {run.id} is running: only a queued run can be started."
        owned.end("finished")
    with pytest.raises(InputError) as caught, run.claim():
        pass
    assert str(caught.value) == f"Run {run.id} is finished: only a queued run can be started."


def test_a_run_that_someone_holds_is_left_alone(store, monkeypatch):
    monkeypatch.setattr(run_folder, "LOCK_SECONDS", 0.1)
    run = create(store)
    with run.hold("moved", "queued"), pytest.raises(InputError) as caught:
        store.cancel(run.id)
    assert str(caught.value) == f"Run {run.id} is in use by another process; stop it or wait for its end."


@pytest.mark.parametrize("state", ["queued", "running", "finished", "failed"])
def test_only_stopped_and_interrupted_runs_resume(store, state):
    run = create(store)
    with contextlib.ExitStack() as stack:
        if state != "queued":
            owned = stack.enter_context(run.claim())
        if state in ("finished", "failed"):
            owned.end(state)
            stack.close()
        with pytest.raises(InputError) as caught:
            store.requeue(run.id)
    assert str(caught.value) == (f"Run {run.id} is {state}: only a stopped or interrupted run can be resumed.")


def test_a_stop_is_only_offered_to_the_living(store):
    run = create(store)
    with pytest.raises(InputError) as caught:
        store.stop(run.id)
    assert str(caught.value) == f"Run {run.id} is queued: only a running run can be stopped."
    with run.claim() as owned:
        store.stop(run.id)
        assert owned.stop_requested
        owned.end("stopped")
    store.requeue(run.id)
    assert not store.get(run.id).stop_requested


def test_final_states_stay(store):
    run = create(store)
    with run.claim() as owned:
        owned.end("finished")
        with pytest.raises(ValueError, match="stopped cannot follow finished"):
            owned.end("stopped")


def test_exactly_one_of_many_processes_claims(store):
    run = create(store)
    code = (
        "import sys; from pathlib import Path\n"
        "from riskcore.errors import InputError; from riskcore.runs.folder import Run\n"
        "try:\n"
        "    with Run(Path(sys.argv[1])).claim() as run: run.end('finished')\n"
        "except InputError: sys.exit(2)"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(run.folder)]) for _ in range(5)]
    assert sorted(child.wait() for child in children) == [0, 2, 2, 2, 2]
    assert store.get(run.id).record["claims"] == 1


# Metrics


def test_metrics_survive_a_torn_line_and_non_finite_numbers(store):
    run = create(store)
    assert run.metrics() == []
    run.append_metrics({"loss": 0.5, "nan": float("nan"), "time": 1.0})
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"loss": 0.')
    assert run.metrics() == [{"loss": 0.5, "nan": None, "time": 1.0}]
    with run.claim() as owned:
        owned.append_metrics({"loss": 0.4})
        owned.end("finished")
    assert [line["loss"] for line in run.metrics()] == [0.5, 0.4]
    assert abs(run.metrics()[1]["time"] - time.time()) < 60


# A full disk


def test_full_disk_while_creating_leaves_nothing(store, monkeypatch):
    kept = create(store)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RunError, match=r"cannot be written, the disk is full; free some space and try again\.$"):
            create(store)
        assert [run.id for run in store.list()] == [kept.id]
    assert [path.name for path in store.workspace.runs.iterdir()] == [kept.id]


def test_full_disk_while_training_never_hides_the_error(store, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def train_on_a_full_disk() -> None:
        with run.claim() as owned:
            monkeypatch.setattr(os, "fsync", full)
            owned.update(progress=PROGRESS)

    run, earlier = create(store), create(store)
    with pytest.raises(RunError, match="the disk is full"):
        train_on_a_full_disk()
    os.utime(run.folder / "heartbeat", (0, 0))
    assert store.get(run.id).state == "interrupted"
    assert store.get(earlier.id).state == "queued"


# The index is a cache


def test_index_deleted_in_the_midst_loses_nothing(store):
    """Two processes create and list while this one keeps deleting and damaging the index."""
    code = (
        "import sys; from pathlib import Path; from riskcore.runs.store import RunStore\n"
        "from riskcore.workspace import Workspace\n"
        "store = RunStore(Workspace(Path(sys.argv[1])))\n"
        "for seed in range(50):\n"
        "    run = store.create({'seed': seed}, data='d', matrix='m', model='x', loss='ce')\n"
        "    with run.claim() as owned: owned.end('finished')\n"
        "    assert run.id in [found.id for found in store.list(state='finished')]\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(store.workspace.root)]) for _ in range(2)]
    turn = 0
    while any(child.poll() is None for child in children):
        turn += 1
        if turn % 2:
            store.workspace.index.unlink(missing_ok=True)
        elif store.workspace.index.exists():
            store.workspace.index.write_bytes(b"not a database" * 100)
        ids = {path.name for path in store.workspace.runs.glob("2*")}
        assert ids <= {run.id for run in store.list()}
        time.sleep(0.01)
    assert [child.wait() for child in children] == [0, 0]
    assert len(store.list(state="finished")) == 100


def test_a_damaged_index_is_rebuilt(store):
    run = create(store)
    store.workspace.index.write_bytes(b"not a database" * 100)
    assert [found.id for found in store.list()] == [run.id]
    assert sqlite3.connect(store.workspace.index).execute("SELECT id FROM runs").fetchall() == [(run.id,)]


def test_an_index_that_cannot_be_written_is_done_without(store):
    store.workspace.root.mkdir()
    store.workspace.index.mkdir()
    runs = [create(store, seed=seed) for seed in range(3)]
    assert [run.seed for run in store.list(limit=2)] == [2, 1]
    assert store.get(runs[0].id).id == runs[0].id


def test_a_busy_index_is_done_without(store, monkeypatch):
    from riskcore.runs import index as run_index

    monkeypatch.setattr(run_index, "_BUSY_SECONDS", 0.05)
    create(store)
    assert len(store.list()) == 1
    other = sqlite3.connect(store.workspace.index, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    create(store)
    assert len(store.list()) == 2
    other.close()


def test_an_index_of_another_version_is_remade(store):
    create(store)
    with sqlite3.connect(store.workspace.index) as old:
        old.execute("CREATE TABLE runs (something)")
        old.execute("PRAGMA user_version = 99")
    assert len(store.list()) == 1


def test_thousand_folders_listed_and_kept_in_step(store):
    for number in range(1000):
        fake(store, number, state=("finished", "failed")[number % 2], data=f"d{number % 10}")
    assert len(store.list()) == 1000
    assert [run.record["order"] for run in store.list(limit=3)] == [999, 998, 997]
    assert len(store.list(state="failed", data="d3")) == 100
    shutil.rmtree(store.get("20250101-000999").folder)
    fake(store, 5, state="stopped")
    fake(store, 2000)
    assert len(store.list()) == 1000
    assert [run.record["order"] for run in store.list(state="stopped")] == [5]
    assert store.list(limit=1)[0].record["order"] == 2000


def test_an_unreadable_run_does_not_hide_the_others(store, caplog):
    good, bad = create(store), create(store)
    (bad.folder / "run.json").write_text("{")
    (store.workspace.runs / "notes").mkdir()
    assert [run.id for run in store.list()] == [good.id]
    assert f"A run cannot be read: {bad.folder / 'run.json'}: not valid JSON" in caplog.text
    assert [run.id for run in store.unread()] == [bad.id]
    (bad.folder / "run.json").write_text('{"schema": 2}')
    with pytest.raises(InputError) as caught:
        store.get(bad.id)
    assert str(caught.value) == (
        f"{bad.folder / 'run.json'}: its layout is unknown here; use the version of riskcore that wrote it."
    )
    assert [run.state for run in store.unread()] == ["newer"]


def test_a_copied_workspace_is_whole(store, tmp_path):
    run = create(store)
    shutil.copytree(store.workspace.root, tmp_path / "copy")
    assert [found.id for found in RunStore(Workspace(tmp_path / "copy")).list()] == [run.id]


# Queue order


def test_move_first_last_and_before(store):
    a, b, c, d = (create(store, seed=seed) for seed in range(4))

    def order() -> str:
        return "".join("abcd"[run.seed] for run in store.queue())

    assert order() == "abcd"
    store.move(d.id, "first")
    assert order() == "dabc"
    store.move(d.id, "last")
    assert order() == "abcd"
    store.move(d.id, b.id)
    assert order() == "adbc"
    store.move(c.id, a.id)
    assert order() == "cadb"
    for _ in range(70):  # halving the gap runs out of whole numbers and room is made
        store.move(b.id, d.id)
        store.move(a.id, b.id)
        assert order() == "cabd"
        store.move(b.id, a.id)
        assert order() == "cbad"


def test_only_queued_runs_move_and_cancel(store):
    run, other = create(store), create(store)
    assert store.cancel(run.id).state == "stopped"
    assert [found.id for found in store.queue()] == [other.id]
    for action, call in (
        ("moved", lambda: store.move(run.id, "first")),
        ("cancelled", lambda: store.cancel(run.id)),
        ("moved before", lambda: store.move(other.id, run.id)),
    ):
        if action == "moved before":
            create(store)
        with pytest.raises(InputError) as caught:
            call()
        assert str(caught.value) == f"Run {run.id} is stopped: only a queued run can be {action}."
    assert store.requeue(run.id).state == "queued"
    assert store.queue()[-1].id == run.id


# Trash


def test_delete_restore_and_empty(store):
    run, queued = create(store), create(store)
    with run.claim() as owned:
        with pytest.raises(InputError) as caught:
            store.delete(run.id)
        assert str(caught.value) == f"Run {run.id} is running: stop it before it is deleted."
        owned.end("finished")
    store.delete(run.id)
    store.delete(queued.id)
    assert store.list() == []
    assert [found.id for found in store.trashed()] == sorted([run.id, queued.id], reverse=True)
    with pytest.raises(InputError) as caught:
        store.get(run.id)
    assert str(caught.value) == f"Run {run.id} is in the trash: restore it first."
    assert store.restore(run.id).state == "finished"
    assert store.restore(queued.id).state == "stopped", "a restored run does not start by itself"
    store.delete(queued.id)
    assert store.empty_trash() == 1
    assert [found.id for found in store.list()] == [run.id]
    with pytest.raises(InputError, match="in the trash: there are none yet"):
        store.restore(queued.id)


def test_a_run_deleted_meanwhile_is_not_made_again(store):
    run = create(store)
    store.delete(run.id)
    with pytest.raises(InputError, match=r"not a run's folder, run\.json is missing"), run.claim():
        pass
    assert not run.folder.exists()


def test_the_store_needs_no_torch():
    code = "import sys, riskcore.runs.store, riskcore.jobs.queue\n"
    code += "sys.exit(bool({'torch', 'pandas', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Pages and counts


def ages(store: RunStore, run: Run) -> None:
    """Let a run that was claimed and left look like one whose process died long ago."""
    with run.claim():
        pass
    os.utime(run.folder / "heartbeat", (0, 0))


def test_a_page_has_what_runs_then_the_queue_in_its_order_then_the_newest(store):
    runs = {seed: create(store, seed=seed) for seed in range(6)}
    store.cancel(runs[0].id)
    ages(store, runs[1])
    store.move(runs[5].id, "first")
    with runs[2].claim():
        assert [run.seed for run in store.page(limit=9)] == [2, 5, 3, 4, 1, 0]
        assert [run.seed for run in store.page(limit=2, offset=1)] == [5, 3]
        assert store.page(limit=9, offset=6) == []
        assert [run.seed for run in store.page(state="running", limit=9)] == [2]
        assert [run.seed for run in store.page(state="interrupted", limit=9)] == [1]
        assert [run.seed for run in store.page(state="queued", limit=9)] == [5, 3, 4]
        expected = {"queued": 3, "running": 1, "finished": 0, "failed": 0, "stopped": 1, "interrupted": 1}
        assert store.counts() == expected
        runs[2].end("finished")
    assert store.counts()["finished"] == 1
    assert [run.seed for run in store.page(limit=9)] == [5, 3, 4, 2, 1, 0]


def test_pages_and_counts_agree_on_what_is_looked_for(store):
    create(store, data="Brain", loss="ce")
    create(store, data="Brain", loss="focal")
    create(store, data="skin", loss="ce", model="ResNet18")
    for data, text, losses in (
        (None, "", ["ce", "focal", "ce"]),
        ("Brain", "", ["focal", "ce"]),
        ("Brain", "foc", ["focal"]),
        (None, "resnet", ["ce"]),
        (None, "CE brain", ["ce"]),
        (None, "-brain-ce-s0-", ["ce"]),
        (None, "%", []),
        (None, "ce nothing", []),
        ("brain", "", []),
    ):
        found = store.page(data=data, text=text, limit=9)
        assert sorted(run.loss for run in found) == sorted(losses), (data, text)
        assert sum(store.counts(data=data, text=text).values()) == len(losses)
    assert store.data_names() == ["Brain", "skin"]


def test_pages_do_without_an_index_that_cannot_be_written(store):
    runs = [create(store, seed=seed) for seed in range(2)]
    store.workspace.index.mkdir()
    assert [run.seed for run in store.page(limit=9)] == [0, 1]
    assert store.counts()["queued"] == 2
    store.delete(runs[0].id)
    assert [run.seed for run in store.page(limit=9)] == [1]


def test_nothing_is_on_the_page_of_an_empty_store(store):
    assert store.page(limit=9) == []
    assert set(store.counts().values()) == {0}
    assert store.data_names() == []
    assert store.trash_count() == 0


def test_up_and_down_by_one_place(store):
    runs = [create(store, seed=seed) for seed in range(4)]

    def order() -> list[int]:
        return [run.seed for run in store.queue()]

    store.move(runs[2].id, "up")
    assert order() == [0, 2, 1, 3]
    store.move(runs[0].id, "up")
    assert order() == [0, 2, 1, 3]
    store.move(runs[0].id, "down")
    assert order() == [2, 0, 1, 3]
    store.move(runs[1].id, "down")
    assert order() == [2, 0, 3, 1]
    store.move(runs[1].id, "down")
    assert order() == [2, 0, 3, 1]
    store.cancel(runs[0].id)
    with pytest.raises(InputError, match="is stopped: only a queued run can be moved"):
        store.move(runs[0].id, "up")


def test_the_newest_of_the_trash(store):
    runs = [create(store, seed=seed) for seed in range(3)]
    for run in runs:
        store.delete(run.id)
    newest = sorted((run.id for run in runs), reverse=True)
    assert [run.id for run in store.trashed(limit=2)] == newest[:2]
    assert store.trash_count() == len(store.trashed()) == 3
