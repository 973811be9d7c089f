"""The bundle: what a run leaves for use. Weights as safetensors and one JSON with everything else.

``bundle.json`` (classes, matrix, preprocessing, calibration, dial, provenance), ``trained.safetensors`` (the part that
was trained), ``detector.safetensors`` (features of training images, which tell images that are unlike them) and, where
the front was frozen, ``front.safetensors``. Nothing in a bundle is executable.
"""

import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from riskcore.decision.calibration import Calibration
from riskcore.decision.certificate import AnswerRule
from riskcore.decision.dial import Dial
from riskcore.errors import InputError
from riskcore.files import write_atomic, write_json
from riskcore.formats import RESEARCH_USE
from riskcore.learning.checksums import identity, sha256
from riskcore.learning.description import ANEW, DETECTOR, FORMAT, FRONT, TRAINED, read_description, seal_of
from riskcore.learning.detector import Limit
from riskcore.learning.image_kind import ImageKind
from riskcore.severity import SeverityMatrix

if TYPE_CHECKING:
    from torch import Tensor, nn

    from riskcore.learning.backbones import Preprocessing

DESCRIPTION = "bundle.json"

T = TypeVar("T")


@dataclass(frozen=True)
class Bundle:
    """The content of ``bundle.json``.

    It also holds the SHA-256 of each weight file and one over itself, its seal. Both are checked wherever a bundle is
    read, so that damage is refused and never judges an image. They do not guard against someone who rewrites the
    whole bundle, checksums included.

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
        answer_rule: which cases the model may answer, as certified on groups kept for that; None where nothing was.
        limit: from which distance to the training images on an image is not judged; None in a bundle from before there
            were detectors.
        kind: what all its training images have in common; None there, too.
        checksums: weight file -> its SHA-256, as `load` found them; None where it found none, as in bundles from
            before there were checksums. `save` makes them anew.
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
    answer_rule: AnswerRule | None = None
    limit: Limit | None = None
    kind: ImageKind | None = None
    checksums: Mapping[str, str] | None = None

    @property
    def sealed(self) -> bool:
        """Whether it was read from a file with checksums; damage to one without would not be seen."""
        return self.checksums is not None

    def save(self, folder: Path) -> None:
        """Write ``bundle.json`` with the checksums of the weights that are there.

        It comes last, so that a bundle with a description is complete.
        """
        files = {}
        for name in (TRAINED, FRONT, DETECTOR):
            with suppress(FileNotFoundError), (folder / name).open("rb") as file:
                files[name] = sha256(file)
        content = {
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
            "files": files,
        }
        if self.answer_rule is not None:  # only then, so that other bundles are read by earlier versions, too
            content["answer_rule"] = asdict(self.answer_rule)
        if self.limit is not None and self.kind is not None:
            content |= {"limit": self.limit.as_dict(), "kind": self.kind.as_dict()}
        write_json(folder / DESCRIPTION, content | {"seal": seal_of(content)})

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read ``bundle.json``; the weights are read, and held against their checksums, by `Predictor.load`.

        Raises:
            InputError: the folder holds no complete bundle of a known format, or its description was damaged or
                changed.
        """
        path = folder / DESCRIPTION
        if not path.is_file():
            raise InputError(f"{folder}: holds no {DESCRIPTION}; give the bundle folder of a finished run.")
        content = read_description(path)
        classes, calibration, dial = tuple(content["classes"]), content["calibration"], content["dial"]
        try:
            return cls(
                classes=classes,
                matrix=SeverityMatrix.from_dict(content["matrix"]).reordered(classes),
                model=content["model"],
                hidden=content["hidden"],
                members=content["members"],
                stages=content["stages"],
                preprocessing=content["preprocessing"],
                calibration=Calibration(calibration["temperature"], np.array(calibration["bias"])),
                dial=Dial(dial["rule"], dial["aversion"]),
                absent=tuple(content["absent"]),
                note=content["note"],
                answer_rule=content["answer_rule"] and AnswerRule(**content["answer_rule"]),
                limit=content["limit"] and Limit(**content["limit"]),
                kind=content["kind"] and ImageKind.from_dict(content["kind"]),
                provenance=content["provenance"],
                checksums=content.get("files"),
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}: is damaged ({_one_line(error)}); {ANEW}") from error

    def checksum(self, name: str) -> str | None:
        """What a weight file's SHA-256 has to be, None in a bundle without checksums; InputError if it lacks that."""
        if self.checksums is None:
            return None
        if name not in self.checksums:
            raise InputError(f"{DESCRIPTION} holds no checksum of {name}; {ANEW}")
        return self.checksums[name]


