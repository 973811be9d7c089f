"""Every setting of a training run, checked before anything is computed.

A training file is YAML (or JSON) with the keys of `RunConfig`; `key=value` overrides reach nested settings with
dots (``loss.strength=6``).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from riskcore.config.checked import Settings, settings, validated
from riskcore.config.sections import DataSettings, LossSettings, ModelSettings, TrainSettings
from riskcore.config.shown import Shown
from riskcore.errors import InputError
from riskcore.foreign_text import cut, quoted
from riskcore.readers import parse_yaml, read_yaml


class RunConfig(Settings):
    """One run: data set, matrix, backbone, loss, seed and fold.

    Example:
        >>> config = RunConfig.build({"data": "isic2018", "matrix": "isic2018"}, ["loss.form=ce", "seed=3"])
        >>> config.loss.label, config.seed, config.model.name
        ('ce', 3, 'tf_efficientnet_lite0')
    """

    data: DataSettings
    matrix: Annotated[str, Shown("Severity matrix")] = Field(description="a saved matrix, a preset or a file")
    model: ModelSettings = ModelSettings()
    loss: LossSettings = LossSettings.model_validate("ce")
    train: TrainSettings = TrainSettings.model_validate({})
    seed: Annotated[int, Shown("Seeds")] = Field(
        default=0, ge=0, description="of the random start, the order of images, augmentation and the parts of teachers"
    )
    fold: int | None = Field(default=None, ge=0, description="which fold is the test part; needs data.folds")
    wish: str = Field(default="accuracy_loss=0.01", description="what the operating point is chosen for")

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        expanded = dict(values)
        for key in ("data", "model"):
            if isinstance(expanded.get(key), str):
                expanded[key] = {"name": expanded[key]}
        model, train = expanded.get("model"), expanded.get("train", {})
        name = model.get("name") if isinstance(model, Mapping) else getattr(model, "name", None)
        if isinstance(name, str) and isinstance(train, Mapping):
            expanded["train"] = TrainSettings.filled(train, name)
        elif isinstance(name, str) and isinstance(train, TrainSettings):
            expanded["train"] = train.of(name)
        return expanded

    @model_validator(mode="after")
    def _settings_that_go_together(self) -> "RunConfig":
        from riskcore.decision.operating import Wish

        if self.model.hidden and self.train.backbone != "frozen":
            raise ValueError("`model.hidden` is for train.backbone=frozen; set it to 0, or train.backbone=frozen.")
        if (self.fold is None) != (self.data.folds is None):
            raise ValueError("Expected `fold` and `data.folds` together: a fold names one part of that many.")
        Wish.parse(self.wish)
        return self

    @classmethod
    def build(cls, values: Mapping[str, Any], overrides: Iterable[str] = ()) -> "RunConfig":
        """Check settings and overrides.

        Args:
            values: the content of a training file.
            overrides: ``key=value`` texts; keys are dotted, values are read as YAML.

        Raises:
            InputError: an unknown key (with the nearest valid one), a missing one, or a value out of range.
        """
        merged = dict(values)
        for override in overrides:
            key, sign, text = override.partition("=")
            if not sign or not key.strip():
                raise InputError(f"Expected overrides as key=value, but got {quoted(override)}.")
            _set(merged, key.strip().split("."), parse_yaml(text, cut(override)))
        return validated(cls, merged)

    @classmethod
    def from_file(cls, path: Path, overrides: Iterable[str] = ()) -> "RunConfig":
        """Read a training file (YAML or JSON). Raises InputError when it cannot be read or is not valid."""
        return cls.build(read_yaml(path), overrides)


SETTINGS = dict(settings(RunConfig))
"""Settings of a run and their sections -> their fields."""


def _set(target: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        below = target.get(key)
        if isinstance(below, str):  # `data: isic2018` followed by data.folds=5
            below = {"form" if key == "loss" else "name": below}
        target[key] = dict(below) if isinstance(below, Mapping) else {}
        target = target[key]
    target[keys[-1]] = value
