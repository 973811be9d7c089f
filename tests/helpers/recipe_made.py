"""A small recipe on the patches of the tests."""

from dataclasses import replace
from typing import Any

from riskcore.data.registry import load_dataset, save_dataset
from riskcore.jobs.recipes import PRESETS, Recipe, build
from riskcore.workspace import Workspace

TINY: dict[str, Any] = {
    **PRESETS["Quick"],
    "model.size": 32,
    "model.hidden": 0,  # so that other backbones than a frozen one serve as well
    "train.epochs": 1,
    "train.device": "cpu",
    "train.threads": 1,
}

# What a worker runs in place of the training: claim, tell who is who, finish.
CHILD = """
import json, os, sys
from pathlib import Path
from riskcore.runs.folder import Run
run = Run(Path(sys.argv[1]))
with run.claim():
    (run.folder / "who.json").write_text(json.dumps([os.getsid(0), os.getppid()]))
    run.end("finished")
"""


def tiny(*models: str, weights: str = "none", **choices: Any) -> Recipe:
    """Two losses × two seeds of an untrained test network; choices are written with `__` for the dot."""
    named = {name.replace("__", "."): value for name, value in choices.items()}
    wish = named.pop("wish", "accuracy_loss=0.01")
    return build("patches", "patches", models or ("test_efficientnet",), weights, {**TINY, **named}, wish)


def with_straddling_groups(workspace: Workspace) -> None:
    """Two patients of the patches with images in training and test."""
    manifest = load_dataset(workspace, "patches")
    places = range(len(manifest))
    table = manifest.table.assign(
        split=["test" if place % 4 == 0 else "train" for place in places],
        group=["p1" if place in (0, 1) else "p2" if place in (4, 5) else f"g{place}" for place in places],
    )
    save_dataset(workspace, replace(manifest, table=table))
