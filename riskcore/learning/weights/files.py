"""Weights in a local file: which model they are for, and how they get into it."""

import logging
import sys
from pathlib import Path
from typing import Any

from torch import Tensor

from riskcore.errors import InputError

LOCAL_SUFFIXES = (".safetensors", ".pth")

_log = logging.getLogger(__name__)


def local_file(path: Path) -> Path:
    """The path of a weights file, if it is one that can be read and is there; else InputError."""
    if path.suffix not in LOCAL_SUFFIXES:
        raise InputError(
            f"model.weights={path}: Expected packaged, hub, none, or the path of a .safetensors or .pth file."
        )
    if not path.is_file():
        raise InputError(f"model.weights={path}: there is no such file; give the path of one that exists.")
    return path


def load_file(model: Any, name: str, path: Path) -> None:
    """Put the weights of a file into a model. InputError when they are not of this model."""
    tensors = _read(local_file(path))
    converter = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    if converter is not None:  # timm's: other published key names, position embeddings of another size
        try:
            tensors = converter(tensors, model)
        except (AttributeError, KeyError, RuntimeError, ValueError) as error:
            _log.debug("%s: timm's converter does not know this file (%s)", path, error)
    expected: dict[str, Tensor] = model.state_dict()
    tensors = _with_head(dict(tensors), expected, model.pretrained_cfg.get("classifier") or (), path)
    # Files from before torch 0.4.1 lack these counters, which only training with momentum None reads.
    tensors = {key: expected[key] for key in expected if key.endswith("num_batches_tracked")} | tensors
    complaints = [
        _some("missing", [key for key in expected if key not in tensors]),
        _some("unknown", [key for key in tensors if key not in expected]),
        _some(
            "of another shape",
            [
                f"{key} {tuple(tensors[key].shape)} instead of {tuple(expected[key].shape)}"
                for key in expected
                if key in tensors and tensors[key].shape != expected[key].shape
            ],
        ),
    ]
    if any(complaints):
        raise InputError(
            f"model.weights={path}: does not fit {name}: {'; '.join(filter(None, complaints))}; "
            "give the model.name that the file was made for."
        )
    model.load_state_dict(tensors)


def _read(path: Path) -> dict[str, Tensor]:
    from timm.models import load_state_dict

    try:
        tensors = load_state_dict(str(path), weights_only=True)
        plain = bool(tensors) and all(isinstance(value, Tensor) for value in tensors.values())
    except Exception as error:  # safetensors, zipfile and the unpickler each raise their own
        raise _unreadable(path) from error
    if not plain:
        raise _unreadable(path)
    return tensors


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"model.weights={path}: cannot be read as named tensors and nothing else; "
        "save the model's state_dict as .safetensors."
    )


def _with_head(
    tensors: dict[str, Tensor], expected: dict[str, Tensor], classifier: str | tuple[str, ...], path: Path
) -> dict[str, Tensor]:
    """The model's new classifier in place of the file's, where that has another number of classes or none."""
    names = (classifier,) if isinstance(classifier, str) else classifier
    head = [key for key in expected if key.startswith(tuple(f"{name}." for name in names))]
    if all(key in tensors and tensors[key].shape == expected[key].shape for key in head):
        return tensors
    found = next((len(tensors[key]) for key in head if key in tensors), None)
    if found is not None:
        wanted = len(expected[head[0]])
        _log.warning("%s: its classifier of %d classes is dropped; %d are wanted.", path, found, wanted)
    return tensors | {key: expected[key] for key in head}


def _some(what: str, names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what} {', '.join(names[:3])}{more}" if names else ""
