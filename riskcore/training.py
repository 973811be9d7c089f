"""The training loop: plain PyTorch on accelerate, a checkpoint each epoch, exact resume.

Randomness is a function of (seed, epoch, step). A run that is stopped inside an epoch replays that epoch from its
last checkpoint, so with the same number of threads a resumed run on CPU ends like an uninterrupted one.
"""

import io
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from riskcore.config import TrainSettings
from riskcore.data.batches import epoch_batches, stream_seed
from riskcore.errors import RunError
from riskcore.metrics import critical_auroc, outcomes
from riskcore.severity import SeverityMatrix
from riskcore.workspace import write_atomic

LOWER_IS_BETTER = {
    "loss": True,
    "accuracy": False,
    "balanced_accuracy": False,
    "cer": True,
    "expected_severity": True,
    "critical_auroc": False,
}
REPORT_EVERY = 2.0  # seconds between progress reports inside an epoch
EVALUATION_BATCH = 256


class Stopped(Exception):
    """The user asked the run to stop; everything needed to resume is on disk."""


class Source(Protocol):
    """Where batches come from: decoded images or cached activations."""

    def training_batch(self, rows: NDArray[np.int64], seed: int) -> Tensor: ...

    def clean_batches(self, rows: NDArray[np.int64], batch_size: int) -> Iterator[tuple[Tensor, Tensor]]: ...


@dataclass(frozen=True)
class Task:
    """What is learned: targets (N,) int64 of all rows, the rows of training and validation, and the matrix."""

    targets: NDArray[np.int64]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    matrix: SeverityMatrix
    seed: int


@dataclass(frozen=True)
class Callbacks:
    """How the loop talks to its surroundings.

    `report` receives one dict every few seconds (kind "step") and at each epoch's end (kind "epoch");
    `should_stop` is asked at each step.
    """

    report: Callable[[dict[str, Any]], None]
    should_stop: Callable[[], bool] = lambda: False


@dataclass
class _Best:
    """The best epoch so far by the monitored measure, kept only while early stopping is on."""

    score: float = math.inf
    epoch: int = -1
    state: dict[str, Tensor] = field(default_factory=dict)


def accelerator_for(device: str) -> Accelerator:
    """An accelerator on "cpu", "cuda" or "auto"; bf16 on CUDA.

    Raises:
        RunError: CUDA was asked for and there is none.
    """
    cuda = torch.cuda.is_available()
    if device == "cuda" and not cuda:
        raise RunError("train.device=cuda, but this machine offers no CUDA device; use train.device=cpu or auto.")
    if device == "cpu" or not cuda:
        return Accelerator(cpu=True)
    return Accelerator(mixed_precision="bf16")


def learning_rate_at(step: int, total: int, warmup: float, peak: float) -> float:
    """Linear warm-up over a share of the steps, then half a cosine down to 0.

    Example:
        >>> [round(learning_rate_at(step, 10, 0.2, 1.0), 2) for step in (0, 1, 2, 6, 9)]
        [0.5, 1.0, 1.0, 0.5, 0.04]
    """
    rising = math.ceil(total * warmup)
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


def fit(
    model: nn.Module,
    source: Source,
    task: Task,
    loss: nn.Module,
    settings: TrainSettings,
    checkpoint: Path,
    callbacks: Callbacks,
    accelerator: Accelerator,
) -> nn.Module:
    """Train `model` in place and return the network to use (averaged, or of the best epoch, where asked for).

    Args:
        model: the part to train.
        source: gives its input batches.
        loss: maps logits (B, K) and targets (B,) to a scalar; its buffers are saved in checkpoints.
        checkpoint: continued from when it exists, replaced after each epoch.

    Raises:
        Stopped: `callbacks.should_stop` said so.
        RunError: the loss became non-finite.
    """
    model = model.to(accelerator.device, memory_format=torch.channels_last)
    loss = loss.to(accelerator.device)
    averaged = None
    if settings.ema:
        averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.ema), use_buffers=True)
    optimizer = torch.optim.AdamW(
        _parameter_groups(model, settings.weight_decay),
        lr=settings.learning_rate,
        fused=accelerator.device.type == "cuda",
    )
    best, first = _Best(), 0
    if checkpoint.exists():
        first = _restore(checkpoint, model, averaged, optimizer, loss, best)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    labels = task.targets[task.training]
    current = averaged.module if averaged is not None else model
    for epoch in range(first, settings.epochs):
        if settings.patience and epoch - best.epoch > settings.patience and best.epoch >= 0:
            break
        began = time.monotonic()
        batches = epoch_batches(
            labels, settings.batch_size, seed=task.seed, epoch=epoch, sampler=settings.sampler
        )
        losses = _train_epoch(
            wrapped, averaged, optimizer, loss, source, task, settings, batches, epoch, callbacks, accelerator
        )
        seconds = time.monotonic() - began
        measures = validation_measures(predict_logits(current, source, task.validation, mirrored=False), task)
        if settings.patience:
            _keep_best(best, epoch, measures[settings.monitor], settings.monitor, current)
        if accelerator.is_main_process:
            _save(checkpoint, model, averaged, optimizer, loss, best, epoch + 1)
            callbacks.report(
                {
                    "kind": "epoch",
                    "epoch": epoch + 1,
                    "epochs": settings.epochs,
                    "train_loss": float(np.mean(losses)),
                    "images_per_second": len(labels) / seconds,
                    "learning_rate": optimizer.param_groups[0]["lr"],
                    **{f"validation_{name}": value for name, value in measures.items()},
                    **_gpu_memory(accelerator),
                }
            )
    if settings.patience and best.state:
        current.load_state_dict(best.state)
    return current


