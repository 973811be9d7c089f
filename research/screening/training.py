"""One idea on one fold: trained like a run, or read where that was done before."""

import hashlib
import json
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import GroupKFold
from torch import Tensor, nn

from research.screening.ideas import IDEAS, Idea
from research.screening.losses import Distilled, GroupsAlike
from riskcore.config import ModelSettings, RunConfig, TrainSettings
from riskcore.data.cache import decoded
from riskcore.data.prepare import Prepared, prepare
from riskcore.learning import backbones, network
from riskcore.learning.features import ActivationKey, ActivationSource, cached_activations
from riskcore.learning.loop import BatchSource, Callbacks, Task, accelerator_for, fit, predict_logits
from riskcore.learning.network import start_at_prior
from riskcore.predictions import Cases, Member
from riskcore.runs.predictions_file import read_predictions, write_predictions
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace

SIZE, VIEWS = 160, 4


@dataclass(frozen=True)
class Fold:
    """A data set divided for one fold, and what the frozen part of the network makes of its images.

    Attributes:
        prepared: images, classes and parts.
        activations: (views, N, ...) float16.
    """

    prepared: Prepared
    activations: Any

    @property
    def task(self) -> Task:
        rows = self.prepared.rows
        return Task(self.prepared.manifest.targets, rows("train"), rows("validation"), self.prepared.matrix, 0)

    @property
    def groups(self) -> np.ndarray:
        """(N,) lesion or patient of each image."""
        return self.prepared.manifest.table["group"].to_numpy(np.str_)

    def cases(self, part: str, model: nn.Module, source: BatchSource) -> Cases:
        """What a network says of a part."""
        rows = self.prepared.rows(part)
        samples = self.prepared.manifest.table["sample"].to_numpy(np.str_)
        logits = predict_logits(model, source, rows)
        return Cases(logits, self.prepared.manifest.targets[rows], samples[rows], self.groups[rows])


@cache
def fold_of(root: Path, data: str, folds: int, fold: int, stages: int) -> Fold:
    """Prepared once a process; the activations once a workspace."""
    workspace = Workspace(root)
    config = RunConfig.build(
        {"data": data, "matrix": data}, [f"data.folds={folds}", f"fold={fold}", f"model.size={SIZE}"]
    )
    matrix = load_matrix(workspace, data)
    prepared = prepare(workspace, config.data, matrix, fold, lambda done, total, label: None)
    manifest = prepared.manifest
    images = decoded(manifest, manifest.table["sample"].tolist(), SIZE, workspace.cache, lambda *_: None)
    key = ActivationKey(
        images=Path(str(images.filename)).stem,
        weights=backbones.weights_id(config.model.name, config.model.weights, 0),
        size=SIZE,
        stages=stages,
        views=VIEWS,
        level="standard",
    )
    found = cached_activations(
        key,
        workspace.cache / "activations",
        lambda: network.build(config.model, stages, len(manifest.classes)),
        images,
        torch.device("cpu"),
        lambda done, total, label: None,
    )
    return Fold(prepared, found.values)


def member(root: Path, data: str, folds: int, fold: int, seed: int, number: int, train: dict[str, Any]) -> Member:
    """Idea `number` on one fold with one seed."""
    idea = IDEAS[number]
    key = json.dumps([data, folds, fold, seed, idea.name, train, SIZE, VIEWS])
    file = root / "cache" / "screening" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.parquet"
    if not file.is_file():
        torch.set_num_threads(1)
        settings = TrainSettings.model_validate({"device": "cpu", **train, **dict(idea.train)})
        here = fold_of(root, data, folds, fold, settings.trained_stages or 0)
        write_predictions(file, here.task.matrix.classes, _Training(here, idea, settings).parts(seed))
    _, parts = read_predictions(file)
    return Member(parts["validation"], parts["test"], seed, fold)


