"""Weights that timm publishes on the hub: downloaded once, then in its local cache."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskcore.config import PACKAGED
from riskcore.errors import InputError
from riskcore.learning.weights.timm_import import import_timm

HUB_TIMEOUT = 10  # seconds


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


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return next(iter(str(error).splitlines()), "").rstrip(".") or type(error).__name__
