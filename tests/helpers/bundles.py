"""A small bundle that judges, and ways to damage it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from riskcore.config import ModelSettings
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.learning import network
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.bundle import Bundle, describe, save_weights
from riskcore.severity import SeverityMatrix

WEIGHTS = ("trained.safetensors", "front.safetensors")
PREPARED = Preprocessing(32, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bicubic")
BUNDLE = Bundle(
    classes=("b", "a", "c"),
    matrix=SeverityMatrix(["b", "a", "c"], [[0, 1, 2], [3, 0, 4], [10, 6, 0]], critical=10),
    model="test_efficientnet",
    stages=0,
    preprocessing=describe(PREPARED),
    calibration=Calibration(1.25, np.array([0.5, -0.25, 0.1])),
    dial=Dial("critical", 0.75),
    provenance={"run": "r", "seed": 3, "synthetic": False},
)


def write_bundle(folder: Path, bundle: Bundle = BUNDLE, change: Callable[[nn.Module], None] | None = None) -> Path:
    """A bundle of three classes with an untrained network; `change` is done to what would be trained."""
    built = network.build(ModelSettings(name="test_efficientnet", weights="none", size=32), 0, 3)
    assert built.front is not None
    if change is not None:
        with torch.no_grad():
            change(built.trained)
    save_weights(folder / "trained.safetensors", built.trained)
    save_weights(folder / "front.safetensors", built.front)
    bundle.save(folder)
    return folder


def overflow(trained: Any) -> None:
    """Finite weights that give no finite logits."""
    trained.mean.fill_(-1e38)
    trained.deviation.fill_(1e-38)
    trained.linear.weight[:, ::2] = 1.0
    trained.linear.weight[:, 1::2] = -1.0


def description(folder: Path) -> dict[str, Any]:
    """The content of its JSON."""
    content: dict[str, Any] = json.loads((folder / "bundle.json").read_text())
    return content


def write_description(folder: Path, content: Any) -> None:
    """Other content, as it is: no checksum is made for it."""
    (folder / "bundle.json").write_text(json.dumps(content))


def strip(folder: Path) -> None:
    """Make it what bundles were before they carried checksums."""
    content = description(folder)
    del content["files"], content["seal"]
    write_description(folder, content | {"format": 1})


def flip(file: Path, place: int, bit: int) -> None:
    """Flip one bit of a file."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1 << bit
    file.write_bytes(content)
