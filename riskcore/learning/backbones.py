"""Image classifiers of timm: model with weights, preprocessing, pooled features, the cut for `last:N`.

timm takes two seconds to import, so it is imported where it is used.
"""

import copy
import difflib
import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from riskcore.config import PACKAGED, PACKAGED_WEIGHTS, fitting_sizes
from riskcore.errors import InputError
from riskcore.learning.weights.files import load_file, local_file
from riskcore.learning.weights.hub import first_line, from_hub, hub_cached, require_hub
from riskcore.learning.weights.packaged import load_installed, packaged_file, sha256
from riskcore.learning.weights.timm_import import import_timm


@dataclass(frozen=True)
class Preprocessing:
    """What the network expects: RGB of `size` x `size` pixels in 0..1, minus `mean`, divided by `std`.

    Attributes:
        size: image side in pixels.
        mean, std: of the three channels.
        interpolation: how the published weights' images were resized, e.g. ``bicubic``.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str


def preprocessing(name: str, weights: str | Path = "packaged", size: int | None = None) -> Preprocessing:
    """Preprocessing of the model `name` at `size` pixels (None: the size that it was published with).

    Raises:
        InputError: unknown model, "packaged" weights that are not there, or a size that cuts a transformer's patches.

    Example:
        >>> preprocessing("tf_efficientnet_lite0", "packaged", 160).mean
        (0.5, 0.5, 0.5)
    """
    published = _published(name)
    _file(name, weights)
    if size and size not in (fits := fitting_sizes(name, size)):
        raise InputError(
            f"model.size={size}: {name} looks at squares of {fits[1] - fits[0]} pixels, and would not see the edge of "
            f"such images; use model.size={fits[0]} or {fits[1]}."
        )
    return Preprocessing(
        size or published.input_size[-1], tuple(published.mean), tuple(published.std), published.interpolation
    )


def create(
    name: str,
    number_of_classes: int,
    weights: str | Path = "packaged",
    size: int | None = None,
    seed: int | None = None,
) -> nn.Module:
    """A timm model with the weights asked for and a new classifier.

    Args:
        name: any timm classification model, with or without the tag of its weights.
        number_of_classes: K, outputs of the classifier.
        weights: "packaged" (of a few models; those of tf_efficientnet_lite0 are installed, others are added once),
            "hub" (timm's own, downloaded once), "none" (random), or a .safetensors or .pth file. A file's
            classifier is kept where it has K outputs.
        size: image side in pixels; None: the size that the model was published with.
        seed: makes the random part of the start a function of it; None: torch's generator as it stands.

    Raises:
        InputError: unknown model, weights that cannot be had or do not fit, a size it cannot take.

    Example:
        >>> model = create("tf_efficientnet_lite0", 3, "packaged", size=64).eval()
        >>> model(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 3])
    """
    weights = str(weights)
    published, file = _published(name), _file(name, weights)
    # Only models with a fixed size take img_size; the others work at any size.
    options = {"img_size": size} if size and published.fixed_input_size else {}
    if weights == "hub":
        require_hub(name, published)
    with torch.random.fork_rng(devices=[]) if seed is not None else nullcontext():
        if seed is not None:
            torch.manual_seed(seed)
        # The classifier is replaced afterwards, so random features do not depend on the number of classes.
        model = from_hub(name, options) if weights == "hub" else _built(name, size, options)
        if weights == "packaged" and file is None:
            load_installed(model)
        model.reset_classifier(number_of_classes)
    if file is not None:
        load_file(model, name, file)
    if size:
        _try_size(model, name, size)
    return model


def weights_id(name: str, weights: str | Path = "packaged", seed: int | None = None) -> str:
    """SHA-256 (hex) of what decides the features of `create(name, ..., weights, seed=seed)`: a cache key.

    Files go in by their bytes, the hub's by their commit once they are downloaded, random weights by `seed`.

    Raises:
        InputError: unknown model, or weights that cannot be had.
        ValueError: random weights without a seed.

    Example:
        >>> weights_id("tf_efficientnet_lite0", "packaged") == weights_id("tf_efficientnet_lite0", "packaged")
        True
    """
    weights = str(weights)
    # The default model is known to be valid, so a run on cached features need not import timm.
    published: Any = None if (name, weights) == (PACKAGED, "packaged") else _published(name)
    file = _file(name, weights)
    if weights == "hub":
        cached = hub_cached(published)
        source = f"{published.hf_hub_id or published.url}@{cached.parent.name if cached else ''}"
    elif weights == "none":
        if seed is None:
            raise ValueError("Random weights are told apart by their seed: pass the seed given to `create`.")
        source = f"seed {seed}"
    else:
        source = PACKAGED_WEIGHTS[0].sha256 if file is None else sha256(file)
    return hashlib.sha256(f"{name}\n{source}".encode()).hexdigest()


def features(model: nn.Module, images: Tensor) -> Tensor:
    """Pooled features (N, D) of normalised images (N, 3, H, W): what the model's classifier gets."""
    model_: Any = model
    return model_.forward_head(model_.forward_features(images), pre_logits=True).flatten(1)


