"""A workspace of many finished runs that no one trained: random logits of 10,000 test cases of 7 classes."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.config import RunConfig
from riskcore.data.manifest import Manifest
from riskcore.data.registry import save_dataset
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.decision.pooled import calibrate
from riskcore.jobs.submit import Plan, enqueue, fingerprint, pool_of
from riskcore.judging.report import summary
from riskcore.learning.bundle import Bundle
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.folder import Run
from riskcore.runs.predictions_file import PREDICTIONS, write_predictions
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

DATA = "isic2018"
"""Name of the data set and of its severity matrix."""

TESTED, VALIDATED, SEEDS, FOLDS = 10_000, 2_500, 4, 5
SHARES = (0.11, 0.67, 0.05, 0.03, 0.11, 0.01, 0.02)
SKILL = 2.5
"""How far the true class's logit lies above the noise."""


@dataclass(frozen=True)
class Made:
    """The workspace, and ids in it, cross-entropy and a severity loss of each.

    Attributes:
        one: runs that stand alone, each with all test cases.
        folds: pools of five folds, which share the test cases out.
    """

    workspace: Workspace
    one: tuple[str, str]
    folds: tuple[str, str]


class ManyRuns:
    """Makes them; runs of a kind share the files of their predictions.

    Args:
        home: the workspace, which is not there yet.
    """

    def __init__(self, home: Path) -> None:
        self.workspace, self.matrix = Workspace(home), SeverityMatrix.preset(DATA)
        random = np.random.default_rng(0)
        classes, number = self.matrix.classes, TESTED + VALIDATED
        self._names = np.array([f"{case:05}.png" for case in range(number)])
        self._truth = random.choice(len(classes), number, p=SHARES)
        split = np.where(np.arange(number) < TESTED, "test", "train")
        table = pd.DataFrame({"sample": self._names, "label": np.array(classes)[self._truth], "split": split})
        self._manifest = Manifest(DATA, home / "images", "folder", classes, table)
        save_dataset(self.workspace, self._manifest)

    def make(self, number: int) -> Made:
        """So many runs: two alone, two pools of five folds, and the newest in pools of four seeds."""
        losses: tuple[Any, Any] = "ce", {"form": "log_harm", "strength": 3.0}
        one = [self._add(loss, size=128).id for loss in losses]
        folds = [{self._add(loss, size=144, fold=fold).pool for fold in range(FOLDS)}.pop() for loss in losses]
        for place in range(number - len(one) - len(folds) * FOLDS):
            strength = place // SEEDS
            loss = {"form": "log_harm", "strength": float(strength)} if strength else "ce"
            self._add(loss, size=160, seed=place % SEEDS)
        return Made(self.workspace, (one[0], one[1]), (folds[0], folds[1]))

    def queue(self, loss: Any, size: int, seed: int = 0, fold: int | None = None) -> Run:
        """A run that waits."""
        data = {"name": DATA} if fold is None else {"name": DATA, "folds": FOLDS}
        train = {"backbone": "frozen"}
        settings = {"data": data, "matrix": DATA, "loss": loss, "seed": seed, "fold": fold, "train": train}
        config = RunConfig.build(settings, [f"model.size={size}"])
        content = self.matrix, self._manifest
        (run,) = enqueue(self.workspace, [Plan(config, self.matrix, fingerprint(*content), pool_of(config, *content))])
        return run

    def _add(self, loss: Any, size: int, seed: int = 0, fold: int | None = None) -> Run:
        run = self.queue(loss, size, seed, fold)
        kept = self._kept(f"{size}-{loss == 'ce'}-{seed}-{fold}", run, fold)
        os.link(kept / PREDICTIONS, run.folder / PREDICTIONS)
        (run.folder / "bundle").mkdir()
        os.link(kept / "bundle.json", run.folder / "bundle" / "bundle.json")
        with run.claim():
            run.append_metrics(
                {"kind": "epoch", "epoch": 1, "epochs": 1, "train_loss": 1.0, "validation_accuracy": 0.7}
            )
            run.update(result={**json.loads((kept / "result.json").read_text()), "warnings": []})
            run.end("finished")
        return run

    def _kept(self, name: str, run: Run, fold: int | None) -> Path:
        """The folder of what all runs of a kind share, made for the first of them."""
        folder = self.workspace.root / "kept" / name
        if folder.exists():
            return folder
        cases = self._cases(len(list(folder.parent.glob("*"))), fold)
        folder.mkdir(parents=True)
        predictions = RunPredictions(run.id, self.matrix.classes, [Member(cases["validation"], cases["test"])])
        member, wish = calibrate(predictions)[0], Wish()
        Bundle(
            classes=self.matrix.classes,
            matrix=self.matrix,
            model=run.record["model"],
            stages=0,
            preprocessing={"size": 160, "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"},
            calibration=member.calibration,
            dial=member.dial(self.matrix, wish),
            provenance={"run": run.id, "synthetic": True},
        ).save(folder)
        write_predictions(folder / PREDICTIONS, self.matrix.classes, cases)
        (folder / "result.json").write_text(json.dumps(summary(JudgedRun(predictions, self.matrix), wish)))
        return folder

    def _cases(self, seed: int, fold: int | None) -> dict[str, Cases]:
        number = np.arange(TESTED + VALIDATED)
        inside = np.full(len(number), True) if fold is None else number % FOLDS == fold
        return {
            part: self._drawn(np.flatnonzero(rows & inside), np.random.default_rng([seed, len(part)]))
            for part, rows in (("validation", number >= TESTED), ("test", number < TESTED))
        }

    def _drawn(self, rows: NDArray[np.int64], random: np.random.Generator) -> Cases:
        logits = random.normal(size=(len(rows), len(self.matrix.classes)))
        logits[np.arange(len(rows)), self._truth[rows]] += SKILL
        return Cases(logits, self._truth[rows], self._names[rows], self._names[rows])
