"""The command line that queues the same runs as a recipe."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from riskcore.config import BASELINES, LossSettings, RunConfig, Settings
from riskcore.jobs.recipes import Recipe, configs
from riskcore.workspace import Workspace

_MODEL = ("name", "weights", "size")
"""What is said of a backbone in any case."""


@dataclass(frozen=True)
class Command:
    """How the same runs are queued without the dashboard: a file to save, and the lines to type."""

    file: str
    content: str
    lines: tuple[str, ...]


def command(workspace: Workspace, recipe: Recipe) -> Command:
    """The command line that queues the runs of a recipe.

    Two losses and more make a protocol, which `riskcore reproduce` trains and tabulates; one loss alone has nothing
    to be compared with, so each run gets its `riskcore train`.

    Raises:
        InputError: the data set is not registered.
    """
    file = f"{recipe.data.name}.yaml"
    data, train = _short(recipe.data, "name"), recipe.train.changed(*(model.name for model in recipe.models))
    if len(recipe.losses) == 1:
        training = {
            "data": data,
            "matrix": recipe.matrix,
            "loss": _loss(recipe.losses[0]),
            "train": train,
            "wish": recipe.wish,
        }
        lines = [f"riskcore train {shlex.quote(file)} {_overrides(config)}" for config in configs(workspace, recipe)]
        return Command(file, _yaml(training), tuple(lines))
    labels = [loss.label for loss in recipe.losses]
    protocol = {
        "title": f"{recipe.data.name}: {', '.join(labels)}",
        "data": {**data, "matrix": recipe.matrix},
        "models": [_short(model, *_MODEL) for model in recipe.models],
        "losses": [_loss(loss) for loss in recipe.losses],
        "seeds": list(recipe.seeds),
        "train": train,
        "wish": recipe.wish,
        "baselines": [label for label in labels if label in BASELINES] or labels[:1],
    }
    return Command(
        file,
        _yaml(protocol),
        (f"riskcore reproduce {shlex.quote(file)} -o {shlex.quote(f'{recipe.data.name}-results')}",),
    )


def _overrides(config: RunConfig) -> str:
    values: dict[str, Any] = {f"model.{name}": value for name, value in _short(config.model, *_MODEL).items()}
    values |= {"seed": config.seed} | ({} if config.fold is None else {"fold": config.fold})
    return " ".join(shlex.quote(f"{name}={value}") for name, value in values.items())


def _loss(loss: LossSettings) -> str | dict[str, Any]:
    if loss.label in BASELINES:
        return loss.form
    if loss.form in BASELINES:
        return {"form": loss.form, "gamma": loss.gamma}
    return _short(loss, "form", "strength")


def _short(settings: Settings, *kept: str) -> dict[str, Any]:
    """What differs from the defaults, and what is `kept` in any case."""
    given = settings.model_dump(mode="json", exclude_defaults=True)
    return {name: value for name, value in settings.model_dump(mode="json").items() if name in given or name in kept}


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
