import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from riskcore.config import RunConfig
from riskcore.data.cache import decoded
from riskcore.data.manifest import register
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.errors import RunError
from riskcore.jobs import job
from riskcore.jobs.submit import submit
from riskcore.learning import checkpoints, features
from riskcore.learning import loop as training
from riskcore.learning.bundle import Bundle
from riskcore.learning.features import ImageSource
from riskcore.learning.predictor import Predictor
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, read_predictions
from riskcore.runs.store import RunStore
from riskcore.workspace import Workspace

SMALL: dict[str, Any] = {
    "data": "patches",
    "matrix": "patches",
    "model": {"name": "test_efficientnet", "weights": "none", "size": 32},
    "train": {"epochs": 3, "batch_size": 16, "threads": 1, "device": "cpu"},
}
EVERYTHING = ["loss.confusion=2", "train.ema=0.9", "train.sampler=class_balanced"]
SPEEDS = ("time", "images_per_second")


class Killed(BaseException):
    """Ends a run as a kill does: nothing is written about the end."""


@pytest.fixture(autouse=True)
def _process_settings() -> Iterator[None]:
    handler, threads = signal.getsignal(signal.SIGTERM), torch.get_num_threads()
    yield
    signal.signal(signal.SIGTERM, handler)
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _checkpoint_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_EVERY", 0.0)  # the epochs of these tests are too short to be kept


def queued(workspace: Workspace, *overrides: str) -> Run:
    return submit(workspace, RunConfig.build(SMALL, overrides))


def finished(workspace: Workspace, *overrides: str) -> Run:
    run = queued(workspace, *overrides)
    assert job.main(run.folder) == 0
    assert run.reload().state == "finished"
    return run.reload()


def curve(run: Run) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if name not in SPEEDS}
        for line in run.metrics()
        if line["kind"] == "epoch"
    ]


def assert_twins(run: Run, twin: Run) -> None:
    """Same curve, same figures, same logits, same weights: to the last bit."""
    assert curve(run) == curve(twin)
    assert run.record["result"] == twin.record["result"]
    frames = [pd.read_parquet(each.folder / PREDICTIONS) for each in (run, twin)]
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    weights = [(each.folder / "bundle" / "trained.safetensors").read_bytes() for each in (run, twin)]
    assert weights[0] == weights[1]


def interrupt(monkeypatch: pytest.MonkeyPatch, owner: type, batches: int, error: type[BaseException]) -> None:
    """Raise `error` instead of giving training batch number `batches`, once."""
    original, given = owner.training_batch, 0

    def training_batch(self: Any, rows: Any, seed: int) -> Any:
        nonlocal given
        given += 1
        if given == batches:
            raise error
        return original(self, rows, seed)

    monkeypatch.setattr(owner, "training_batch", training_batch)


def kill_at_batch(monkeypatch: pytest.MonkeyPatch, run: Run, owner: type, batches: int) -> None:
    """Carry out a run up to a training batch, where it ends as if killed, long ago."""
    with monkeypatch.context() as patch:
        interrupt(patch, owner, batches, Killed)
        with pytest.raises(Killed):
            job.main(run.folder)
    os.utime(run.folder / "heartbeat", (0, 0))
    assert run.reload().state == "interrupted"


def resume(workspace: Workspace, run: Run) -> Run:
    RunStore(workspace).requeue(run.id)
    assert job.main(run.folder) == 0
    return run.reload()