def _train_epoch(
    model: nn.Module,
    averaged: AveragedModel | None,
    optimizer: torch.optim.Optimizer,
    loss: nn.Module,
    source: Source,
    task: Task,
    settings: TrainSettings,
    batches: list[NDArray[np.int64]],
    epoch: int,
    callbacks: Callbacks,
    accelerator: Accelerator,
) -> list[float]:
    model.train()
    loss.train()
    finished: list[float] = []
    pending: list[Tensor] = []
    reported, began, seen = time.monotonic(), time.monotonic(), 0
    for step, batch in enumerate(batches):
        if callbacks.should_stop():
            raise Stopped
        seed = stream_seed(task.seed, epoch, step)
        torch.manual_seed(seed)  # dropout and stochastic depth
        rows = task.training[batch[accelerator.process_index :: accelerator.num_processes]]
        inputs = source.training_batch(rows, seed)
        targets = torch.from_numpy(task.targets[rows]).to(accelerator.device)
        rate = learning_rate_at(
            epoch * len(batches) + step, settings.epochs * len(batches), settings.warmup, settings.learning_rate
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        with accelerator.autocast():
            logits = model(inputs)
        value = loss(logits, targets)
        optimizer.zero_grad(set_to_none=True)
        accelerator.backward(value)
        accelerator.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        if averaged is not None:
            averaged.update_parameters(accelerator.unwrap_model(model))
        pending.append(value.detach())
        seen += len(batch)
        now = time.monotonic()
        if now - reported >= REPORT_EVERY or step == len(batches) - 1:
            finished += _checked(pending, epoch, len(finished), settings)
            pending = []
            if step < len(batches) - 1 and accelerator.is_main_process:
                callbacks.report(
                    {
                        "kind": "step",
                        "epoch": epoch + 1,
                        "epochs": settings.epochs,
                        "progress": (epoch + (step + 1) / len(batches)) / settings.epochs,
                        "train_loss": finished[-1],
                        "images_per_second": seen / (now - began),
                    }
                )
            reported = now
    return finished


def _checked(pending: list[Tensor], epoch: int, before: int, settings: TrainSettings) -> list[float]:
    """The losses as numbers; asking only now and then keeps a GPU from waiting at each step."""
    values = torch.stack(pending).float().cpu().tolist()
    for offset, value in enumerate(values):
        if not math.isfinite(value):
            raise RunError(
                f"The loss became {value} at epoch {epoch + 1}, step {before + offset + 1}. Likely causes: a learning "
                f"rate that is too high (now {settings.learning_rate:g}) or too strong a loss; lower "
                "train.learning_rate or loss.strength and start again."
            )
    return values


def predict_logits(
    model: nn.Module, source: Source, rows: NDArray[np.int64], *, mirrored: bool = True
) -> NDArray[np.float64]:
    """Logits (len(rows), K) float64 of `model` in evaluation mode, averaged over image and mirror image if asked."""
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    parts = []
    with torch.inference_mode():
        for clean, mirror in source.clean_batches(rows, EVALUATION_BATCH):
            logits = model(clean.to(device)).double()
            if mirrored:
                logits = (logits + model(mirror.to(device)).double()) / 2
            parts.append(logits.cpu().numpy())
    model.train(training)
    return np.concatenate(parts)


def validation_measures(logits: NDArray[np.float64], task: Task) -> dict[str, float]:
    """What a training curve shows: argmax measures and plain cross-entropy on validation."""
    truth = task.targets[task.validation]
    case = outcomes(truth, logits.argmax(1), task.matrix)
    recalls = [float(case.correct[truth == label].mean()) for label in np.unique(truth)]
    measures = {
        "loss": float(F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(truth))),
        "accuracy": float(case.correct.mean()),
        "balanced_accuracy": float(np.mean(recalls)),
        "cer": float(case.critical.mean()),
        "expected_severity": float(case.severity.mean()),
    }
    probabilities = torch.from_numpy(logits).softmax(1).numpy()
    measures["critical_auroc"] = critical_auroc(truth, probabilities, task.matrix)
    return measures


def _parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Biases and normalisation scales are not decayed."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _keep_best(best: _Best, epoch: int, value: float, monitor: str, model: nn.Module) -> None:
    score = value if LOWER_IS_BETTER[monitor] else -value
    if score < best.score:
        best.score, best.epoch = score, epoch
        best.state = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


def _save(
    path: Path,
    model: nn.Module,
    averaged: AveragedModel | None,
    optimizer: torch.optim.Optimizer,
    loss: nn.Module,
    best: _Best,
    next_epoch: int,
) -> None:
    buffer = io.BytesIO()
    content = {
        "model": model.state_dict(),
        "averaged": None if averaged is None else averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "loss": loss.state_dict(),
        "best": vars(best),
        "next_epoch": next_epoch,
    }
    torch.save(content, buffer)
    write_atomic(path, buffer.getvalue())


def _restore(
    path: Path,
    model: nn.Module,
    averaged: AveragedModel | None,
    optimizer: torch.optim.Optimizer,
    loss: nn.Module,
    best: _Best,
) -> int:
    content = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(content["model"])
    if averaged is not None:
        averaged.load_state_dict(content["averaged"])
    optimizer.load_state_dict(content["optimizer"])
    loss.load_state_dict(content["loss"])
    vars(best).update(content["best"])
    return int(content["next_epoch"])


def _gpu_memory(accelerator: Accelerator) -> dict[str, float]:
    if accelerator.device.type != "cuda":
        return {}
    return {"gpu_memory_bytes": float(torch.cuda.max_memory_allocated(accelerator.device))}
