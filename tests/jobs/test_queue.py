"""Queue and workers: real detached workers, with a small child in the place of training."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from riskcore.errors import InputError, RunError
from riskcore.jobs import queue as launch
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

CHILD = """
import os, signal, sys, time
from pathlib import Path
from riskcore.runs.folder import Run

run = Run(Path(sys.argv[1]))
do = run.config["do"]
if do == "tied":
    from riskcore.jobs.lifeline import end_with_parent
    end_with_parent()
if do == "refuse":
    sys.exit("no such module")
stopping = []
signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
with run.claim():
    with (run.folder.parent.parent / "order.txt").open("a") as file:
        file.write(f"{run.seed}\\n")
    print("device", os.environ.get("CUDA_VISIBLE_DEVICES"))
    if do == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    ends = time.monotonic() + 30
    while do in ("long", "tied") and not stopping and not run.stop_requested and time.monotonic() < ends:
        run.append_metrics({"step": 1})
        time.sleep(0.02)
    run.end("stopped" if do in ("long", "tied") else "finished")
"""

LABELS = {"data": "d", "matrix": "m", "model": "x", "loss": "ce"}


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "workspace"))


@pytest.fixture
def command() -> tuple[str, ...]:
    return (sys.executable, "-c", CHILD)


@pytest.fixture(autouse=True)
def only_a_cpu(monkeypatch) -> None:
    monkeypatch.setattr(launch, "devices", lambda: ("cpu",))


def create(store: RunStore, do: str = "finish", seed: int = 0) -> Run:
    return store.create({"do": do, "seed": seed}, **LABELS)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.02)


def start(store: RunStore, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """A worker as a child of this process."""
    place = ["--workspace", str(store.workspace.root), "--device", "cpu"]
    return subprocess.Popen([sys.executable, "-m", "riskcore.jobs.queue", *place, "--", *command])


def order(store: RunStore) -> list[int]:
    return [int(line) for line in (store.workspace.root / "order.txt").read_text().split()]


def test_runs_are_taken_in_the_order_of_the_queue(store, command):
    runs = [create(store, seed=seed) for seed in range(4)]
    store.move(runs[3].id, "first")
    store.cancel(runs[1].id)
    launch.work(store.workspace, "cpu", command)
    assert order(store) == [3, 0, 2]
    assert [run.reload().state for run in runs] == ["finished", "stopped", "finished", "finished"]
    assert runs[0].log.read_text() == "device None\n"
    assert not launch.worker_lives(store.workspace, "cpu")


def test_the_worker_goes_on_after_children_that_die(store, command):
    crashed, refused, fine = create(store, "crash"), create(store, "refuse"), create(store, seed=2)
    launch.work(store.workspace, "cpu", command)
    assert [run.reload().state for run in (crashed, refused, fine)] == ["interrupted", "failed", "finished"]
    assert refused.reload().record["error"] == (
        f"The training process ended with code 1 before it began; see {refused.log}."
    )
    assert refused.log.read_text() == "no such module\n"


def test_a_command_that_cannot_start_does_not_end_the_worker(store):
    create(store)
    worker = launch._Worker(store.workspace, "cpu", ("/no/such/program",))
    worker.execute(store.queue()[0])
    assert len(store.queue()) == 1


def test_a_detached_worker_outlives_its_parent(store, command):
    run = create(store, "long")
    code = (
        "import sys; from pathlib import Path\n"
        "from riskcore.jobs import queue as launch; from riskcore.workspace import Workspace\n"
        "launch.devices = lambda: ('cpu',)\n"
        "assert launch.start_workers(Workspace(Path(sys.argv[1])), sys.argv[2:]) == ['cpu']"
    )
    subprocess.run([sys.executable, "-c", code, str(store.workspace.root), *command], check=True)
    until(lambda: len(run.metrics()) > 1)
    assert store.get(run.id).state == "running"
    assert launch.worker_lives(store.workspace, "cpu")
    create(store, seed=1)
    assert launch.start_workers(store.workspace, command) == [], "one worker a device"
    store.stop(run.id)
    until(lambda: not launch.worker_lives(store.workspace, "cpu"))
    assert [found.state for found in store.list()] == ["finished", "stopped"]
    assert "stopped (exit code 0)" in launch.worker_log(store.workspace, "cpu").read_text()


def test_a_second_worker_ends_at_once(store, command):
    create(store)
    with launch.held_device(store.workspace, "cpu") as held:
        assert held
        launch.work(store.workspace, "cpu", command)
    assert len(store.queue()) == 1


def test_a_run_queued_as_the_worker_ends_is_not_stranded(store, command, monkeypatch):
    """Queued after the worker's last look, while it still holds its lock: whoever queued it saw it living."""
    create(store, seed=0)
    seen, look = [], launch._Worker.next_run

    def late(worker):
        run = look(worker)
        if run is None and not seen:
            seen.append(create(store, seed=1))
            assert launch.start_workers(store.workspace, command) == []
        return run

    monkeypatch.setattr(launch._Worker, "next_run", late)
    launch.work(store.workspace, "cpu", command)
    assert order(store) == [0, 1]
    assert seen[0].reload().state == "finished"


