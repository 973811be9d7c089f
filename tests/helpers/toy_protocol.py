"""A small protocol whose runs end with simulated predictions."""

from pathlib import Path

import pandas as pd

from riskcore.data.manifest import Manifest
from riskcore.data.registry import save_dataset
from riskcore.jobs.protocol import Protocol, read_protocol
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, write_predictions
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace
from tests.helpers.simulated import MATRIX, cases

TEXT = """
title: Toy
note: Nothing here is real.
data: {name: toy, folds: published}
models: {name: test_efficientnet, weights: none, size: 32}
losses: [focal, ce, {form: log_harm, strength: 3}]
seeds: 2
train: {backbone: frozen, views: 2, epochs: 1, threads: 1, device: cpu}
baselines: [focal, ce]
"""
SKILL = {"focal": 1.2, "ce": 1.4, "log_harm s=3": 2.0}


def toy_workspace(folder: Path) -> Workspace:
    """A workspace with a data set of the published folds 1 to 3 (no image is opened here) and its matrix."""
    table = pd.DataFrame(
        {
            "sample": [f"{number:02}.png" for number in range(60)],
            "label": ["a", "b", "c"] * 20,
            "fold": [1 + number // 3 % 3 for number in range(60)],
        }
    )
    workspace = Workspace(folder / "workspace")
    save_dataset(workspace, Manifest("toy", folder, "csv", ("a", "b", "c"), table))
    save_matrix(workspace, "toy", MATRIX)
    return workspace


def read(tmp_path: Path, text: str = TEXT) -> Protocol:
    path = tmp_path / "protocol.yaml"
    path.write_text(text)
    return read_protocol(path)


def finish(run: Run, warnings=()) -> None:
    """End a run with simulated predictions whose quality follows its loss."""
    place = list(SKILL).index(run.loss)
    make = {"seed": 10 * place + run.seed, "groups": 15}
    start = 10_000 * (run.fold or 0)
    parts = {
        "validation": cases(50, SKILL[run.loss], start=start + 5_000, **make),
        "test": cases(50, SKILL[run.loss], start=start, **make),
    }
    with run.claim():
        write_predictions(run.folder / PREDICTIONS, MATRIX.classes, parts)
        run.update(result={"warnings": list(warnings)})
        run.end("finished")
