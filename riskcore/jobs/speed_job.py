"""Time a few real batches; `riskcore.jobs.speed.start_measuring` has it done in a process of its own."""

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from riskcore.config import RunConfig
from riskcore.data.cache import decoded
from riskcore.data.prepare import divide, select
from riskcore.data.registry import load_dataset
from riskcore.errors import RunError
from riskcore.jobs.speed import Speed, keep_speed, kept_speed, speed_key, wanted_configs
from riskcore.jobs.submit import Plan
from riskcore.learning import network
from riskcore.learning.features import BATCH, ActivationSource, ImageSource
from riskcore.learning.loop import BatchSource, Callbacks, Task, accelerator_for, fit, predict_logits
from riskcore.learning.network import Network, as_stored
from riskcore.learning.trainer import loss_of
from riskcore.progress import OnProgress
from riskcore.severity.store import load_matrix
from riskcore.workspace import Workspace

SAMPLE = 3 * BATCH
"""Images that are decoded and looked at."""

STEPS = 3
"""Training steps in each of two epochs; the second is timed."""


def measure_wanted(workspace: Workspace, name: str, importing: float, progress: OnProgress) -> None:
    """Measure what a job was asked for, and keep each figure as it is found.

    Args:
        workspace: where data sets and matrices are, and where the figures are kept.
        name: of the job, see `riskcore.jobs.speed.measuring_name`.
        importing: seconds that imports took, which every run pays for as well.
        progress: told before each config.

    Raises:
        InputError: as `measure`. RunError: the GPU's memory is full, or something cannot be written.
    """
    _measure_all(workspace, wanted_configs(workspace, name), importing, progress)


def _measure_all(workspace: Workspace, wanted: Sequence[RunConfig], importing: float, progress: OnProgress) -> None:
    for done, config in enumerate(wanted):
        progress(done, len(wanted), "timing a few batches")
        try:
            keep_speed(workspace, config, measure(workspace, config, importing))
        except torch.OutOfMemoryError as error:
            raise RunError("The GPU's memory is full; choose a smaller batch size or image side.") from error


def measure_unknown(workspace: Workspace, plans: Sequence[Plan], progress: OnProgress) -> None:
    """Measure, and keep, what is not known yet of the speed of these runs: once a data set, backbone and training.

    Raises:
        As `measure_wanted`.
    """
    wanted: dict[str, RunConfig] = {}
    for plan in plans:
        if kept_speed(workspace, plan.config) is None:
            wanted.setdefault(speed_key(plan.config), plan.config)
    _measure_all(workspace, list(wanted.values()), 0.0, progress)


def measure(workspace: Workspace, config: RunConfig, importing: float = 0.0) -> Speed:
    """Decode some images, run them through the network, and train for a few steps as a run would.

    Args:
        workspace: where data set and matrix are; nothing is written into it.
        config: of the run.
        importing: seconds that imports took.

    Raises:
        InputError: unknown data set, backbone or weights, or a matrix that does not fit.
    """
    began = time.monotonic()
    manifest, matrix = select(
        load_dataset(workspace, config.data.name), config.data, load_matrix(workspace, config.matrix)
    )
    torch.set_num_threads(config.train.threads or os.cpu_count() or 1)
    accelerator = accelerator_for(config.train.device)
    built = network.build(config.model, config.train.trained_stages, len(manifest.classes), config.seed)
    start = importing + time.monotonic() - began

    training = np.flatnonzero(divide(manifest, config.data, config.fold) == "train")
    chosen = np.sort(np.random.default_rng(0).permutation(training)[:SAMPLE])
    samples = manifest.table["sample"].iloc[chosen].tolist()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        images = np.array(decoded(manifest, samples, config.model.size, Path(folder)))
        decoding = len(samples) / (time.monotonic() - began)

        source: BatchSource = ImageSource(images, built.preprocessing, config.train.augment, accelerator.device)
        features, model = None, built.trained
        if built.front is not None:
            features, activations = _front(built, source, len(samples), accelerator.device)
            source = ActivationSource(np.stack([activations, activations]), config.train.augment, accelerator.device)
        rows = np.arange(len(samples))
        task = Task(manifest.targets[chosen], np.resize(rows, STEPS * config.train.batch_size), rows, matrix, 0)
        speed = _training_speed(model, source, task, config, Path(folder) / "checkpoint.pt")
    began = time.monotonic()
    predict_logits(model, source, rows, mirrored=False)
    return Speed(start, decoding, features, speed, len(rows) / (time.monotonic() - began))


def _front(built: Network, source: BatchSource, images: int, device: torch.device) -> tuple[float, NDArray[np.float16]]:
    """Images a second through the frozen front, and what it gives; the first batch only warms up."""
    assert built.front is not None
    front: nn.Module = built.front.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    stored: list[NDArray[np.float16]] = []
    with torch.inference_mode():
        front(source.training_batch(np.arange(min(images, BATCH)), 0))
        began = time.monotonic()
        for batch in range(0, images, BATCH):
            rows = np.arange(batch, min(images, batch + BATCH))
            stored.append(as_stored(front(source.training_batch(rows, batch))).cpu().numpy())
    return images / (time.monotonic() - began), np.concatenate(stored)


def _training_speed(model: nn.Module, source: BatchSource, task: Task, config: RunConfig, checkpoint: Path) -> float:
    """Images a second that the training loop itself reports of its second epoch."""
    reported: list[float] = []

    def report(values: dict[str, float]) -> None:
        if values["kind"] == "epoch":
            reported.append(values["images_per_second"])

    settings = config.train.model_copy(update={"epochs": 2, "patience": 0})
    counts = np.bincount(task.targets, minlength=len(task.matrix.classes))
    loss = loss_of(config.loss, task.matrix, np.maximum(counts, 1))
    fit(model, source, task, loss, settings, checkpoint, Callbacks(report), accelerator_for(config.train.device))
    return reported[-1]
