"""What trains the networks of one run, the final one and its teachers alike: the same images, settings and loss."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import nn

from riskcore.config import LossSettings, RunConfig
from riskcore.learning import backbones, network
from riskcore.learning.features import ActivationKey, ActivationSource, ImageSource, cached_activations
from riskcore.learning.loop import BatchSource, Callbacks, Task, accelerator_for, fit
from riskcore.learning.losses import build_loss
from riskcore.learning.network import StandardisedHead, start_at_prior
from riskcore.progress import OnProgress
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace


def loss_of(settings: LossSettings, matrix: SeverityMatrix, class_counts: NDArray[np.int64]) -> nn.Module:
    """The loss of a run's settings; `class_counts`: (K,) training images a class."""
    return build_loss(
        settings.form,
        matrix,
        strength=settings.strength,
        confusion=settings.confusion,
        base=settings.base,
        gamma=settings.gamma,
        class_counts=class_counts,
    )


@dataclass(frozen=True)
class Trainer:
    """Trains networks on the images of a run.

    Attributes:
        config: settings of the run; its seed and its members are those of the final network.
        source: where batches come from.
        activations: (views, N, ...) float16 of the frozen part; None when everything is trained.
        front_file: weights of the frozen part; None when everything is trained.
        preprocessing: how images are prepared for the network.
        accelerator: the device.
    """

    config: RunConfig
    source: BatchSource
    activations: NDArray[np.float16] | None
    front_file: Path | None
    preprocessing: backbones.Preprocessing
    accelerator: Accelerator

    @classmethod
    def of(
        cls,
        config: RunConfig,
        workspace: Workspace,
        images: np.memmap,
        number_of_classes: int,
        progress: OnProgress,
    ) -> "Trainer":
        """With decoded `images`, and what the frozen part of the network makes of them.

        Raises:
            InputError: CUDA was asked for and there is none, an unknown backbone, or weights that cannot be had.
        """
        accelerator = accelerator_for(config.train.device)
        device, level, stages = accelerator.device, config.train.augment, config.train.trained_stages
        if stages is None:
            name, weights, size = config.model.name, config.model.weights, config.model.size
            preprocessing = backbones.preprocessing(name, weights, size)
            return cls(
                config, ImageSource(images, preprocessing, level, device), None, None, preprocessing, accelerator
            )
        key = ActivationKey(
            images=Path(str(images.filename)).stem,
            weights=backbones.weights_id(config.model.name, config.model.weights, config.seed),
            size=config.model.size,
            stages=stages,
            views=config.train.views,
            level=level,
        )

        def build() -> network.Network:
            return network.build(config.model, stages, number_of_classes, config.seed)

        found = cached_activations(key, workspace.cache / "activations", build, images, device, progress)
        source = ActivationSource(found.values, level, device)
        return cls(config, source, found.values, found.front_file, found.preprocessing, accelerator)

    def train(self, task: Task, members: int, checkpoint: Path, callbacks: Callbacks) -> nn.Module:
        """A network of `members` that learns from the training rows of `task`, with its seed; raises as `fit` does."""
        loss, classes = self.config.loss, task.matrix.number_of_classes
        counts = np.bincount(task.targets[task.training], minlength=classes)
        model = self._untrained(task, members)
        balanced = self.config.train.sampler == "class_balanced" or loss.form == "class_weighted_ce"
        # A teacher may be without a rare class; for it that counts as one image.
        met = torch.ones(classes) if balanced else torch.from_numpy(counts).float().clamp(min=1)
        start_at_prior(model, met / met.sum())
        criterion = loss_of(loss, task.matrix, counts)
        return fit(model, self.source, task, criterion, self.config.train, checkpoint, callbacks, self.accelerator)

    def _untrained(self, task: Task, members: int) -> nn.Module:
        settings = self.config.model.model_copy(update={"members": members})
        stages, classes = self.config.train.trained_stages, task.matrix.number_of_classes
        if stages != 0:
            return network.build(settings, stages, classes, task.seed).trained
        assert self.activations is not None
        heads = network.heads(self.activations.shape[-1], classes, settings, task.seed)
        features = torch.from_numpy(self.activations[0, task.training]).float()
        for head in network.networks_of(heads):
            assert isinstance(head, StandardisedHead)
            head.fit(features)
        return heads
