"""How long the dashboard's server works: ``python benchmarks/bench_dashboard.py``, over 1,000 made finished runs.

Cold start: from the command to the first heading in a fresh browser (needs Debian's chromium). Screens: a whole script
run through app.py, the second one after the first filled the caches. Edit and caution: a change of one cell, or of the
caution, to the updated screen, for 10,000 test cases of 7 classes. Live fragment: what is drawn every two seconds.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsers import chromium, launched  # noqa: E402
from screens import opened  # noqa: E402
from servers import Server  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from pages import SCREENS  # noqa: E402
from riskcore import evaluation  # noqa: E402
from riskcore.bundle import Bundle  # noqa: E402
from riskcore.config import RunConfig  # noqa: E402
from riskcore.data.manifest import Manifest  # noqa: E402
from riskcore.decision.operating import Wish  # noqa: E402
from riskcore.decision.pooled import calibrate  # noqa: E402
from riskcore.predictions import Cases, Member, RunPredictions  # noqa: E402
from riskcore.runs import RunStore  # noqa: E402
from riskcore.severity import SeverityMatrix  # noqa: E402
from riskcore.submit import check, enqueue  # noqa: E402
from riskcore.workspace import Workspace  # noqa: E402

RUNS, SEEDS, REPEATS = 1_000, 4, 9
MATRIX = "isic2018"


def make(home: Path, cases: int) -> Workspace:
    """A workspace of finished runs on `cases` test cases and a quarter as many of validation: pools of four seeds."""
    workspace, classes = Workspace(home), SeverityMatrix.preset(MATRIX).classes
    random = np.random.default_rng(0)
    names = np.array([f"{number:05}.png" for number in range(cases + cases // 4)])
    truth = random.choice(len(classes), len(names), p=[0.11, 0.67, 0.05, 0.03, 0.11, 0.01, 0.02])
    split = np.where(np.arange(len(names)) < cases, "test", "train")
    table = pd.DataFrame({"sample": names, "label": np.array(classes)[truth], "split": split})
    workspace.save_dataset(Manifest(MATRIX, home / "images", "folder", classes, table))
    for pool in range(RUNS // SEEDS):
        loss = {"form": "log_harm", "strength": float(pool)} if pool else "ce"
        for seed in range(SEEDS):
            settings = {"data": MATRIX, "matrix": MATRIX, "loss": loss, "seed": seed, "train": {"backbone": "frozen"}}
            config = RunConfig.build(settings)
            if pool < 2:  # these are looked at; the others only stand in lists, with the predictions of the first
                logits = random.normal(size=(len(names), len(classes)))
                logits[np.arange(len(names)), truth] += 2.5
            _finish(workspace, config, classes, names, truth, logits, split == "test")
    return workspace


def _finish(workspace, config, classes, names, truth, logits, test) -> None:
    (run,) = enqueue(workspace, [_plan(workspace, config)])
    parts = {
        part: Cases(logits[rows], truth[rows], names[rows], names[rows])
        for part, rows in (("validation", ~test), ("test", test))
    }
    kept = workspace.root / "kept"
    kept.mkdir(exist_ok=True)
    file = kept / f"{id(logits)}.parquet"
    if not file.exists():
        evaluation.write_predictions(file, classes, parts)
        predictions = RunPredictions(run.id, classes, [Member(parts["validation"], parts["test"])])
        member, matrix = calibrate(predictions)[0], SeverityMatrix.preset(MATRIX)
        Bundle(
            classes=classes,
            matrix=matrix,
            model=config.model.name,
            stages=0,
            preprocessing={},
            calibration=member.calibration,
            dial=member.dial(matrix, Wish()),
            provenance={"run": run.id, "synthetic": True},
        ).save(kept / file.stem)
        (kept / f"{file.stem}.json").write_text(json.dumps(evaluation.summary(predictions, matrix, Wish())))
    os.link(file, run.folder / evaluation.PREDICTIONS)
    (run.folder / "bundle").mkdir()
    os.link(kept / file.stem / "bundle.json", run.folder / "bundle" / "bundle.json")
    with run.claim():
        run.append_metrics({"kind": "epoch", "epoch": 1, "epochs": 1, "train_loss": 1.0, "validation_accuracy": 0.7})
        run.update(result={**json.loads((kept / f"{file.stem}.json").read_text()), "warnings": []})
        run.end("finished")


PLANS = {}


def _plan(workspace: Workspace, config: RunConfig):
    """Checked once for all: they differ in loss and seed only."""
    from dataclasses import replace

    from riskcore.submit import pool_of

    if not PLANS:
        PLANS["first"] = check(workspace, [config])[0]
        PLANS["manifest"] = workspace.load_dataset(MATRIX)
    first = PLANS["first"]
    return replace(first, config=config, pool=pool_of(config, first.matrix, PLANS["manifest"]))


def seconds(screen: AppTest) -> float:
    start = time.perf_counter()
    screen.run()
    elapsed = time.perf_counter() - start
    assert not screen.exception, screen.exception
    assert not screen.error, [error.value for error in screen.error]
    return elapsed


def report(what: str, times: list[float], limit: float) -> None:
    shown = " ".join(f"{1000 * moment(times):7.0f}" for moment in (min, statistics.median, max))
    print(f"{what:<44}{shown}   limit {1000 * limit:.0f}", flush=True)


def screens(workspace: Workspace) -> None:
    for screen in SCREENS:
        app = opened(screen.name, workspace)
        seconds(app)
        report(screen.title, [seconds(app) for _ in range(REPEATS)], 0.3)
        if screen.name == "runs":
            app.session_state["runs_page"] = 20
            report("Runs, page 20", [seconds(app) for _ in range(REPEATS)], 0.3)
    print("torch is imported:", "torch" in sys.modules, "(Train imports it at launch only)")


def edits(workspace: Workspace) -> None:
    pool = next(id for id in RunStore(workspace).pools() if "-ce-" in id)
    app = opened("severity", workspace, severity_matrix=MATRIX, severity_run=pool)
    seconds(app)
    times = []
    for value in range(REPEATS):
        drafts = app.session_state["severity_drafts"]
        draft = drafts[MATRIX]
        history = draft.history
        values = history.current.values.copy()
        values[2, 3] = 4 + value
        edited = SeverityMatrix(history.current.classes, values, history.current.critical, history.current.groups)
        from dataclasses import replace

        drafts[MATRIX] = replace(draft, history=history.push(edited))
        times.append(seconds(app))
    report("Severity: an edit, 10,000 cases x 4 seeds", times, 0.15)


def cautions(workspace: Workspace) -> None:
    pools = list(RunStore(workspace).pools())
    app = opened("compare", workspace, compare_runs=",".join(pools[-2:]))
    seconds(app)
    times = []
    for stop in ("Slight", "Strong", "Off", "Moderate", "Highest"):
        app.session_state["compare_caution"] = stop
        times.append(seconds(app))
    report("Compare: a turn of caution", times, 0.15)


def cold_start(workspace: Workspace) -> None:
    if chromium() is None:
        print("Cold start: chromium is not installed")
        return
    with launched() as browser:
        times = []
        for _ in range(3):
            page = browser.new_page()
            start = time.perf_counter()
            server = Server(workspace.root)
            page.goto(server.address)
            page.locator("h1").first.wait_for()
            times.append(time.perf_counter() - start)
            server.kill()
            page.close()
    report("Cold start to the first heading", times, 3.0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print("Making the runs ...", flush=True)
        workspace = make(Path(folder) / "home", 10_000)
        print(f"{'milliseconds':<44}{'least':>7} {'median':>7} {'most':>7}")
        cold_start(workspace)
        screens(workspace)
        edits(workspace)
        cautions(workspace)