def save_weights(path: Path, module: "nn.Module") -> None:
    """Write a module's tensors as safetensors, atomically."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    write_atomic(path, save(tensors))


def load_weights(path: Path, module: "nn.Module", checksum: str | None = None) -> None:
    """Fill a module from safetensors.

    Args:
        path: of the file.
        module: what it was saved from, or one like it.
        checksum: SHA-256 (hex) that the file must have; None: it has none to be held against.

    Raises:
        InputError: the file has another checksum, does not fit the module, or holds numbers that are not finite or
            that no training leaves, such as a negative variance.
    """
    read_tensors(path, lambda tensors: _fill(module, tensors), checksum)


def read_tensors(path: Path, use: "Callable[[dict[str, Tensor]], T]", checksum: str | None = None) -> T:
    """What is made of the tensors in a safetensors file.

    The file is hashed in blocks, then mapped into memory and copied tensor by tensor; if it is another one afterwards
    than the one that was hashed, it is refused, so that what was checked is what was loaded.

    Args:
        path: of the file. use: makes it; ValueError, TypeError or KeyError where it cannot.
        checksum: SHA-256 (hex) that the file must have; None: it has none to be held against.

    Raises:
        InputError: the file has another checksum, or nothing can be made of it.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        with path.open("rb") as file:
            before = identity(os.fstat(file.fileno()))
            if checksum is not None and sha256(file) != checksum:
                raise InputError(f"{path}: does not match its checksum, so it was damaged or changed; {ANEW}")
            made = use(load_file(path))
            if identity(path.stat()) != before:
                raise InputError(f"{path}: was changed while it was read; try again.")
            return made
    except InputError:
        raise
    except (OSError, SafetensorError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: cannot be loaded ({_one_line(error)}); {ANEW}") from error


_ABOVE_ZERO, _NOT_BELOW_ZERO = "deviation", "running_var"
"""Tensors by the end of their name: of a head's standardised features, and of batch normalisation."""


def _fill(module: "nn.Module", tensors: "dict[str, Tensor]") -> None:
    """ValueError where a tensor is not what the module holds under its name."""
    expected = module.state_dict()
    for name, tensor in tensors.items():
        if name in expected and tensor.dtype != expected[name].dtype:
            raise ValueError(f"{name} is {tensor.dtype} instead of {expected[name].dtype}")
        if not tensor.numel():
            continue
        least, most = (float(end) for end in tensor.aminmax())  # both are nan where one number is
        if not (math.isfinite(least) and math.isfinite(most)):
            raise ValueError(f"{name} holds numbers that are not finite")
        if (name.endswith(_NOT_BELOW_ZERO) and least < 0) or (name.endswith(_ABOVE_ZERO) and least <= 0):
            raise ValueError(f"{name} holds a spread of {least:g}")
    module.load_state_dict(tensors)


def link_shared(source: Path, folder: Path, name: str) -> None:
    """Put a file that runs share into a bundle: a hard link where the file system can, so a copy costs nothing."""
    target = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.samefile(source):
        return
    with suppress(OSError):  # also where another file stands there: what a killed run left is not to be trusted
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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
