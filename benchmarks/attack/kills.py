"""Trainings killed with SIGKILL at any moment, resumed, and compared with ones that nobody disturbed.

Two kinds of run take turns: a whole network, whose checkpoint of some 40 MB is written after every epoch, and a
frozen one, which decodes images and computes features into the cache. Kills are aimed: at a checkpoint while it is
written, at the cache while it is written, or at any moment. That an aimed one fell where it should is seen from what it
left behind: an unfinished file. After each kill the run has to be *interrupted* and is resumed; at its end its logits,
weights and curve have to be those of the undisturbed run, to the last bit.
"""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psutil

from riskcore.config import RunConfig
from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.errors import InputError
from riskcore.files import TEMPORARY, purge_temporary
from riskcore.jobs.queue import start_workers
from riskcore.jobs.submit import submit
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace

DATA, IMAGES = "lesions", 300
WAIT_SECONDS = 180
BIG = 1_000_000
"""Unfinished files of at least so many bytes are checkpoints: run.json is far smaller."""

UNFINISHED_CACHE = "*.part*"

KINDS: dict[str, dict[str, Any]] = {
    "checkpoint": {
        "model": {"name": "tf_efficientnet_lite0", "weights": "packaged", "size": 32},
        "train": {"epochs": 8, "batch_size": 64, "threads": 1, "device": "cpu"},
    },
    "cache": {
        "model": {"name": "tf_efficientnet_lite0", "weights": "packaged", "size": 48},
        "train": {"backbone": "frozen", "views": 2, "epochs": 20, "threads": 1, "device": "cpu"},
    },
}


