"""A workspace with something to show on every screen, made in a second: real image files, simulated predictions."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.config import ModelSettings, RunConfig
from riskcore.data.manifest import Manifest
from riskcore.data.registry import load_dataset
from riskcore.data.splits import assign
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import calibrate
from riskcore.jobs.submit import check, enqueue
from riskcore.judging.report import summary
from riskcore.learning.bundle import Bundle, describe, save_weights
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import EVALUATIONS, PREDICTIONS, read_predictions, write_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

SKILL = 1.5
"""How far the true class's logit lies above the noise."""


def add_run(
    workspace: Workspace,
    state: str = "finished",
    *,
    data: str = "patches",
    loss: str | Mapping[str, Any] = "ce",
    seed: int = 0,
    skill: float = SKILL,
    teachers: int = 0,
    **model: Any,
) -> Run:
    """A run of a registered data set (its matrix has the same name) that ended in a state.

    `model`: settings of the backbone, such as its size. A finished one has predictions for the data set's own images,
    metrics of two epochs and a bundle without weights.
    """
    train = {"backbone": "frozen", "epochs": 2, "teachers": teachers}
    settings = {"data": data, "matrix": data, "loss": loss, "seed": seed, "train": train}
    config = RunConfig.build(settings | {"model": model})
    (run,) = enqueue(workspace, check(workspace, [config]))
    if state == "queued":
        return run
    if state == "interrupted":
        with run.claim():
            run.append_metrics(_epoch(1))  # and leaves without an end, as a killed process does
        os.utime(run.folder / "heartbeat", (0, 0))  # long ago
        return run.reload()
    with run.claim():
        for epoch in (1, 2):
            run.append_metrics(_epoch(epoch))
        if state == "finished":
            run.update(progress=_epoch(2), result=_conclude(workspace, run, config, skill))
        run.log.write_text("epoch 1/2\nepoch 2/2\n")
        run.end(state, error="The loss became nan at epoch 1, step 3; lower it." if state == "failed" else None)
    return run


def fill(workspace: Workspace, data: str = "patches") -> dict[str, list[Run]]:
    """Two finished pools of two seeds (ce, log_harm s=3), and one run in each other state but running."""
    return {
        "ce": [add_run(workspace, data=data, seed=seed) for seed in (0, 1)],
        "log_harm": [add_run(workspace, data=data, loss="log_harm", seed=seed) for seed in (0, 1)],
        **{state: [add_run(workspace, state, data=data, seed=7)] for state in ("failed", "stopped", "interrupted")},
        "queued": [add_run(workspace, "queued", data=data, seed=seed) for seed in (8, 9)],
    }


def make_usable(run: Run, dial: Dial | None = None, shares: Sequence[float] = (0.6, 0.3, 0.1)) -> Bundle:
    """Put a small untrained network into a made run's bundle; it gives every image the same probabilities.

    Args:
        run: a finished one.
        dial: of the bundle; default none of caution.
        shares: a probability for each class. The patches' classes are benign, malignant, unsure, and malignant called
            benign is critical.
    """
    from riskcore.learning import network  # brings torch along
    from riskcore.learning.backbones import Preprocessing

    settings = ModelSettings(name="test_efficientnet", weights="none", size=32)
    # The network's head starts at 0: all logits are equal.
    built = network.build(settings, stages=0, number_of_classes=len(shares))
    folder = run.folder / "bundle"
    assert built.front is not None
    save_weights(folder / "trained.safetensors", built.trained)
    save_weights(folder / "front.safetensors", built.front)
    bundle = replace(
        Bundle.load(folder),
        model=settings.name,
        stages=0,
        preprocessing=describe(Preprocessing(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), "bicubic")),
        calibration=Calibration(1.0, np.log(shares)),
        dial=dial or Dial("severity", 0.0),
    )
    bundle.save(folder)
    return bundle


def judge_elsewhere(runs: Sequence[Run], file: str) -> None:
    """Give runs predictions for 60 cases of another data set, with no skill; `file`: name of the stored evaluation."""
    for run in runs:
        classes, _ = read_predictions(run.folder / PREDICTIONS)
        truth = np.arange(60) % len(classes)
        logits = np.random.default_rng(run.seed).normal(size=(60, len(classes)))
        samples = np.array([f"{number:03}.png" for number in range(60)])
        cases = Cases(logits, truth, samples, samples)
        write_predictions(run.folder / EVALUATIONS / file, classes, {"test": cases})


def _epoch(epoch: int) -> dict[str, Any]:
    return {
        "kind": "epoch",
        "epoch": epoch,
        "epochs": 2,
        "train_loss": 1.0 / epoch,
        "images_per_second": 100.0,
        "learning_rate": 1e-3,
        "validation_loss": 1.1 / epoch,
        "validation_accuracy": 0.5 + 0.1 * epoch,
        "validation_cer": 0.2 / epoch,
    }


def _conclude(workspace: Workspace, run: Run, config: RunConfig, skill: float) -> dict[str, Any]:
    manifest = load_dataset(workspace, config.data.name)
    matrix = SeverityMatrix.load(run.folder / "matrix.json").reordered(manifest.classes)
    parts = assign(manifest, folds=None, fold=None, validation=0.3, test=0.4, seed=0)
    random = np.random.default_rng([config.seed, len(run.loss)])
    cases = {part: _cases(manifest, parts == part, skill, random) for part in ("validation", "test")}
    write_predictions(run.folder / PREDICTIONS, manifest.classes, cases)
    predictions = RunPredictions(run.id, manifest.classes, [Member(cases["validation"], cases["test"], config.seed)])
    member, wish = calibrate(predictions)[0], Wish.parse(config.wish)
    Bundle(
        classes=manifest.classes,
        matrix=matrix,
        model=config.model.name,
        stages=config.train.trained_stages,
        preprocessing={"size": 32, "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"},
        calibration=member.calibration,
        dial=member.dial(matrix, wish),
        provenance={"run": run.id, "data": config.data.name, "synthetic": manifest.synthetic},
    ).save(run.folder / "bundle")
    return {**summary(JudgedRun(predictions, matrix), wish), "warnings": []}


def _cases(manifest: Manifest, inside: NDArray[np.bool_], skill: float, random: np.random.Generator) -> Cases:
    table, truth = manifest.table[inside], manifest.targets[inside]
    logits = random.normal(size=(len(truth), len(manifest.classes)))
    logits[np.arange(len(truth)), truth] += skill
    names = {column: table[column].to_numpy(dtype=np.str_) for column in ("sample", "group")}
    subgroups = {name: table[name].to_numpy(dtype=np.str_) for name in manifest.subgroups}
    return Cases(logits, truth, names["sample"], names["group"], subgroups)