def progress_notes(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every progress that is written into run.json from now on."""
    monkeypatch.setattr(job, "PROGRESS_EVERY", 0.0)
    seen: list[dict[str, Any]] = []
    original = Run.update

    def update(self: Run, **changes: Any) -> None:
        seen.append(changes.get("progress") or {})
        original(self, **changes)

    monkeypatch.setattr(Run, "update", update)
    return seen


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_run_leaves_logits_a_bundle_and_figures(workspace: Workspace) -> None:
    run = finished(workspace)
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "bundle",
        "heartbeat",
        "lock",
        "matrix.json",
        "metrics.jsonl",
        "predictions.parquet",
        "run.json",
    ]
    assert [line["epoch"] for line in curve(run)] == [1, 2, 3]
    assert run.record["progress"]["epoch"] == run.record["progress"]["epochs"] == 3
    classes, parts = read_predictions(run.folder / PREDICTIONS)
    assert classes == ("benign", "malignant", "unsure")
    argmax = parts["test"].logits.argmax(1)
    assert run.record["result"]["test"]["argmax"]["accuracy"] == pytest.approx(np.mean(argmax == parts["test"].truth))
    assert run.record["result"]["warnings"] == []


def test_without_a_dangerous_case_in_validation_no_dial_is_chosen(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """All images of malignant are published as training images: nothing can be chosen, and nothing was tested."""
    manifest = load_dataset(workspace, "patches")
    parts = np.array(["train", "validation", "test"])[np.arange(len(manifest)) % 3]
    parts[manifest.table["label"] == "malignant"] = "train"
    save_dataset(workspace, dataclasses.replace(manifest, table=manifest.table.assign(split=parts)))
    run = finished(workspace)
    why = "Validation holds no case of a critical class (malignant), so no dial can be chosen on it."
    result, bundle = run.record["result"], Bundle.load(run.folder / "bundle")
    assert (result["note"], result["absent"]) == (why, ["malignant"])
    assert result["validation"]["dial"] is result["test"]["dial"] is None
    assert result["validation"]["argmax"]["cer"] is result["test"]["argmax"]["cer"] is None
    assert (bundle.dial.aversion, bundle.note, bundle.absent) == (0.0, why, ("malignant",))
    assert bundle.calibration.bias[bundle.classes.index("malignant")] == 0
    assert {line["validation_cer"] for line in run.metrics() if line["kind"] == "epoch"} == {None}
    printed = capsys.readouterr().out
    assert f"Note: {why}" in printed
    assert "CER –" in printed


def test_kill_9_half_way_then_resume_gives_the_twins_results(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = [*EVERYTHING, "train.epochs=100", "train.batch_size=8"]
    run = queued(workspace, *settings)
    process = subprocess.Popen([sys.executable, "-m", "riskcore.jobs.job", str(run.folder)], stdout=subprocess.DEVNULL)
    until((run.folder / job.CHECKPOINT).exists)  # a second after training began
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 0 < len(curve(run)) < 100

    environment = {**os.environ, "RISKCORE_HOME": str(workspace.root)}

    def riskcore(*arguments: str) -> Any:
        command = [sys.executable, "-c", "from riskcore.cli import main; main()", "runs", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert [(each["id"], each["state"]) for each in riskcore("list")] == [(run.id, "interrupted")]
    assert riskcore("resume", run.id, "--wait") == {"id": run.id, "state": "finished"}
    assert "epoch 1/100" not in run.log.read_text()  # it went on, and did not begin anew
    assert_twins(run.reload(), finished(workspace, *settings))


def test_a_killed_worker_takes_its_training_along(workspace: Workspace) -> None:
    run = queued(workspace, "train.epochs=100", "train.batch_size=8")
    place = ["--workspace", str(workspace.root), "--device", "cpu"]
    worker = subprocess.Popen([sys.executable, "-m", "riskcore.jobs.queue", *place], stderr=subprocess.DEVNULL)
    until((run.folder / job.CHECKPOINT).exists)
    assert run.reload().state == "running"
    worker.kill()
    worker.wait()
    until(lambda: run.reload().state == "interrupted", seconds=10)
    trained = len(run.metrics())
    time.sleep(0.5)
    assert len(run.metrics()) == trained, "nothing trains on"
    assert 0 < trained < 100
    assert (run.folder / job.CHECKPOINT).exists()


def test_sigterm_ends_as_stopped_and_resumes_alike(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["train.epochs=60", "train.batch_size=8"]
    run = queued(workspace, *settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "riskcore.jobs.job", str(run.folder)], stdout=subprocess.PIPE, text=True
    )
    until((run.folder / job.CHECKPOINT).exists)
    process.terminate()
    output, _ = process.communicate()
    assert process.returncode == 0
    assert output.endswith("Stopped; `riskcore runs resume` goes on from the last finished epoch.\n")
    assert run.reload().state == "stopped"
    resume(workspace, run)
    assert "epoch 1/60" not in capsys.readouterr().out
    assert_twins(run.reload(), finished(workspace, *settings))


@pytest.mark.parametrize(
    ("overrides", "source"),
    [
        ([*EVERYTHING, "loss.form=margin", "train.patience=2", "train.monitor=accuracy"], features.ImageSource),
        (["train.backbone=frozen", "train.batch_size=16", *EVERYTHING], features.ActivationSource),
        (["train.backbone=last:1", "train.ema=0.5"], features.ActivationSource),
        (["model.name=test_vit", "loss=focal"], features.ImageSource),
        (["train.backbone=last:1", "model.members=2", "train.ema=0.5"], features.ActivationSource),
        (["train.backbone=frozen", "model.members=2", "model.hidden=8"], features.ActivationSource),
    ],
    ids=["full", "frozen", "last", "transformer", "ensemble", "hidden"],
)
def test_an_interrupted_run_resumes_to_the_same_bits(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, overrides: list[str], source: type
) -> None:
    twin = finished(workspace, *overrides)
    run = queued(workspace, *overrides)
    kill_at_batch(monkeypatch, run, source, 8)  # three batches an epoch: inside the third
    assert_twins(resume(workspace, run), twin)


@pytest.mark.parametrize(
    ("overrides", "source"),
    [
        (["train.teachers=2", *EVERYTHING], features.ImageSource),
        (["train.teachers=3", "train.backbone=last:1", "model.members=2"], features.ActivationSource),
        (["train.teachers=2", "train.backbone=frozen", "train.batch_size=16"], features.ActivationSource),
    ],
    ids=["full", "last", "frozen"],
)
@pytest.mark.parametrize("batch", [7, 8, 20], ids=["between", "second", "final"])
def test_a_run_goes_on_with_the_teacher_it_was_at(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    overrides: list[str],
    source: type,
    batch: int,
) -> None:
    twin = finished(workspace, *overrides)
    assert not (twin.folder / job.TEACHERS).exists()
    run = queued(workspace, *overrides)
    capsys.readouterr()
    kill_at_batch(monkeypatch, run, source, batch)  # six batches a teacher: two an epoch
    assert "teacher 1 of" in capsys.readouterr().out
    resume(workspace, run)
    assert "teacher 1 of" not in capsys.readouterr().out
    assert_twins(run.reload(), twin)


def test_a_teacher_that_is_learning_is_shown_as_a_phase(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = progress_notes(monkeypatch)
    run = finished(workspace, "train.teachers=2", "train.backbone=frozen", "train.batch_size=16")
    last = [at for at in seen if at.get("phase") == "teachers"][-1]
    assert last["done"] == last["total"] > 0
    assert [line["epoch"] for line in curve(run)] == [1, 2, 3]  # of the final network alone


def test_epochs_that_were_reported_but_not_saved_are_reported_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = queued(workspace, "train.backbone=frozen", "train.batch_size=16")
    with monkeypatch.context() as patch:
        patch.setattr(training, "CHECKPOINT_EVERY", 1e9)  # as if every epoch took milliseconds
        kill_at_batch(monkeypatch, run, features.ActivationSource, 8)
    assert [line["epoch"] for line in curve(run)] == [1, 2]
    run = resume(workspace, run)
    assert [line["epoch"] for line in curve(run)] == [1, 2, 3]


@pytest.mark.parametrize("damage", ["empty", "nonsense", "flipped"])
def test_a_damaged_checkpoint_costs_its_epochs_only(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    run = queued(workspace)
    kill_at_batch(monkeypatch, run, ImageSource, 8)
    checkpoint = run.folder / job.CHECKPOINT
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 0xFF
    checkpoint.write_bytes({"empty": b"", "nonsense": b"no checkpoint", "flipped": bytes(content)}[damage])
    resume(workspace, run)
    assert f"Note: {checkpoint} is damaged; training starts again with the first epoch.\n" in capsys.readouterr().out
    assert_twins(run.reload(), finished(workspace))


def test_a_loss_that_diverges_ends_as_failed_with_step_and_causes(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    run = queued(workspace, "train.learning_rate=1e30", "train.epochs=20", "train.warmup=0")
    assert job.main(run.folder) == 1
    assert run.reload().state == "failed"
    error = run.reload().record["error"]
    assert capsys.readouterr().err == f"Failed: {error}\n"
    beginning, _, causes = error.partition(". Likely causes: ")
    assert beginning == "The loss became nan at epoch 1, step 2"
    assert causes == (
        "a learning rate that is too high (now 1e+30) or too strong a loss; lower train.learning_rate or "
        "loss.strength and start again."
    )


def test_wrong_input_exits_with_2(workspace: Workspace, patches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = queued(workspace)
    save_dataset(workspace, register("patches", patches, groups=_groups(patches)))
    assert job.main(run.folder) == 2
    assert (
        capsys.readouterr().err == "Failed: The data set patches changed after this run was queued; train it again.\n"
    )
    assert run.reload().state == "failed"
    assert run.reload().record["result"] == {"exit_code": 2}


def _groups(patches: Path) -> Path:
    file = patches.parent / "groups.csv"
    names = [path.relative_to(patches).as_posix() for path in sorted(patches.rglob("*.png"))]
    pd.DataFrame({"path": names, "patient": [str(number // 2) for number in range(len(names))]}).to_csv(
        file, index=False
    )
    return file


def test_a_full_disk_leaves_a_run_that_resumes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued(workspace)

    def full(path: Path, data: bytes) -> None:
        raise RunError(f"{path}: cannot be written, the disk is full; free some space and try again.")

    monkeypatch.setattr(checkpoints, "write_atomic", full)
    assert job.main(run.folder) == 1
    assert run.reload().record["error"].endswith("the disk is full; free some space and try again.")


def test_the_gpus_memory_being_full_says_what_to_lower(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = queued(workspace)
    interrupt(monkeypatch, ImageSource, 2, torch.OutOfMemoryError)
    assert job.main(run.folder) == 1
    message = "The GPU's memory is full; lower train.batch_size or model.size and start again."
    assert capsys.readouterr().err == f"Failed: {message}\n"
    assert run.reload().record["error"] == message


def test_metrics_come_inside_epochs_and_validation_too(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "REPORT_EVERY", 0.0)
    seen = progress_notes(monkeypatch)
    run = finished(workspace, "train.epochs=1")
    steps = [line for line in run.metrics() if line["kind"] == "step"]
    assert [round(step["progress"], 3) for step in steps] == [
        pytest.approx((n + 1) / (len(steps) + 1), abs=1e-3) for n in range(len(steps))
    ]
    assert len(steps) >= 2
    assert {"validation", "evaluation"} <= {progress.get("phase") for progress in seen}
    phases = [progress for progress in seen if "phase" in progress]
    pairs = [(old, new) for old, new in pairwise(phases) if old["phase"] == new["phase"] and new["done"] > old["done"]]
    assert pairs
    assert all(new["remaining"] >= 0 for _, new in pairs)
    assert all(new["remaining"] == 0 for _, new in pairs if new["done"] == new["total"])


def _with_split(folder: Path, patches: Path, *, seed: int | None = None) -> Path:
    """The patches with a published test part; given a seed, that part's pixels and labels are scrambled."""
    shutil.copytree(patches, folder)
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.png"))]
    table = pd.DataFrame({"path": names, "label": [name.split("/")[0] for name in names]})
    table["split"] = np.where(np.arange(len(table)) % 4 == 0, "test", "train")
    if seed is not None:
        random = np.random.default_rng(seed)
        test = table["split"] == "test"
        table.loc[test, "label"] = random.permutation(table.loc[test, "label"])
        for name in table.loc[test, "path"]:
            Image.fromarray(random.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(folder / name)
    table.to_csv(folder / "list.csv", index=False)
    return folder / "list.csv"


@pytest.mark.parametrize("backbone", ["full", "frozen", "last:1"])
def test_test_data_has_no_influence_on_weights_calibration_or_dial(
    workspace: Workspace, patches: Path, tmp_path: Path, backbone: str
) -> None:
    bundles = []
    for number, seed in enumerate((None, 7)):
        save_dataset(workspace, register("split", _with_split(tmp_path / f"split{number}", patches, seed=seed)))
        run = finished(workspace, "data=split", f"train.backbone={backbone}", "train.batch_size=16", "train.epochs=2")
        bundles.append(run.folder / "bundle")
    first, second = (Bundle.load(folder) for folder in bundles)
    assert first.provenance["data_hash"] != second.provenance["data_hash"]
    for name in ("trained.safetensors", *(["front.safetensors"] if backbone != "full" else [])):
        assert (bundles[0] / name).read_bytes() == (bundles[1] / name).read_bytes()
    assert first.calibration.temperature == second.calibration.temperature
    assert np.array_equal(first.calibration.bias, second.calibration.bias)
    assert first.dial == second.dial
    tables = [pd.read_parquet(folder.parent / PREDICTIONS) for folder in bundles]
    validation = [table[table["split"] == "validation"].reset_index(drop=True) for table in tables]
    pd.testing.assert_frame_equal(*validation, check_exact=True)


def test_the_second_frozen_run_computes_no_features(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = finished(workspace, "train.backbone=frozen", "train.batch_size=16")

    def forbidden(*arguments: Any) -> None:
        raise AssertionError("features were computed again")

    monkeypatch.setattr(features, "_compute", forbidden)
    second = finished(workspace, "train.backbone=frozen", "train.batch_size=16", "loss=focal")
    assert curve(first) != curve(second)


@pytest.mark.parametrize("loss", ["focal", "{form: margin, strength: 1, base: focal}"])
def test_the_gamma_of_focal_loss_is_what_was_asked_for(workspace: Workspace, loss: str) -> None:
    """At 0 it is what it builds on, to rounding; at 2, its default, it is not."""
    small = ["train.backbone=frozen", "train.batch_size=16"]
    plain = finished(workspace, *small, f"loss={loss.replace('focal', 'ce')}")
    without, usual = (finished(workspace, *small, f"loss={loss}", *gamma) for gamma in (["loss.gamma=0"], []))

    def losses(run: Run) -> list[float]:
        return [line["train_loss"] for line in curve(run)]

    assert losses(without) == pytest.approx(losses(plain), abs=1e-6)
    assert losses(usual) != pytest.approx(losses(plain), abs=1e-2)


@pytest.mark.parametrize(
    "network",
    [
        ["train.backbone=full"],
        ["train.backbone=last:1"],
        ["train.backbone=frozen"],
        ["train.backbone=full", "model.members=2"],
        ["train.backbone=last:1", "model.members=3"],
        ["train.backbone=frozen", "model.members=2", "model.hidden=8"],
        ["train.backbone=last:1", "train.teachers=2", "model.members=2"],
    ],
    ids=" ".join,
)
def test_the_bundle_gives_the_stored_logits_wherever_it_is(
    workspace: Workspace, patches: Path, tmp_path: Path, network: list[str]
) -> None:
    run = finished(workspace, *network, "train.batch_size=16", "train.ema=0.5")
    manifest = load_dataset(workspace, "patches")
    _, parts = read_predictions(run.folder / PREDICTIONS)
    samples = parts["test"].samples.tolist()
    images = np.array(decoded(manifest, samples, 32, tmp_path / "cache"))
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(run.folder / "bundle", elsewhere)
    shutil.rmtree(workspace.root)
    assert {path.suffix for path in elsewhere.iterdir()} == {".json", ".safetensors"}  # no pickle
    predictor = Predictor.load(elsewhere)
    # Batches of other sizes add up in another order, which may round an activation to the next float16.
    tolerance = 1e-5 if network[0] == "train.backbone=full" else 2e-3
    np.testing.assert_allclose(predictor.logits(images), parts["test"].logits, atol=tolerance)
    spoken = predictor(patches / samples[0])
    assert spoken.predicted == predictor.bundle.classes[parts["test"].logits[0].argmax()]


@pytest.mark.parametrize(
    "network", [[], ["model.members=2"], ["train.teachers=2"]], ids=["one", "ensemble", "teachers"]
)
def test_torchruns_ranks_agree_and_one_of_them_writes(workspace: Workspace, network: list[str]) -> None:
    run = queued(workspace, *EVERYTHING, *network, "train.patience=1")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*command, "-m", "riskcore.jobs.job", str(run.folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert run.reload().state == "finished"
    epochs = [line["epoch"] for line in curve(run)]
    assert epochs == list(range(1, len(epochs) + 1))
