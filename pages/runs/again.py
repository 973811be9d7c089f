"""The way from runs to Train, with their data set, matrix and what else of their settings they share."""

from collections.abc import Sequence
from typing import Any

from pages.kit.links import link_to
from riskcore.runs.folder import Run

_CARRIED = ("model.size", "model.hidden", "train.backbone", "train.views", "train.epochs")
"""Settings that say how runs are trained; Train begins with its own where runs differ in them."""


def train_more(runs: Sequence[Run], label: str = "Train more like these", seeds: int = 1) -> None:
    """Draw the link; nothing where runs differ in data set or matrix.

    Args:
        runs: one or more.
        label: of the link.
        seeds: how many more than they have.
    """
    if len({(run.data, run.record["matrix"]) for run in runs}) == 1:
        link_to("train", label, **like(runs, seeds))


def like(runs: Sequence[Run], seeds: int) -> dict[str, str | list[str]]:
    """The controls of Train, by their names in the address, that plan such runs and so many seeds more."""
    losses = [loss for run in runs if isinstance(loss := run.config.get("loss"), dict) and loss.keys() >= {"form"}]
    strengths = [float(loss["strength"]) for loss in losses if loss.get("strength")]
    found: dict[str, str | list[str]] = {
        "train_data": runs[0].data,
        "train_matrix": runs[0].record["matrix"],
        "train_losses": sorted({str(loss["form"]) for loss in losses}),
        "train_strengths": sorted({f"{strength:g}" for strength in strengths}, key=float),
        "train_models": sorted({run.record["model"] for run in runs}),
        "train_seeds": str(max(run.seed for run in runs) + 1 + seeds),
    }
    for name in _CARRIED:
        values = {_setting(run, name) for run in runs}
        if len(values) == 1 and None not in values:
            found[f"train_{name.removeprefix('train.').replace('.', '_')}"] = str(values.pop())
    return {name: value for name, value in found.items() if value}


def _setting(run: Run, name: str) -> Any:
    section, _, key = name.partition(".")
    group = run.config.get(section)
    value = group.get(key) if isinstance(group, dict) else None
    return value if isinstance(value, str | int) else None
