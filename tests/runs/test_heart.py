"""Who lives, told with hosts whose clocks are wrong."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from riskcore.errors import InputError
from riskcore.files import write_json
from riskcore.runs import heart
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

LABELS = {"data": "d", "matrix": "m", "model": "x", "loss": "ce"}
HOUR = 3600.0
NOBODY = 2**22 + 1
BEAT = 0.05


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("STALE_SECONDS", 0.6), ("WATCH_SECONDS", 0.5), ("_LOOK_SECONDS", 0.01)):
        monkeypatch.setattr(heart, name, seconds)
    monkeypatch.setattr(heart, "_seen", {})


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "workspace"))


def elsewhere(store: RunStore, age: float = 0.0) -> Run:
    """A run that another host claimed, whose lock cannot be seen from here; its heartbeat is so many seconds old."""
    run = store.create({"seed": 0}, **LABELS)
    with pytest.raises(SystemExit), run.claim():
        raise SystemExit
    write_json(run.folder / "run.json", {**run.record, "owner": {**run.record["owner"], "host": "far", "pid": NOBODY}})
    set_age(run.folder, age)
    return run


def set_age(folder: Path, age: float) -> None:
    then = time.time() - age
    os.utime(folder / "heartbeat", (then, then))


@contextmanager
def beating(run: Run, age: float) -> Iterator[None]:
    """The other host's owner lives; its clock is so many seconds behind."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            set_age(run.folder, age)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def seconds(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


@pytest.mark.parametrize("age", [-HOUR, HOUR, -8 * HOUR, 8 * HOUR])
def test_a_wrong_clock_says_nothing_about_the_dead(store, age):
    run = elsewhere(store, age)
    assert store.get(run.id).state == "interrupted"
    assert [found.id for found in store.list(state="interrupted")] == [run.id]
    assert store.requeue(run.id).state == "queued"


@pytest.mark.parametrize("age", [0.0, -HOUR, HOUR, -8 * HOUR, 8 * HOUR])
def test_a_wrong_clock_says_nothing_about_the_living(store, age):
    run = elsewhere(store, age)
    with beating(run, age):
        assert store.get(run.id).state == "running"
        assert store.counts()["running"] == 1
        with pytest.raises(InputError, match="is running: only a stopped or interrupted run can be resumed"):
            store.requeue(run.id)
    time.sleep(0.7)
    assert store.get(run.id).state == "interrupted"


def test_a_young_heartbeat_that_does_not_move_on_gets_old(store):
    run = elsewhere(store)
    assert store.get(run.id).state == "running"
    time.sleep(0.7)
    assert store.get(run.id).state == "interrupted"


def test_what_is_doubtful_is_watched_once_for_all(store):
    runs = [elsewhere(store, HOUR) for _ in range(4)]
    assert seconds(store.counts) < 1.5, "one after the other would take 2"
    assert seconds(lambda: store.list(state="interrupted")) < 0.45
    assert [store.get(run.id).state for run in runs] == ["interrupted"] * 4


def test_what_is_long_ago_keeps_nobody_waiting(store):
    run = elsewhere(store, 48 * HOUR)
    assert seconds(lambda: store.get(run.id)) < 0.45
    assert store.get(run.id).state == "interrupted"


def test_on_the_own_host_an_old_heartbeat_keeps_nobody_waiting(store):
    run = store.create({"seed": 0}, **LABELS)
    with pytest.raises(SystemExit), run.claim():
        raise SystemExit
    set_age(run.folder, HOUR)
    assert seconds(lambda: store.get(run.id)) < 0.45
    assert store.get(run.id).state == "interrupted"


def test_a_lock_that_is_seen_held_means_life_whatever_the_clock(store):
    run = store.create({"seed": 0}, **LABELS)
    with run.claim():
        for age in (-HOUR, HOUR, 48 * HOUR):
            set_age(run.folder, age)
            assert store.get(run.id).state == "running"
        run.end("stopped")


def test_a_beat_between_two_looks_far_apart_is_no_sign_of_life(store):
    """It may have come right after the first look."""
    run = elsewhere(store)
    assert store.get(run.id).state == "running"
    time.sleep(0.3)
    set_age(run.folder, 0.0)
    time.sleep(0.7)
    set_age(run.folder, 0.65)  # its last beat, which nobody looked at
    assert store.get(run.id).state == "interrupted"


def test_a_heartbeat_that_is_gone_or_a_folder(store):
    run = elsewhere(store)
    (run.folder / "heartbeat").unlink()
    assert store.get(run.id).state == "interrupted"
    (run.folder / "heartbeat").mkdir()
    set_age(run.folder, 48 * HOUR)
    assert store.get(run.id).state == "interrupted"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a zombie in /proc")
def test_an_owner_that_was_killed_and_not_yet_asked_how_it_ended_is_dead(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (tmp_path / heart.HEARTBEAT).touch()
    owner = {"host": socket.gethostname(), "pid": child.pid}
    assert heart.owner_lives(tmp_path, owner)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still there
    assert not heart.owner_lives(tmp_path, owner)
    child.communicate()
