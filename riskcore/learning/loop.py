"""The training loop: plain PyTorch on accelerate, a checkpoint each epoch, exact resume.

Randomness is a function of (seed, epoch, step). A run that is stopped inside an epoch replays it from the last
checkpoint, so with the same number of threads a resumed run on CPU ends like an uninterrupted one.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from riskcore.config import NO_CUDA, TrainSettings
from riskcore.data.batches import epoch_batches, stream_seed
from riskcore.errors import InputError, RunError
from riskcore.learning.checkpoints import State
from riskcore.learning.network import network_seed, networks_of
from riskcore.learning.rates import learning_rate_at, parameter_groups
from riskcore.metrics import critical_auroc, outcomes
from riskcore.severity import SeverityMatrix

REPORT_EVERY = 2.0  # seconds between progress reports inside an epoch
CHECKPOINT_EVERY = 1.0  # seconds: heads on cached features have epochs of milliseconds, and replay them as fast
EVALUATION_BATCH = 256


class TrainingStopped(Exception):
    """The user asked the run to stop; everything needed to resume is on disk."""


class BatchSource(Protocol):
    """Where batches come from: decoded images or cached activations."""

    def training_batch(self, rows: NDArray[np.int64], seed: int) -> Tensor: ...

    def clean_batches(self, rows: NDArray[np.int64], batch_size: int) -> Iterator[tuple[Tensor, Tensor]]: ...


@dataclass(frozen=True)
class Task:
    """What is learned.

    Attributes:
        targets: (N,) classes of all rows.
        training, validation: rows.
        matrix: of severities, in the order of the classes.
        seed: of all randomness in training.
        teachings: (N, K) float32, what teachers say of the training rows, as probabilities; None without teachers.
    """

    targets: NDArray[np.int64]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    matrix: SeverityMatrix
    seed: int
    teachings: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Callbacks:
    """How the loop talks to its surroundings.

    Attributes:
        report: receives one dict every few seconds (kind "step", or "phase" in a long validation) and at each
            epoch's end (kind "epoch").
        should_stop: asked at each step.
        begins: told how many epochs a checkpoint brings along (0 at a fresh start); what was reported of later ones
            will be reported again.
    """

    report: Callable[[dict[str, Any]], None]
    should_stop: Callable[[], bool] = lambda: False
    begins: Callable[[int], None] = lambda epochs: None


def accelerator_for(device: str) -> Accelerator:
    """An accelerator on "cpu", "cuda" or "auto".

    Raises:
        InputError: CUDA was asked for and there is none.
    """
    cuda = torch.cuda.is_available()
    if device == "cuda" and not cuda:
        raise InputError(NO_CUDA)
    return Accelerator(cpu=device == "cpu" or not cuda)


def fit(
    model: nn.Module,
    source: BatchSource,
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
        checkpoint: continued from when it exists, replaced after each epoch (once a second when epochs are shorter).

    Raises:
        TrainingStopped: `callbacks.should_stop` said so.
        InputError: too few training images, or a monitored measure that validation cannot give.
        RunError: loss or logits became non-finite.
    """
    model = model.to(accelerator.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = None
    if settings.ema:
        averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.ema), use_buffers=True)
    optimizer = torch.optim.AdamW(
        parameter_groups(model, settings.weight_decay, settings.layer_decay, settings.trained_stages),
        lr=settings.learning_rate,
        fused=accelerator.device.type == "cuda",
    )
    state = State(model, averaged, optimizer, loss.to(accelerator.device))
    state.restore(checkpoint)
    callbacks.begins(state.epochs)
    wrapped, state.optimizer = accelerator.prepare(model, optimizer)
    labels = task.targets[task.training]
    saved = time.monotonic()
    while state.epochs < settings.epochs and not _patience_is_over(state, settings):
        epoch = state.epochs
        began = time.monotonic()
        # of each step one batch for each network that is trained side by side
        batches = list(
            zip(
                *(
                    epoch_batches(
                        labels,
                        settings.batch_size,
                        seed=network_seed(task.seed, member),
                        epoch=epoch,
                        sampler=settings.sampler,
                        processes=accelerator.num_processes,
                    )
                    for member in range(len(networks_of(model)))
                ),
                strict=True,
            )
        )
        losses = _train_epoch(wrapped, state, source, task, settings, batches, callbacks, accelerator)
        seconds = time.monotonic() - began
        measures = _validate(state, source, task, settings, callbacks, accelerator)
        if settings.patience:
            state.best.consider(epoch, measures[settings.monitor], settings.monitor, state.current)
        state.epochs += 1
        if accelerator.is_main_process:
            callbacks.report(
                {
                    "kind": "epoch",
                    "epoch": state.epochs,
                    "epochs": settings.epochs,
                    "train_loss": float(np.mean(losses)),
                    "images_per_second": len(labels) / seconds,
                    "learning_rate": max(group["lr"] for group in optimizer.param_groups),
                    **{f"validation_{name}": value for name, value in measures.items()},
                    **_gpu_memory(accelerator),
                }
            )
            if time.monotonic() - saved >= CHECKPOINT_EVERY:
                state.save(checkpoint)
                saved = time.monotonic()
    if settings.patience:
        state.current.load_state_dict(state.best.weights)
    accelerator.free_memory()  # it would keep this network when another is trained after it
    return state.current


