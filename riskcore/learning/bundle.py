"""The bundle: what a run leaves for use. Weights as safetensors and one JSON with everything else.

``bundle.json`` (classes, matrix, preprocessing, calibration, dial, provenance), ``trained.safetensors`` (the part that
was trained) and, where the front was frozen, ``front.safetensors``. Nothing in a bundle is executable.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.files import write_atomic, write_json
from riskcore.formats import RESEARCH_USE
from riskcore.readers import read_json
from riskcore.severity import SeverityMatrix

if TYPE_CHECKING:
    from torch import nn

    from riskcore.learning.backbones import Preprocessing

FORMAT = 1
DESCRIPTION, TRAINED, FRONT = "bundle.json", "trained.safetensors", "front.safetensors"


@dataclass(frozen=True)
class Bundle:
    """The content of ``bundle.json``.

    Attributes:
        classes: class names in the order of the logits.
        matrix: severity matrix in the same order.
        model: timm name of the backbone.
        stages: None when the whole network was trained, 0 the head alone, N the last N stages.
        preprocessing: image size, mean, deviation, interpolation.
        calibration: fitted on validation.
        dial: chosen on validation for the run's wish; aversion 0 where none could be chosen.
        provenance: run, data set and its hash, weights, versions.
        hidden: width of the hidden layer on a frozen backbone, 0 where there is none.
        members: networks in it, which are averaged.
        absent: critical classes of which validation held no case: the dial was chosen without them.
        note: why no dial could be chosen; None where one was.
    """

    classes: tuple[str, ...]
    matrix: SeverityMatrix
    model: str
    stages: int | None
    preprocessing: dict[str, Any]
    calibration: Calibration
    dial: Dial
    provenance: dict[str, Any]
    hidden: int = 0
    members: int = 1
    absent: tuple[str, ...] = ()
    note: str | None = None

    def save(self, folder: Path) -> None:
        """Write ``bundle.json``; last, so that a bundle with a description is complete."""
        write_json(
            folder / DESCRIPTION,
            {
                "format": FORMAT,
                "notice": RESEARCH_USE,
                "classes": list(self.classes),
                "matrix": self.matrix.to_dict(),
                "model": self.model,
                "hidden": self.hidden,
                "members": self.members,
                "stages": self.stages,
                "preprocessing": self.preprocessing,
                "calibration": {
                    "temperature": self.calibration.temperature,
                    "bias": self.calibration.bias.tolist(),
                },
                "dial": {"rule": self.dial.rule, "aversion": self.dial.aversion},
                "absent": list(self.absent),
                "note": self.note,
                "provenance": self.provenance,
            },
        )

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read ``bundle.json``; InputError when the folder holds no complete bundle of this format."""
        path = folder / DESCRIPTION
        if not path.is_file():
            raise InputError(f"{folder}: holds no {DESCRIPTION}; give the bundle folder of a finished run.")
        content = read_json(path)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise InputError(f"{path}: not of the format that this version of riskcore reads ({FORMAT}).")
        try:
            classes = tuple(content["classes"])
            calibration = content["calibration"]
            bias = np.asarray(calibration["bias"], dtype=float).reshape(len(classes))
            return cls(
                classes=classes,
                matrix=SeverityMatrix.from_dict(content["matrix"]).reordered(classes),
                model=content["model"],
                hidden=content.get("hidden", 0),
                members=content.get("members", 1),
                stages=content["stages"],
                preprocessing=content["preprocessing"],
                calibration=Calibration(calibration["temperature"], bias),
                dial=Dial(content["dial"]["rule"], content["dial"]["aversion"]),
                absent=tuple(content.get("absent", ())),
                note=content.get("note"),
                provenance=content["provenance"],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else f"is damaged ({' '.join(str(error).split())})"
            raise InputError(f"{path}: {reason}; copy the bundle anew from its run.") from error


def save_weights(path: Path, module: "nn.Module") -> None:
    """Write a module's tensors as safetensors, atomically."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    write_atomic(path, save(tensors))


def load_weights(path: Path, module: "nn.Module") -> None:
    """Fill a module from safetensors; InputError when file and module do not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        module.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path}: cannot be loaded into the network ({reason}); copy the bundle anew from its run."
        ) from error


def link_front(source: Path, folder: Path) -> None:
    """Put shared front weights into a bundle: a hard link where the file system can, so a copy costs nothing."""
    target = folder / FRONT
    folder.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return
    with suppress(OSError):
        os.link(source, target)
        return
    write_atomic(target, source.read_bytes())


def describe(preprocessing: "Preprocessing") -> dict[str, Any]:
    """Preprocessing as JSON."""
    return asdict(preprocessing)


def described(content: dict[str, Any]) -> "Preprocessing":
    """The preprocessing that `describe` wrote; TypeError or KeyError when it is incomplete."""
    from riskcore.learning.backbones import Preprocessing

    return Preprocessing(**{**content, "mean": tuple(content["mean"]), "std": tuple(content["std"])})