def features_and_logits(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Pooled features, as `features` gives them, and logits (N, K), in one pass."""
    model_: Any = model
    maps = model_.forward_features(images)
    return model_.forward_head(maps, pre_logits=True).flatten(1), model_.forward_head(maps)


def number_of_features(model: nn.Module) -> int:
    """D, the number of pooled features."""
    model_: Any = model
    return int(model_.head_hidden_size)


def _file(name: str, weights: str | Path) -> Path | None:
    """The file that the weights are read from, if it is there; None for the hub's, random and installed ones."""
    if str(weights) in ("hub", "none"):
        return None
    return packaged_file(name) if str(weights) == "packaged" else local_file(Path(weights))


def _published(name: str) -> Any:
    """timm's record of the model (sizes, mean, where its weights are), once its name is valid."""
    timm = import_timm()
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "timm.list_models() names all that there are."
        raise InputError(f"model.name={name}: timm has no such model; {hint}")
    tags = [full.partition(".")[2] for full in timm.list_pretrained(f"{architecture}.*")]
    if tag and tag not in tags:
        raise InputError(
            f"model.name={name}: {architecture} has no weights named {tag}; "
            + (f"it has {', '.join(tags)}." if tags else f"use {architecture} alone.")
        )
    return timm.get_pretrained_cfg(name)


def _built(name: str, size: int | None, options: Mapping[str, Any]) -> Any:
    try:
        return import_timm().create_model(name, **options)
    except (AssertionError, RuntimeError, ValueError, ZeroDivisionError) as error:
        if not options:
            raise
        raise _size_error(name, size, error) from error


def _try_size(model: nn.Module, name: str, size: int) -> None:
    """One image through the model: a size that it cannot take shows now, not in the middle of a run."""
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, 3, size, size))
    except (AssertionError, RuntimeError, ValueError) as error:
        raise _size_error(name, size, error) from error
    model.train(training)


def _size_error(name: str, size: int | None, error: Exception) -> InputError:
    published = import_timm().get_pretrained_cfg(name).input_size[-1]
    return InputError(
        f"model.size={size}: {name} cannot take images of this size ({first_line(error)}); "
        f"it was published for {published}."
    )


def stages(model: nn.Module) -> list[str]:
    """Names of the model's stages, first to last: what N counts in `train.backbone=last:N`.

    Raises:
        InputError: a family that cannot be cut.
    """
    return list(_chain(model)[1])


def split_for_last(model: nn.Module, n: int) -> tuple[nn.Module, nn.Module]:
    """(front, back) that share the model's weights; back holds its last `n` stages and its classifier.

    In evaluation mode ``back(front(x))`` equals ``model(x)``.

    Raises:
        InputError: a family that cannot be cut, or fewer than `n` stages.

    Example:
        >>> model = create("tf_efficientnet_lite0", 3, "none", size=64).eval()
        >>> front, back = split_for_last(model, 2)
        >>> images = torch.rand(2, 3, 64, 64)
        >>> torch.equal(back(front(images)), model(images))
        True
    """
    stem, blocks, tail = _chain(model)
    if not 1 <= n <= len(blocks):
        raise InputError(
            f"train.backbone=last:{n}: {_architecture(model)} has {len(blocks)} stages; choose 1 to {len(blocks)}."
        )
    parts = list(blocks.values())
    return nn.Sequential(*stem, *parts[:-n]), nn.Sequential(*parts[-n:], *tail)


def _chain(model: Any) -> tuple[list[nn.Module], dict[str, nn.Module], list[nn.Module]]:
    """(stem, stages by name, tail): modules which, applied one after the other, are the model."""
    models = import_timm().models
    kind = type(model)
    if kind is models.EfficientNet:
        stem = [model.conv_stem, model.bn1]
        blocks = _named(model, "blocks")
        dropout = nn.Dropout(model.drop_rate)
        return stem, blocks, [model.conv_head, model.bn2, model.global_pool, dropout, model.classifier]
    if kind is models.ResNet:
        stem = [model.conv1, model.bn1, model.act1, model.maxpool]
        blocks = {name: getattr(model, name) for name in ("layer1", "layer2", "layer3", "layer4")}
        return stem, blocks, [model.global_pool, nn.Dropout(model.drop_rate), model.fc]
    if kind is models.ConvNeXt:
        return [model.stem], _named(model, "stages"), [model.norm_pre, model.head]
    if kind is models.VisionTransformer:
        return [_TokenStem(model)], _named(model, "blocks"), [model.norm, _TokenHead(model)]
    raise InputError(
        f"train.backbone=last:N: {_architecture(model)} cannot be cut into stages, only timm's EfficientNet, "
        "ResNet, ConvNeXt and VisionTransformer can; use train.backbone=frozen or train.backbone=full."
    )


def _named(model: nn.Module, name: str) -> dict[str, nn.Module]:
    return {f"{name}.{index}": stage for index, stage in model.get_submodule(name).named_children()}


def _architecture(model: Any) -> str:
    return str(model.pretrained_cfg["architecture"])


def _without(model: nn.Module, *names: str) -> Any:
    """A shallow copy of `model` (weights shared) with the named modules made to do nothing."""
    part: Any = copy.copy(model)
    part._modules = {name: nn.Identity() if name in names else module for name, module in model._modules.items()}
    return part


class _TokenStem(nn.Module):
    """A vision transformer up to its first block."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.part = _without(model, "blocks", "norm", "fc_norm", "head")

    def forward(self, images: Tensor) -> Tensor:
        return self.part.forward_features(images)


class _TokenHead(nn.Module):
    """A vision transformer after its last norm: pooling and classifier."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.part = _without(model, "patch_embed", "blocks", "norm", "norm_pre")
        # Class token and position embedding belong to the stem alone.
        self.part._parameters = dict.fromkeys(model._parameters)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.part.forward_head(tokens)
