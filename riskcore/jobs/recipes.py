"""What to train: presets and choices become a list of runs. Nothing here imports torch."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, model_validator

from riskcore.config import (
    BASELINES,
    SETTINGS,
    DataSettings,
    LossSettings,
    ModelSettings,
    RunConfig,
    Settings,
    TrainSettings,
    fitted_size,
    packaged_for,
    shown,
    validated,
)
from riskcore.data.registry import load_dataset
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.severity import PRESETS as MATRIX_PRESETS
from riskcore.severity.store import list_matrices, load_matrix
from riskcore.workspace import Workspace

PRESETS: dict[str, dict[str, Any]] = {
    "Quick": {
        "losses": ["ce", "log_harm"],
        "strengths": ["3"],
        "seeds": 2,
        "model.size": 96,
        "model.hidden": 256,
        "train.backbone": "frozen",
        "train.views": 2,
    },
    "Standard": {
        "losses": ["ce", "margin"],
        "strengths": ["1"],
        "seeds": 3,
        "model.size": 160,
        "model.members": 2,
        "train.backbone": "last:2",
    },
    "Thorough": {
        "losses": ["ce", "focal", "log_harm"],
        "strengths": ["1", "3", "10"],
        "seeds": 3,
        "data.folds": "5",
        "model.size": 160,
        "train.backbone": "full",
    },
}
"""Name -> the choices that it sets; every other setting keeps its default."""

PRESET_NOTES: dict[str, str] = {
    "Quick": "Trains a classifier on fixed image features: an answer within minutes, also on a laptop.",
    "Standard": "Trains the last two stages too, on larger images, two networks averaged, over three seeds.",
    "Thorough": "Trains the whole network, at several strengths, on five folds and three seeds; wants a GPU.",
}
"""Name -> what it is for, in a sentence."""


class Recipe(Settings):
    """Runs on one data set under one matrix: every backbone with every loss, seed and fold.

    Attributes:
        data: the data set and its division; with folds each of them becomes a run.
        matrix: name of the severity matrix.
        models: backbones.
        losses: forms with their strengths.
        seeds: of the runs.
        train: settings of training, the same for all.
        wish: for operating points.
    """

    data: DataSettings
    matrix: str
    models: tuple[ModelSettings, ...] = Field(min_length=1)
    losses: tuple[LossSettings, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    train: TrainSettings
    wish: str

    @model_validator(mode="after")
    def _readable_wish(self) -> "Recipe":
        Wish.parse(self.wish)
        return self

    @property
    def narrow(self) -> "Recipe":
        """The same with one backbone, loss and seed: they make no difference to whether the data can be used."""
        return self.model_copy(update={"models": self.models[:1], "losses": self.losses[:1], "seeds": self.seeds[:1]})


def starting_value(preset: str, setting: str) -> Any:
    """What a setting is under a preset before anything is changed.

    Args:
        preset: a key of `PRESETS`.
        setting: losses, strengths, seeds, or a setting of `RunConfig` with its dots.

    Example:
        >>> starting_value("Quick", "model.size"), starting_value("Quick", "train.augment")
        (96, 'standard')
        >>> starting_value("Quick", "train.epochs") is None  # automatic
        True
    """
    if setting in PRESETS[preset]:
        return PRESETS[preset][setting]
    field = SETTINGS[setting]
    if field.is_required():
        raise KeyError(setting)
    about = shown(field)
    return None if about and about.automatic else field.default


def changes(preset: str, choices: Mapping[str, Any]) -> list[str]:
    """The settings in which choices differ from a preset.

    Example:
        >>> changes("Quick", {**PRESETS["Quick"], "seeds": 4, "train.augment": "standard"})
        ['seeds']
    """
    return [name for name, value in choices.items() if value != starting_value(preset, name)]


def losses(forms: Sequence[str], strengths: Sequence[str], **shared: Any) -> list[LossSettings]:
    """Each severity form at each strength, and each baseline once.

    Args:
        forms: names of losses.
        strengths: numbers as they were typed.
        shared: other settings of the loss; each form takes of them what it reads.

    Raises:
        InputError: no loss, a severity form without a strength, or a strength that is no number.

    Example:
        >>> [loss.label for loss in losses(["ce", "log_harm"], ["1", "3"])]
        ['ce', 'log_harm s=1', 'log_harm s=3']
    """
    if not forms:
        raise InputError("No loss is chosen; choose at least one.")
    found = []
    for form in forms:
        if form not in BASELINES and not strengths:
            raise InputError(f"The loss {form} needs a strength; choose at least one.")
        for strength in [0.0] if form in BASELINES else map(_number, strengths):
            found.append(validated(LossSettings, {**shared, "form": form, "strength": strength}))
    return list(dict.fromkeys(found))


def build(data: str, matrix: str, models: Sequence[str], weights: str, choices: Mapping[str, Any], wish: str) -> Recipe:
    """A recipe from what was chosen.

    Args:
        data: name of a registered data set.
        matrix: name of a severity matrix.
        models: names of timm models.
        weights: for those that have no packaged ones: "hub" or "none".
        choices: losses, strengths, seeds (how many), loss.base, loss.confusion, loss.gamma and settings with their
            dots; None leaves a setting to its default.
        wish: for operating points.

    Raises:
        InputError: no backbone or loss, or a value out of range.

    Example:
        >>> recipe = build("demo", "demo", ["tf_efficientnet_lite0"], "hub", PRESETS["Quick"], "accuracy_loss=0.01")
        >>> len(recipe.losses) * len(recipe.seeds), recipe.models[0].weights, recipe.train.epochs
        (4, 'packaged', 40)
    """
    if not models:
        raise InputError("No backbone is chosen; choose at least one.")
    sections: dict[str, dict[str, Any]] = {"data": {"name": data}, "model": {}, "train": {}, "loss": {}}
    for setting, value in choices.items():
        section, dot, name = setting.partition(".")
        if dot and value is not None:
            sections[section][name] = value
    named = [{**sections["model"], "name": name, "weights": weights_of(name, weights)} for name in models]
    for model in named:
        if "size" in model:  # of a preset, made for other networks
            model["size"] = fitted_size(model["name"], model["size"])
    return validated(
        Recipe,
        {
            "data": sections["data"],
            "matrix": matrix,
            "models": named,
            "losses": losses(choices["losses"], choices["strengths"], **sections["loss"]),
            "seeds": tuple(range(choices["seeds"])),
            "train": sections["train"],
            "wish": wish,
        },
    )


def weights_of(model: str, others: str) -> str:
    """Where a backbone's weights come from: a package for some, `others` for the rest.

    Example:
        >>> weights_of("tf_efficientnet_lite0", "hub"), weights_of("resnet50", "hub")
        ('packaged', 'hub')
    """
    return others if packaged_for(model) is None else "packaged"


def configs(workspace: Workspace, recipe: Recipe) -> list[RunConfig]:
    """The settings of every run: losses change fastest, so that comparisons are complete early.

    Raises:
        InputError: the data set is not registered, or settings do not go together.
    """
    return [
        validated(
            RunConfig,
            {
                "data": recipe.data,
                "matrix": recipe.matrix,
                "model": model,
                "loss": loss,
                "train": recipe.train,
                "seed": seed,
                "fold": fold,
                "wish": recipe.wish,
            },
        )
        for model in recipe.models
        for seed in recipe.seeds
        for fold in _folds(workspace, recipe.data)
        for loss in recipe.losses
    ]


def _folds(workspace: Workspace, data: DataSettings) -> Sequence[int | None]:
    """Numbers of the folds; published ones have the numbers that the data set gives them."""
    if data.folds is None:
        return [None]
    if data.folds == "published":
        published = sorted({int(fold) for fold in load_dataset(workspace, data.name).table["fold"]} - {-1})
        return published or [0]  # without any, `check` says so
    return range(data.folds)


def matrices(workspace: Workspace, classes: Sequence[str]) -> dict[str, bool]:
    """Saved matrices and presets -> whether they are for these classes; the fitting ones first.

    Example:
        >>> from pathlib import Path
        >>> matrices(Workspace(Path("nowhere")), ["benign", "malignant"])["isic2018"]
        False
    """
    fits = {}
    for name in dict.fromkeys([*list_matrices(workspace), *MATRIX_PRESETS]):
        try:
            matrix = load_matrix(workspace, name)
        except InputError:  # a damaged file; choosing it says so
            fits[name] = False
        else:
            fits[name] = set(matrix.classes) == set(classes)
    return dict(sorted(fits.items(), key=lambda item: not item[1]))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"Expected a strength that is a number, such as 3, but got {text!r}.") from None
