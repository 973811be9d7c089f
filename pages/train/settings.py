"""Train: one control for each setting of a run, made from its description in `riskcore.config`."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from riskcore.config import DataSettings, LossSettings, ModelSettings, Settings, TrainSettings
from riskcore.data.manifest import Manifest
from riskcore.jobs.recipes import AUTOMATIC, starting_value

GROUPS: dict[str, tuple[str, ...]] = {
    "Images": (
        "data.classes",
        "data.folds",
        "data.validation",
        "data.test",
        "data.split_seed",
        "data.magnifications",
        "data.drop_leaks",
    ),
    "Network and loss": (
        "train.backbone",
        "model.size",
        "model.hidden",
        "model.members",
        "train.teachers",
        "train.views",
        "train.augment",
        "loss.base",
        "loss.confusion",
        "loss.gamma",
    ),
    "Training": (
        "train.epochs",
        "train.batch_size",
        "train.learning_rate",
        "train.weight_decay",
        "train.warmup",
        "train.clip",
        "train.ema",
        "train.sampler",
        "train.monitor",
        "train.patience",
    ),
    "Machine": ("train.device", "train.threads"),
}
"""Headings, and the settings under each, in the order in which they are shown."""

LABELS: dict[str, str] = {
    "losses": "Losses",
    "strengths": "Strengths",
    "seeds": "Seeds",
    "data.classes": "Classes",
    "data.folds": "Folds",
    "data.validation": "Validation share",
    "data.test": "Test share",
    "data.split_seed": "Seed of the division",
    "data.magnifications": "Magnifications",
    "data.drop_leaks": "Leave leaking images out",
    "train.backbone": "What is trained",
    "model.size": "Image side in pixels",
    "model.hidden": "Hidden layer",
    "model.members": "Networks averaged",
    "train.teachers": "Teachers",
    "train.views": "Views of an image",
    "train.augment": "Augmentation",
    "loss.base": "Base loss",
    "loss.confusion": "Confusion-aware",
    "loss.gamma": "Gamma of focal loss",
    "train.epochs": "Epochs",
    "train.batch_size": "Batch size",
    "train.learning_rate": "Learning rate",
    "train.weight_decay": "Weight decay",
    "train.warmup": "Warm-up",
    "train.clip": "Gradient clip",
    "train.ema": "Averaged weights",
    "train.sampler": "Order of images",
    "train.monitor": "Early stopping watches",
    "train.patience": "Patience",
    "train.device": "Device",
    "train.threads": "CPU threads",
}
"""Setting -> its name on the screen."""

_WORDS = {
    "frozen": "classifier only (frozen)",
    "full": "whole network (full)",
    "last:1": "last stage (last:1)",
    "last:2": "last 2 stages (last:2)",
    "last:3": "last 3 stages (last:3)",
}
_NONE = "none"
_SECTIONS: dict[str, type[Settings]] = {
    "data": DataSettings,
    "model": ModelSettings,
    "loss": LossSettings,
    "train": TrainSettings,
}


def setting_key(name: str) -> str:
    """The name of a setting's control in the address.

    Example:
        >>> setting_key("train.epochs"), setting_key("losses")
        ('train_epochs', 'train_losses')
    """
    return f"train_{name.removeprefix('train.').replace('.', '_')}"


def control_value(name: str, preset: str) -> Any:
    """What a setting's control shows under a preset before anything is changed."""
    start = starting_value(preset, name)
    if name == "train.teachers":
        return str(start or _NONE)
    return _NONE if name == "data.folds" and start is None else start


def setting(name: str, preset: str, data: Manifest) -> Any:
    """Ask for one setting; None leaves it to its default."""
    section, _, field_name = name.partition(".")
    field = _SECTIONS[section].model_fields[field_name]
    start = starting_value(preset, name)
    common: dict[str, Any] = {
        "label": LABELS[name],
        "key": setting_key(name),
        "bind": "query-params",
        "help": f"{(field.description or '')[:1].upper()}{(field.description or '')[1:]} (`{name}`)",
    }
    if name == "data.magnifications":
        return _magnifications(data, common)
    if name == "data.folds":
        options = [_NONE, *(["published"] if _has_folds(data) else []), *map(str, range(2, 11))]
        chosen = _one_of(options, control_value(name, preset), common, {})
        return None if chosen == _NONE else chosen
    if name == "train.teachers":
        chosen = _one_of([_NONE, *map(str, range(2, 11))], control_value(name, preset), common, {})
        return 0 if chosen == _NONE else int(chosen)
    if name == "train.backbone":
        return _one_of(list(_WORDS), start, common, _WORDS)
    if get_origin(field.annotation) is Literal or name == "train.monitor":
        return _one_of(list(get_args(field.annotation)), start, common, {})
    if field.annotation is bool:
        return st.toggle(value=start, **common)
    return _number(field, start, common, automatic=name in AUTOMATIC)


def _one_of(options: list[str], start: str, common: dict[str, Any], words: dict[str, str]) -> str:
    return st.selectbox(
        options=options,
        index=options.index(start),
        format_func=lambda option: words.get(option, option),
        **common,
    )


def applies(name: str, data: Manifest, choices: Mapping[str, Any]) -> bool:
    """Whether a setting makes sense for a data set and what was chosen before it."""
    match name:
        case "data.magnifications":
            return "magnification" in data.subgroups
        case "model.hidden":
            return choices["train.backbone"] == "frozen"
    return True


def _magnifications(data: Manifest, common: dict[str, Any]) -> list[str] | None:
    known = sorted(set(data.table["magnification"]) - {""}, key=lambda value: (len(value), value))
    return st.multiselect(options=known, placeholder="all", **common) or None


def _has_folds(data: Manifest) -> bool:
    return bool((data.table["fold"] >= 0).any())


def _number(field: FieldInfo, start: float | None, common: dict[str, Any], *, automatic: bool) -> float | None:
    kind: Any = int if field.annotation is int else float
    limits = {
        name: kind(getattr(rule, name))
        for rule in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(rule, name)
    }
    step: Any
    step, form = (1, "%d") if kind is int else (0.01, "%g")
    return st.number_input(
        min_value=limits.get("ge", limits.get("gt")),
        max_value=limits.get("le", limits.get("lt")),
        value=start,
        step=step,
        format=form,
        placeholder="automatic" if automatic else None,
        **common,
    )
