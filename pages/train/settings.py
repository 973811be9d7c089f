"""Train: one control for each setting of a run, made from its description in `riskcore.config`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from riskcore.config import SETTINGS, Group, Shown, shown
from riskcore.data.manifest import Manifest
from riskcore.jobs.recipes import starting_value

SHOWN: dict[str, Shown] = {name: about for name, field in SETTINGS.items() if (about := shown(field))}
"""Setting -> how it is asked for."""

_SECTIONS = ("data", "train", "model", "loss")
"""In the order in which they are asked for under a heading: what is trained decides what the network may have."""

GROUPS: dict[Group, list[str]] = {
    group: sorted(
        (name for name, about in SHOWN.items() if about.group == group),
        key=lambda name: _SECTIONS.index(name.partition(".")[0]),
    )
    for group in get_args(Group)
}
"""Headings, and the settings under each, in the order in which they are shown."""

SEVERAL = {"losses": "loss.form", "strengths": "loss.strength", "seeds": "seed"}
"""Choices of which each value makes runs of its own -> the setting that it becomes."""

CHOICES = (*SEVERAL, *(name for names in GROUPS.values() for name in names))
"""All that a preset decides."""

_COUNTS = ("data.folds", "train.teachers")
_NONE = "none"


def label(choice: str) -> str:
    """The name of a choice or setting on the screen.

    Example:
        >>> label("train.epochs"), label("losses")
        ('Epochs', 'Losses')
    """
    return SHOWN[SEVERAL.get(choice, choice)].label


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
    return str(start or _NONE) if name in _COUNTS else start


def setting(name: str, preset: str, data: Manifest, choices: Mapping[str, Any], models: Sequence[str]) -> Any:
    """Ask for one setting; None leaves it to its default.

    Args:
        name: a setting of `GROUPS`.
        preset: where to start from.
        data: the data set.
        choices: what was chosen before, among it what is trained where that decides the automatic value.
        models: the backbones that were chosen; they decide it, too.
    """
    field, about, start = SETTINGS[name], SHOWN[name], control_value(name, preset)
    description = field.description or ""
    common: dict[str, Any] = {
        "label": about.label,
        "key": setting_key(name),
        "bind": "query-params",
        "help": f"{description[:1].upper()}{description[1:]} (`{name}`)",
    }
    if name == "data.magnifications":
        return _magnifications(data, common)
    if name in _COUNTS:
        published = ["published"] if name == "data.folds" and _has_folds(data) else []
        chosen = _one_of([_NONE, *published, *map(str, range(2, 11))], start, common, {})
        return field.default if chosen == _NONE else chosen
    if about.choices or get_origin(field.annotation) is Literal:
        return _one_of(list(about.choices or get_args(field.annotation)), start, common, about.choices)
    if field.annotation is bool:
        return st.toggle(value=start, **common)
    if about.automatic:
        values = dict.fromkeys(f"{about.automatic.of(choices['train.backbone'], model):g}" for model in models or [""])
        common["placeholder"] = f"automatic: {' or '.join(values)}"
    return _number(field, start, common)


def _one_of(options: list[str], start: str, common: dict[str, Any], words: Mapping[str, str]) -> str:
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


def _number(field: FieldInfo, start: float | None, common: dict[str, Any]) -> float | None:
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
        **common,
    )
