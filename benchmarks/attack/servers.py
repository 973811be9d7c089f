"""Two dashboards and six writers on one workspace: what was acknowledged as written is there at the end.

Each writer saves a matrix under a name that all of them use, and creates, orders, cancels, deletes and restores runs of
its own; whatever returned without an error counts as acknowledged. Browsers walk through the screens of both dashboards
all the while. At the end every acknowledged matrix is a version of its name, every run is where its writer left it, the
index says what the folders say, and neither server printed a traceback.
"""

import multiprocessing
import random
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

from riskcore.config import RunConfig
from riskcore.data.manifest import register
from riskcore.data.registry import save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.errors import InputError, RunError
from riskcore.jobs.submit import submit
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.severity.store import load_matrix, matrix_versions, save_matrix
from riskcore.workspace import Workspace
from tests.helpers.browsers import launched
from tests.helpers.servers import Server

WRITERS, SERVERS, SESSIONS = 6, 2, 10
NAME = "shared"
PATHS = ("", "datasets", "severity", "train", "runs", "compare", "predict")


def attack(seconds: float, folder: Path) -> list[str]:
    """Write and look for so long; prints a table and returns what went wrong, one line each."""
    workspace = Workspace(folder / "home")
    save_dataset(workspace, register("lesions", write_synthetic(folder / "images", images=60, size=32)))
    save_matrix(workspace, "lesions", SeverityMatrix.preset("demo"))
    context = multiprocessing.get_context("spawn")
    results: Any = context.Queue()
    with ExitStack() as stack:
        servers = [Server(workspace.root) for _ in range(SERVERS)]
        for server in servers:
            stack.callback(server.kill)
        end = time.time() + seconds
        writers = [context.Process(target=_write, args=(workspace.root, each, end, results)) for each in range(WRITERS)]
        for writer in writers:
            writer.start()
        visits, faults = _look(servers, end)
        written = [results.get(timeout=120) for _ in writers]
        for writer in writers:
            writer.join()
        faults += [line for server in servers for line in server.log.splitlines() if "Traceback" in line]
    faults += [fault for *_, crashes in written for fault in crashes]
    costs = [cost for saved, *_ in written for cost in saved]
    runs = {id: place for _, left, *_ in written for id, place in left.items()}
    faults += _lost_matrices(workspace, costs) + _lost_runs(workspace, runs)
    print(f"{SERVERS} dashboards, {WRITERS} writers, {SERVERS * SESSIONS} visitors, {seconds:.0f} seconds:")
    for number, what in (
        (len(costs), "matrices acknowledged under one name"),
        (len(runs), "runs created, then moved, cancelled, deleted, restored"),
        (sum(refused for _, _, refused, _ in written), "requests refused in a sentence, as another writer was quicker"),
        (visits, "screens seen by the visitors"),
    ):
        print(f"  {number:>6,}  {what}")
    return faults


def _write(root: Path, number: int, end: float, results: Any) -> None:
    workspace, chance = Workspace(root), random.Random(number)
    store = RunStore(workspace)
    start = SeverityMatrix.preset("demo")
    saved: list[float] = []
    left: dict[str, str] = {}
    crashes: list[str] = []
    turn = refused = 0
    while time.time() < end:
        turn += 1
        try:
            cost = number * 1_000_000 + turn + 100.0
            values = start.values.copy()
            values[0, 1] = cost  # tells who wrote it, and when
            save_matrix(workspace, NAME, SeverityMatrix(start.classes, values, start.critical))
            saved.append(cost)
            run = submit(workspace, RunConfig.build({"data": "lesions", "matrix": "lesions", "seed": int(cost)}))
            left[run.id] = "queued"
            store.move(run.id, chance.choice(("first", "last", "up", "down")))
            if chance.random() < 0.7:
                store.cancel(run.id)
                left[run.id] = "stopped"
            if chance.random() < 0.5:
                store.delete(run.id)
                left[run.id] = "deleted"
                if chance.random() < 0.5:
                    store.restore(run.id)
                    left[run.id] = "stopped"
        except (InputError, RunError):
            refused += 1
        except Exception as error:
            crashes.append(f"writer {number}: {type(error).__name__}: {error}")
    results.put((saved, left, refused, crashes))


def _look(servers: list[Server], end: float) -> tuple[int, list[str]]:
    visits = 0
    faults: list[str] = []
    with launched() as browser:
        pages: list[tuple[Server, Page]] = [(server, browser.new_page()) for server in servers for _ in range(SESSIONS)]
        while time.time() < end:
            for place, (server, page) in enumerate(pages):
                path = PATHS[(visits + place) % len(PATHS)]
                try:
                    page.goto(f"{server.address}/{path}", timeout=60_000)
                    page.get_by_role("heading").first.wait_for(timeout=60_000)
                    visits += 1
                except Error as error:
                    faults.append(f"screen {path or 'overview'}: {' '.join(str(error).split())[:200]}")
    return visits, faults


def _lost_matrices(workspace: Workspace, costs: list[float]) -> list[str]:
    kept = {load_matrix(workspace, name).values[0, 1] for name in [NAME, *matrix_versions(workspace, NAME)]}
    return [f"the acknowledged matrix {cost:.0f} is lost" for cost in costs if cost not in kept]


def _lost_runs(workspace: Workspace, runs: dict[str, str]) -> list[str]:
    store = RunStore(workspace)
    found = {run.id: "deleted" for run in store.trashed()} | {run.id: run.state for run in store.list()}
    faults = [f"run {id} is {found.get(id)}, not {place}" for id, place in runs.items() if found.get(id) != place]
    folders = {path.parent.name for path in workspace.runs.glob("*/run.json")}
    listed = {run.id for run in store.list()}
    return faults + [f"run {id} is only in the folders or only in the index" for id in sorted(folders ^ listed)]