def _patience_is_over(state: State, settings: TrainSettings) -> bool:
    return settings.patience > 0 and state.epochs > 0 and state.epochs - state.best.epoch > settings.patience


def _train_epoch(
    model: nn.Module,
    state: State,
    source: BatchSource,
    task: Task,
    settings: TrainSettings,
    batches: Sequence[tuple[NDArray[np.int64], ...]],
    callbacks: Callbacks,
    accelerator: Accelerator,
) -> list[float]:
    """One pass; `model` is `state.model` as accelerate wrapped it. Returns the loss of each step."""
    model.train()
    state.loss.train()
    # bfloat16 needs no loss scaling. Not accelerate's own mixed precision: it would also reach evaluation, and the
    # stored logits are to be those that the bundle gives anywhere.
    kind = accelerator.device.type
    half = kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    epoch, finished, pending = state.epochs, list[float](), list[Tensor]()
    reported, began, seen = time.monotonic(), time.monotonic(), 0
    members = networks_of(state.model)
    for step, each in enumerate(batches):
        if _anywhere(callbacks.should_stop(), accelerator):
            raise TrainingStopped
        seed = stream_seed(task.seed, epoch, step)
        torch.manual_seed(seed)  # dropout and stochastic depth
        share = slice(accelerator.process_index, None, accelerator.num_processes)
        own = [batch[share] for batch in each]  # a member's each
        rows = task.training[np.concatenate(own)]
        inputs = source.training_batch(rows, seed)
        targets = torch.from_numpy(task.targets[rows]).to(accelerator.device)
        teachings = None if task.teachings is None else torch.from_numpy(task.teachings[rows]).to(accelerator.device)
        rate = learning_rate_at(
            epoch * len(batches) + step, settings.epochs * len(batches), settings.warmup, settings.learning_rate
        )
        for group in state.optimizer.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)  # checkpoints from before there were scales have none
        with torch.autocast(kind, torch.bfloat16, enabled=half):
            logits = model(inputs)
        values = _values(state.loss, logits, targets, teachings, [len(batch) for batch in own])
        state.optimizer.zero_grad(set_to_none=True)
        accelerator.backward(values.sum())  # not the mean: each is to learn as if it were alone
        for member in members:
            accelerator.clip_grad_norm_(member.parameters(), settings.clip)
        state.optimizer.step()
        if state.averaged is not None:
            state.averaged.update_parameters(state.model)
        pending.append(values.mean().detach())
        seen += len(each[0])
        now = time.monotonic()
        last = step == len(batches) - 1
        if last or now - reported >= REPORT_EVERY:
            finished += _checked(pending, epoch, len(finished), settings)
            pending = []
            if not last and accelerator.is_main_process:
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


def _values(loss: nn.Module, logits: Tensor, targets: Tensor, teachings: Tensor | None, sizes: list[int]) -> Tensor:
    """(members,) the loss of each member on its own part of the batch.

    With teachers half of it is the cross-entropy against what they say (Hinton, Vinyals, Dean, Distilling the
    knowledge in a neural network, 2015).
    """
    values = torch.stack([loss(*part) for part in zip(logits.split(sizes), targets.split(sizes), strict=True)])
    if teachings is None:
        return values
    parts = zip(logits.float().split(sizes), teachings.split(sizes), strict=True)
    return (values + torch.stack([F.cross_entropy(*part) for part in parts])) / 2


