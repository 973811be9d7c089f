"""Export to MLflow: against a stand-in that records the calls, and MLflow itself where installed."""

import importlib.util
import os
import sys
import types
from pathlib import Path

import pytest

from riskcore.errors import InputError
from riskcore.reports.mlflow import export
from riskcore.runs.annotations import annotate
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

needs_mlflow = pytest.mark.skipif(
    importlib.util.find_spec("mlflow") is None, reason="the optional package mlflow-skinny is not installed"
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    store = RunStore(Workspace(tmp_path / "workspace"))
    config = {"seed": 3, "loss": {"form": "log_harm", "strength": 3.0}, "fold": None}
    run = store.create(config, data="d", matrix="m", model="x", loss="log_harm s=3", files={"matrix.json": "{}"})
    with run.claim() as owned:
        owned.append_metrics({"kind": "epoch", "epoch": 1, "epochs": 2, "cer": 0.2, "time": 1000.5})
        owned.append_metrics({"kind": "epoch", "epoch": 2, "epochs": 2, "cer": float("nan"), "time": 1001.0})
        (run.folder / "bundle").mkdir()
        (run.folder / "bundle" / "bundle.json").write_text("{}")
        (run.folder / "test.parquet").touch()
        owned.end("finished")
    return run


def test_without_mlflow_the_remedy_is_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(InputError) as caught:
        export(run, "sqlite://")
    assert str(caught.value) == (
        "Exporting to MLflow needs the package mlflow-skinny; get it with `pip install mlflow-skinny`."
    )


def test_everything_is_sent_and_telemetry_is_off(run, monkeypatch):
    sent: dict[str, list] = {}

    class Client:
        def __init__(self, tracking_uri: str) -> None:
            sent["uri"] = [tracking_uri]

        def get_experiment_by_name(self, name: str) -> None:
            return None

        def create_experiment(self, name: str) -> str:
            return f"id of {name}"

        def create_run(self, experiment_id: str, **details: object) -> types.SimpleNamespace:
            sent["run"] = [experiment_id, details]
            return types.SimpleNamespace(info=types.SimpleNamespace(run_id="exported"))

        def __getattr__(self, name: str):
            return lambda *values, **named: sent.setdefault(name, []).append((values, named))

    def plain(*values: object) -> tuple[object, ...]:
        return values

    for name, content in (
        ("mlflow", {}),
        ("mlflow.entities", {"Metric": plain, "Param": plain}),
        ("mlflow.tracking", {"MlflowClient": Client}),
    ):
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "false")
    annotate(run.folder, name="Warm start")
    assert export(run, "sqlite:///x.db") == "exported"
    assert (os.environ["MLFLOW_DISABLE_TELEMETRY"], os.environ["DO_NOT_TRACK"]) == ("true", "true")
    assert sent["uri"] == ["sqlite:///x.db"]
    experiment, details = sent["run"]
    assert (experiment, details["run_name"]) == ("id of riskcore", "Warm start")
    assert details["tags"]["riskcore.pool"] == run.pool
    params, metrics = (named for _, named in sent["log_batch"])
    assert params["params"] == [
        ("seed", "3"),
        ("loss.form", "log_harm"),
        ("loss.strength", "3.0"),
        ("fold", "None"),
    ]
    assert metrics["metrics"] == [
        ("epoch", 1.0, 1000500, 0),
        ("epochs", 2.0, 1000500, 0),
        ("cer", 0.2, 1000500, 0),
        ("epoch", 2.0, 1001000, 1),
        ("epochs", 2.0, 1001000, 1),
    ]
    files = [Path(values[1]).name for values, _ in sent["log_artifact"] + sent["log_artifacts"]]
    assert files == ["run.json", "annotation.json", "matrix.json", "test.parquet", "bundle"]
    assert sent["set_terminated"][0][0] == ("exported", "FINISHED")


@needs_mlflow
def test_mlflow_itself_reads_it_back(run, tmp_path):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    exported = export(run, uri)
    client = MlflowClient(tracking_uri=uri)
    found = client.get_run(exported)
    assert found.data.params["loss.form"] == "log_harm"
    assert [point.value for point in client.get_metric_history(exported, "cer")] == [0.2]
    assert found.info.status == "FINISHED"