class _Training:
    """One idea on one fold, its teachers included."""

    def __init__(self, fold: Fold, idea: Idea, settings: TrainSettings) -> None:
        self.fold, self.idea, self.settings, self.task = fold, idea, settings, fold.task
        steps = settings.epochs * -(-len(self.task.training) // settings.batch_size)
        self.loss = idea.loss(self.task.matrix, steps)
        if isinstance(self.loss, GroupsAlike):
            self.loss.weigh(fold.groups, self.task.training)
        source = ActivationSource(fold.activations, settings.augment, torch.device("cpu"))
        around = getattr(self.loss, "around", None)
        self.source: BatchSource = source if around is None else around(source)

    def parts(self, seed: int) -> dict[str, Cases]:
        """Validation and test cases of the network of a seed."""
        if self.idea.teachers:
            assert isinstance(self.loss, Distilled)
            self.loss.teach(self._taught_apart(seed) if self.idea.apart else self._taught_together(seed))
        model = self._trained(seed, self.task.training)
        return {part: self.fold.cases(part, model, self.source) for part in ("validation", "test")}

    def _taught_together(self, seed: int) -> Tensor:
        """(N, K) mean probabilities of all teachers for all images."""
        teachers = [self._teacher(seed, number, self.task.training) for number in range(self.idea.teachers)]
        return torch.stack([self._probabilities(teacher, np.arange(self._images)) for teacher in teachers]).mean(0)

    def _taught_apart(self, seed: int) -> Tensor:
        """(N, K) probabilities for training images, each from the teacher that did not see its group."""
        training, found = self.task.training, torch.zeros(self._images, self.task.matrix.number_of_classes)
        parts = GroupKFold(self.idea.teachers, shuffle=True, random_state=seed)
        for number, (seen, taught) in enumerate(parts.split(training, groups=self.fold.groups[training])):
            teacher = self._teacher(seed, number, training[seen])
            found[training[taught]] = self._probabilities(teacher, training[taught])
        return found

    @property
    def _images(self) -> int:
        return len(self.task.targets)

    def _teacher(self, seed: int, number: int, training: np.ndarray) -> nn.Module:
        return self._trained(1000 + 10 * seed + number, training)

    @torch.inference_mode()
    def _probabilities(self, model: nn.Module, rows: np.ndarray) -> Tensor:
        """(len(rows), K), the mean over all cached views."""
        model.eval()
        return torch.cat(
            [
                torch.stack(
                    [model(torch.from_numpy(view[some]).float()).softmax(1) for view in self.fold.activations]
                ).mean(0)
                for some in np.array_split(rows, -(-len(rows) // 256))
            ]
        )

    def _trained(self, seed: int, training: np.ndarray) -> nn.Module:
        """A network of `training` images, from the seed on."""
        task, matrix, stages = replace(self.task, training=training, seed=seed), self.task.matrix, self._stages
        counts = torch.from_numpy(np.bincount(task.targets[training], minlength=matrix.number_of_classes)).float()
        shares = (torch.ones(len(counts)) if self.settings.sampler == "class_balanced" else counts).clamp(min=1e-6)
        shares = shares / shares.sum()
        torch.manual_seed(seed)
        if stages:
            model: Any = network.build(ModelSettings(size=SIZE), stages, len(counts), seed).trained
        else:
            critical = torch.from_numpy(matrix.critical_classes.copy())
            model = self.idea.head(self.fold.activations.shape[-1], len(counts), critical)
            model.fit(torch.from_numpy(self.fold.activations[0, training]).float())
        start_at_prior(model, shares)
        if hasattr(model, "start"):
            model.start(shares)
        with tempfile.TemporaryDirectory() as folder:
            return fit(
                model,
                self.source,
                task,
                self.loss,
                self.settings,
                Path(folder) / "checkpoint.pt",
                Callbacks(lambda values: None),
                accelerator_for("cpu"),
            )

    @property
    def _stages(self) -> int:
        return self.settings.trained_stages or 0