def test_many_that_queue_at_once_strand_nothing(store, command):
    code = (
        "import random, sys, time; from pathlib import Path; from riskcore.jobs import queue as launch\n"
        "from riskcore.runs.store import RunStore; from riskcore.workspace import Workspace\n"
        "launch.devices = lambda: ('cpu',)\n"
        "store = RunStore(Workspace(Path(sys.argv[1])))\n"
        "for seed in range(5):\n"
        "    store.create({'do': 'finish', 'seed': seed}, data='d', matrix='m', model='x', loss='ce')\n"
        "    launch.start_workers(store.workspace, sys.argv[2:])\n"
        "    time.sleep(random.random() / 3)"
    )
    parents = [subprocess.Popen([sys.executable, "-c", code, str(store.workspace.root), *command]) for _ in range(3)]
    assert [parent.wait() for parent in parents] == [0, 0, 0]
    until(lambda: len(store.list(state="finished")) == 15, seconds=120)
    assert len(order(store)) == 15, "each run was run once"


def test_sigterm_stops_child_and_worker(store, command):
    run, later = create(store, "long"), create(store, seed=1)
    worker = start(store, command)
    until(lambda: len(run.metrics()) > 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert [run.reload().state, later.reload().state] == ["stopped", "queued"]
    assert not launch.worker_lives(store.workspace, "cpu")


def test_a_killed_worker_takes_its_child_along_and_the_next_one_goes_on(store, command):
    run, later = create(store, "tied"), create(store, seed=1)
    worker = start(store, command)
    until(lambda: len(run.metrics()) > 1)
    worker.kill()
    worker.wait()
    until(lambda: store.get(run.id).state == "interrupted", seconds=5)
    assert launch.start_workers(store.workspace, command) == ["cpu"]
    until(lambda: later.reload().state == "finished")
    store.requeue(run.id)
    launch.start_workers(store.workspace, command)
    until(lambda: run.reload().state == "running")
    store.stop(run.id)
    until(lambda: run.reload().state == "stopped")


def test_the_next_worker_waits_for_a_child_that_lives_on(store, command):
    """A child that does not watch its parent: two would train side by side."""
    run, later = create(store, "long"), create(store, seed=1)
    worker = start(store, command)
    until(lambda: len(run.metrics()) > 1)
    worker.kill()
    worker.wait()
    following = start(store, command)
    until(lambda: launch.worker_lives(store.workspace, "cpu"))
    time.sleep(1.0)
    assert [run.reload().state, later.reload().state] == ["running", "queued"]
    os.kill(run.reload().record["owner"]["pid"], signal.SIGKILL)
    assert following.wait() == 0
    assert [run.reload().state, later.reload().state] == ["interrupted", "finished"]


def test_a_worker_that_waits_for_a_child_can_be_stopped(store, command):
    run = create(store, "long")
    worker = start(store, command)
    until(lambda: len(run.metrics()) > 1)
    worker.kill()
    worker.wait()
    create(store, seed=1)
    following = start(store, command)
    until(lambda: launch.worker_lives(store.workspace, "cpu"))
    following.send_signal(signal.SIGTERM)
    assert following.wait(timeout=20) == 0
    os.kill(run.reload().record["owner"]["pid"], signal.SIGKILL)


def test_wait_returns_what_became_of_the_runs(store, command):
    runs = [create(store, do, seed) for seed, do in enumerate(("finish", "crash", "finish"))]
    looks: list[list[str]] = []
    ended = launch.wait(
        store,
        [run.id for run in runs],
        poll=0.02,
        on_progress=lambda seen: looks.append([run.state for run in seen]),
        command=command,
    )
    assert [run.state for run in ended] == ["finished", "interrupted", "finished"]
    assert looks[0] == ["queued"] * 3
    assert looks[-1] == ["finished", "interrupted", "finished"]
    with pytest.raises(InputError, match="No run 'x'"):
        launch.wait(store, ["x"])


def test_wait_gives_up_on_workers_that_never_run_anything(store, command, monkeypatch):
    run = create(store)
    monkeypatch.setattr(launch, "_RESTART_SECONDS", 0.05)
    monkeypatch.setattr(launch, "_WORKER", (sys.executable, "-c", "print('broken')"))
    with pytest.raises(RunError) as caught:
        launch.wait(store, [run.id], poll=0.02, command=command)
    log = launch.worker_log(store.workspace, "cpu")
    assert str(caught.value) == f"The worker for cpu ends before it runs anything; see {log}."
    until(lambda: "broken" in log.read_text())


def test_devices_and_who_takes_what(store, command, monkeypatch):
    monkeypatch.setattr(launch, "devices", lambda: ("cuda:0", "cuda:1", "cpu"))
    kinds = [launch.device_of({"train": {"device": device}}) for device in ("auto", "cuda", "cpu")]
    assert kinds == ["cuda", "cuda", "cpu"]
    assert launch.device_of({}) == "cuda"
    run = create(store)
    launch.work(store.workspace, "cpu", command)
    assert run.reload().state == "queued"
    launch.work(store.workspace, "cuda:1", command)
    assert run.reload().state == "finished"
    assert run.log.read_text() == "device 1\n"


def test_queued_runs_that_no_worker_will_take(store, monkeypatch):
    monkeypatch.setattr(launch, "devices", lambda: ("cuda:0", "cuda:1", "cpu"))
    on_gpu = create(store)
    on_cpu = store.create({"do": "finish", "train": {"device": "cpu"}}, **LABELS)

    def waiting() -> list[str]:
        return [run.id for run in launch.unattended(store.workspace, store.queue())]

    assert waiting() == []  # a worker may be starting
    monkeypatch.setattr(launch, "_START_SECONDS", 0.0)
    assert waiting() == [on_gpu.id, on_cpu.id]
    with launch.held_device(store.workspace, "cpu"):
        assert waiting() == [on_gpu.id]
        with launch.held_device(store.workspace, "cuda:1"):  # either GPU's worker takes them in turn
            assert waiting() == []
    assert launch.unattended(store.workspace, []) == []


def test_gpus_are_counted_without_torch(tmp_path, monkeypatch):
    monkeypatch.undo()
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 'GPU 0: one'\necho 'GPU 1: two'\necho '  MIG 1'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    for path, visible, expected in (
        (f"{tmp_path}:/bin", None, ("cuda:0", "cuda:1", "cpu")),
        (f"{tmp_path}:/bin", "1", ("cuda:1", "cpu")),
        (f"{tmp_path}:/bin", "", ("cpu",)),
        ("", None, ("cpu",)),
    ):
        monkeypatch.setenv("PATH", path)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        launch.devices.cache_clear()
        assert launch.devices() == expected
    launch.devices.cache_clear()
