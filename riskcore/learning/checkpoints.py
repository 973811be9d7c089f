"""What changes in training, as a checkpoint keeps it: written in one step, with a checksum, without pickled objects."""

import io
import math
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from riskcore.errors import InputError
from riskcore.files import write_atomic

LOWER_IS_BETTER = {
    "loss": True,
    "accuracy": False,
    "balanced_accuracy": False,
    "cer": True,
    "expected_severity": True,
    "critical_auroc": False,
}
CHECKSUM_BYTES = 4  # at the head of the file


@dataclass
class Best:
    """The best epoch so far by the monitored measure, kept only while early stopping is on."""

    score: float = math.inf
    epoch: int = -1
    weights: dict[str, Tensor] = field(default_factory=dict)

    def consider(self, epoch: int, value: float, monitor: str, model: nn.Module) -> None:
        """Keep the epoch's weights if its value is better. InputError where the measure does not exist."""
        if math.isnan(value):
            raise InputError(
                f"train.monitor={monitor} cannot be measured: validation holds no cases of critical classes, or no "
                "others; choose another measure."
            )
        score = value if LOWER_IS_BETTER[monitor] else -value
        if score < self.score:
            self.score, self.epoch = score, epoch
            self.weights = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


@dataclass
class State:
    """What changes in training, and therefore what a checkpoint holds."""

    model: nn.Module
    averaged: AveragedModel | None
    optimizer: torch.optim.Optimizer
    loss: nn.Module
    best: Best = field(default_factory=Best)
    epochs: int = 0  # finished

    @property
    def current(self) -> nn.Module:
        """The network that is judged: the averaged one where there is one."""
        return self.model if self.averaged is None else self.averaged.module

    def save(self, path: Path) -> None:
        """Write the checkpoint. RunError when the disk is full."""
        content = {name: part.state_dict() for name, part in self._parts().items()}
        buffer = io.BytesIO()
        torch.save({**content, "best": vars(self.best), "epochs": self.epochs}, buffer)
        write_checked(path, buffer.getvalue())

    def restore(self, path: Path) -> None:
        """Take up the checkpoint, if there is one; a damaged one costs its epochs, which are trained again."""
        data = read_checked(path, "training starts again with the first epoch")
        if data is None:
            return
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        for name, part in self._parts().items():
            part.load_state_dict(content[name])
        self.best = Best(**content["best"])
        self.epochs = content["epochs"]

    def _parts(self) -> dict[str, Any]:
        parts = {"model": self.model, "averaged": self.averaged, "optimizer": self.optimizer, "loss": self.loss}
        return {name: part for name, part in parts.items() if part is not None}


def write_checked(path: Path, data: bytes) -> None:
    """Write a file in one step, with a checksum at its head. RunError when the disk is full."""
    write_atomic(path, _checksum(data) + data)


def read_checked(path: Path, otherwise: str) -> bytes | None:
    """What `write_checked` wrote.

    None where there is no file; also for a damaged one, and a note then says what happens `otherwise`. Without the
    checksum changed numbers would be taken for good ones.
    """
    if not path.exists():
        return None
    stored = path.read_bytes()
    checksum, data = stored[:CHECKSUM_BYTES], stored[CHECKSUM_BYTES:]
    if checksum != _checksum(data):
        print(f"Note: {path} is damaged; {otherwise}.", flush=True)
        return None
    return data


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(CHECKSUM_BYTES, "little")