def _anywhere(flag: bool, accelerator: Accelerator) -> bool:
    """Whether the flag is up in any process, so that all stop at the same step."""
    if accelerator.num_processes == 1:
        return flag
    flags: Tensor = accelerator.reduce(torch.tensor(float(flag), device=accelerator.device), "sum")
    return bool(flags > 0)


def _checked(pending: list[Tensor], epoch: int, before: int, settings: TrainSettings) -> list[float]:
    """The losses as numbers; asking only now and then keeps a GPU from waiting at each step."""
    values = torch.stack(pending).float().cpu().tolist()
    for offset, value in enumerate(values):
        if not math.isfinite(value):
            raise _diverged(f"The loss became {value} at epoch {epoch + 1}, step {before + offset + 1}", settings)
    return values


def _diverged(what: str, settings: TrainSettings) -> RunError:
    return RunError(
        f"{what}. Likely causes: a learning rate that is too high (now {settings.learning_rate:g}) or too strong a "
        "loss; lower train.learning_rate or loss.strength and start again."
    )


def _validate(
    state: State,
    source: BatchSource,
    task: Task,
    settings: TrainSettings,
    callbacks: Callbacks,
    accelerator: Accelerator,
) -> dict[str, float]:
    """Validation measures of the current network: computed by the first process, the same in all."""
    shared: list[dict[str, float] | None] = [None]
    if accelerator.is_main_process:
        began = time.monotonic()

        def watch(done: int, total: int) -> None:
            if accelerator.num_processes == 1 and callbacks.should_stop():  # several stop together, at a step
                raise TrainingStopped
            if time.monotonic() - began >= REPORT_EVERY:
                callbacks.report({"kind": "phase", "phase": "validation", "done": done, "total": total})

        logits = predict_logits(state.current, source, task.validation, mirrored=False, progress=watch)
        if np.isfinite(logits).all():
            shared = [validation_measures(logits, task)]
    measures = broadcast_object_list(shared)[0]
    if measures is None:
        raise _diverged(f"The network's output became non-finite in epoch {state.epochs + 1}", settings)
    return measures


def predict_logits(
    model: nn.Module,
    source: BatchSource,
    rows: NDArray[np.int64],
    *,
    mirrored: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float64]:
    """Logits (len(rows), K) float64 of `model` in evaluation mode, averaged over image and mirror image if asked."""
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    parts: list[NDArray[np.float64]] = []
    with torch.inference_mode():
        for clean, mirror in source.clean_batches(rows, EVALUATION_BATCH):
            logits = model(clean.to(device)).double()
            if mirrored:
                logits = (logits + model(mirror.to(device)).double()) / 2
            parts.append(logits.cpu().numpy())
            progress(sum(map(len, parts)), len(rows))
    model.train(training)
    return np.concatenate(parts)


def validation_measures(logits: NDArray[np.float64], task: Task) -> dict[str, float]:
    """What a training curve shows: argmax measures and plain cross-entropy on validation; nan where no case counts."""
    truth = task.targets[task.validation]
    case = outcomes(truth, logits.argmax(1), task.matrix)
    recalls = [float(case.correct[truth == label].mean()) for label in np.unique(truth)]
    measures = {
        "loss": float(F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(truth))),
        "accuracy": float(case.correct.mean()),
        "balanced_accuracy": float(np.mean(recalls)),
        "cer": float(case.critical.mean()) if case.critical_class.any() else math.nan,
        "expected_severity": float(case.severity.mean()),
    }
    probabilities = torch.from_numpy(logits).softmax(1).numpy()
    measures["critical_auroc"] = critical_auroc(truth, probabilities, task.matrix)
    return measures


def _gpu_memory(accelerator: Accelerator) -> dict[str, float]:
    if accelerator.device.type != "cuda":
        return {}
    return {"gpu_memory_bytes": float(torch.cuda.max_memory_allocated(accelerator.device))}