def attack(kills: int, folder: Path, seed: int = 0) -> list[str]:
    """Kill so many times; prints a table and returns what went wrong, one line each."""
    workspace, chance = prepared(folder), random.Random(seed)
    twins = {kind: _undisturbed(workspace, kind) for kind in KINDS}
    fell: Counter[str] = Counter()
    faults: list[str] = []
    finished = missed = 0
    while fell.total() < kills:
        kind = min(KINDS, key=lambda each: (fell[f"while the {each} was written"], chance.random()))
        run = _submitted(workspace, kind)
        for _ in range(6):
            aim = kind if fell[f"while the {kind} was written"] < max(1, kills * 3 // 10) else "any moment"
            if aim == "cache":
                shutil.rmtree(workspace.cache, ignore_errors=True)
            where = _killed(workspace, run, aim, twins[kind].record["timings"]["seconds"], chance)
            if where is None:
                missed += 1
                break
            fell[where] += 1
            until(lambda run=run: run.reload().state == "interrupted", f"{run.id} to be found interrupted")
            if fell.total() >= kills:
                break
            RunStore(workspace).requeue(run.id)
        faults += _brought_to_its_end(workspace, run, twins[kind])
        finished += 1
        print(f"  {fell.total()} of {kills} kills, {finished} runs finished", end="\r", flush=True)
    purge_temporary(workspace.root, 0)
    faults += [f"{path} was left over" for path in workspace.root.rglob(f"{TEMPORARY}*")]
    print(f"\n{kills} kills of {finished} runs ({missed} runs ended before their next one):")
    for where, number in sorted(fell.items()):
        print(f"  {number:>4}  {where}")
    return faults


def prepared(folder: Path) -> Workspace:
    workspace = Workspace(folder / "home")
    save_dataset(workspace, register(DATA, write_synthetic(folder / "images", images=IMAGES, size=96)))
    save_matrix(workspace, DATA, SeverityMatrix.preset("demo"))
    return workspace


def _submitted(workspace: Workspace, kind: str) -> Run:
    return submit(workspace, RunConfig.build({"data": DATA, "matrix": DATA, "loss": "ce", **KINDS[kind]}))


def _undisturbed(workspace: Workspace, kind: str) -> Run:
    run = _submitted(workspace, kind)
    start_workers(workspace)
    until(lambda: run.reload().state == "finished", f"{run.id} to finish")
    return run.reload()


def _killed(workspace: Workspace, run: Run, aim: str, seconds: float, chance: random.Random) -> str | None:
    """Start the run and kill its process, its worker or both; where it fell, None if the run ended before.

    `seconds`: how long the undisturbed run took.
    """
    start_workers(workspace)
    until(lambda: run.reload().state != "queued", f"{run.id} to start")
    owner = run.reload().record["owner"]
    assert owner is not None
    written: Callable[[], bool]
    if aim == "checkpoint":
        written = lambda: bool(_unfinished_checkpoints(run))  # noqa: E731
    elif aim == "cache":
        written = lambda: any(workspace.cache.rglob(UNFINISHED_CACHE))  # noqa: E731
    else:
        moment = time.monotonic() + chance.uniform(0, seconds)
        written = lambda: time.monotonic() >= moment  # noqa: E731
    while not written():
        if run.reload().record["state"] != "running":
            return None
        if aim == "any moment":
            time.sleep(0.01)
    if aim == "cache":
        time.sleep(chance.uniform(0, 0.2))
    _kill(owner["pid"], chance)
    if aim == "cache" and any(workspace.cache.rglob(UNFINISHED_CACHE)):
        return "while the cache was written"
    if unfinished := _unfinished_checkpoints(run):
        for path in unfinished:
            path.unlink()  # so that the next kill is not taken to have left it
        return "while the checkpoint was written"
    return "at any moment"


def _unfinished_checkpoints(run: Run) -> list[Path]:
    found = []
    with suppress(OSError), os.scandir(run.folder) as entries:  # one may be finished, and renamed, while looked at
        found = [Path(entry) for entry in entries if entry.name.startswith(TEMPORARY) and entry.stat().st_size >= BIG]
    return found


def _kill(pid: int, chance: random.Random) -> None:
    """Kill the training process, its worker, or both; killed, the worker takes the other along."""
    whom = chance.choice(("training", "worker", "both"))
    with suppress(psutil.NoSuchProcess):
        child = psutil.Process(pid)
        worker = child.parent()
        if worker is None or "riskcore.jobs.queue" not in " ".join(worker.cmdline()):
            worker, whom = None, "training"  # it was killed before
        if worker is not None and whom != "training":
            worker.kill()
        if whom != "worker":
            child.kill()
    until(lambda: _has_ended(pid), f"process {pid} to end")


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _brought_to_its_end(workspace: Workspace, run: Run, twin: Run) -> list[str]:
    store = RunStore(workspace)
    with suppress(InputError):  # it is queued or finished already
        store.requeue(run.id)
    start_workers(workspace)
    until(lambda: run.reload().state in ("finished", "failed"), f"{run.id} to end")
    run = run.reload()
    if run.state != "finished":
        return [f"{run.id}: {run.state}: {run.record['error']}"]
    faults = []
    for name in (PREDICTIONS, "bundle/trained.safetensors"):
        if (run.folder / name).read_bytes() != (twin.folder / name).read_bytes():
            faults.append(f"{run.id}: {name} is not that of the undisturbed run")
    for own, other in zip_longest(_curve(run), _curve(twin)):
        if own != other:
            faults.append(f"{run.id}: its curve has {own} where the undisturbed one has {other}")
    if run.record["result"] != twin.record["result"]:
        faults.append(f"{run.id}: its figures are not those of the undisturbed run")
    return faults


def _curve(run: Run) -> list[dict[str, Any]]:
    """Its epochs; what is noted between them depends on the clock."""
    left_out = {"time", "images_per_second"}
    epochs = [line for line in run.metrics() if line["kind"] == "epoch"]
    return [{key: value for key, value in line.items() if key not in left_out} for line in epochs]


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {WAIT_SECONDS} s for {what}.")
        time.sleep(0.01)
