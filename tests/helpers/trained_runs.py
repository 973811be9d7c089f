"""Runs that are truly trained, in about a second: a small untrained network as a frozen front, on the patches."""

from collections.abc import Sequence
from typing import Any

from riskcore.config import RunConfig
from riskcore.jobs import job
from riskcore.jobs.submit import check, enqueue
from riskcore.runs.folder import Run
from riskcore.workspace import Workspace


def trained(workspace: Workspace, seeds: Sequence[int] = (0,), **changes: Any) -> list[Run]:
    """One finished run a seed; `changes`: of the settings."""
    settings = {
        "data": "patches",
        "matrix": "patches",
        "model": {"name": "test_efficientnet", "weights": "none", "size": 32},
        "train": {"backbone": "frozen", "views": 2, "epochs": 1, "threads": 1, "device": "cpu"},
        "loss": "ce",
        **changes,
    }
    runs = enqueue(workspace, check(workspace, [RunConfig.build({**settings, "seed": seed}) for seed in seeds]))
    assert [job.main(run.folder) for run in runs] == [0] * len(runs)
    return [run.reload() for run in runs]
