"""Copy a run to an MLflow server: settings, metrics, tags and files; MLflow is an optional package."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from riskcore.errors import InputError
from riskcore.runs.annotations import ANNOTATION
from riskcore.runs.folder import Run

EXPERIMENT = "riskcore"

_ARTIFACTS = ("run.json", ANNOTATION, "matrix.json", "*.parquet", "bundle*")
_STATUS = {
    "queued": "SCHEDULED",
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "stopped": "KILLED",
    "interrupted": "KILLED",
}
_BATCH = 100  # MLflow takes at most 100 parameters and 1,000 metrics a call


def export(run: Run, uri: str) -> str:
    """Write a run to the MLflow server (or store) at `uri` and return the id it got there.

    Args:
        run: any run; parameters are its `config` flattened with dots, metrics the history in metrics.jsonl.
        uri: an MLflow tracking URI, e.g. "http://host:5000" or "sqlite:///mlflow.db".

    Raises:
        InputError: mlflow is not installed.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    try:
        entities, tracking = import_module("mlflow.entities"), import_module("mlflow.tracking")
    except ImportError as error:
        raise InputError(
            "Exporting to MLflow needs the package mlflow-skinny; get it with `pip install mlflow-skinny`."
        ) from error

    client = tracking.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    experiment_id = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)
    labels = {key: str(run.record[key]) for key in ("data", "matrix", "model", "loss", "pool", "state")}
    created = client.create_run(
        experiment_id,
        start_time=_milliseconds(run.record["timings"].get("started", run.record["created"])),
        tags={"riskcore.id": run.id, **{f"riskcore.{key}": value for key, value in labels.items()}},
        run_name=run.annotation.name or run.id,
    )
    exported: str = created.info.run_id
    params = [entities.Param(key, str(value)[:6000]) for key, value in _flat(run.config)]
    for start in range(0, len(params), _BATCH):
        client.log_batch(exported, params=params[start : start + _BATCH])
    metrics = [entities.Metric(*point) for point in _history(run)]
    for start in range(0, len(metrics), _BATCH):
        client.log_batch(exported, metrics=metrics[start : start + _BATCH])
    for pattern in _ARTIFACTS:
        for path in sorted(run.folder.glob(pattern)):
            if path.is_dir():
                client.log_artifacts(exported, str(path), artifact_path=path.name)
            else:
                client.log_artifact(exported, str(path))
    ended = run.record["timings"].get("ended")
    client.set_terminated(exported, _STATUS[run.state], end_time=_milliseconds(ended) if ended else None)
    return exported


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _history(run: Run) -> Iterator[tuple[str, float, int, int]]:
    """(name, value, timestamp, step) of every number in metrics.jsonl; a step is a line."""
    for step, line in enumerate(run.metrics()):
        stamp = int(line.pop("time", 0.0) * 1000)
        for key, value in line.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield key, float(value), stamp, step


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)
