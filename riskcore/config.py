"""Every setting of a training run, checked before anything is computed.

A training file is YAML (or JSON) with the keys of `RunConfig`; `key=value` overrides reach nested settings with
dots (``loss.strength=6``). Unknown keys are refused with the nearest valid name. Nothing here imports torch.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from riskcore.errors import InputError
from riskcore.readers import read_yaml

FORMS = ("margin", "expected", "barrier", "log_harm", "reweight")
"""Forms of `riskcore.learning.losses.RiskCalibratedLoss`: they read the severity matrix."""

BASELINES = ("ce", "focal", "class_weighted_ce", "label_smoothing")
"""Losses that know nothing of severity: what the forms are compared with."""

BASES = ("ce", "focal")
"""Losses that a form may build on."""

GAMMA = 2.0
"""Focusing parameter of focal loss unless told otherwise: what its authors found best (Lin et al., ICCV 2017)."""

Measure = Literal["loss", "accuracy", "balanced_accuracy", "cer", "expected_severity", "critical_auroc"]
"""What early stopping may watch on validation; `riskcore.learning.checkpoints.LOWER_IS_BETTER` has the directions."""

NO_CUDA = "train.device=cuda, but this machine offers no CUDA device; use train.device=cpu or auto."

AnySettings = TypeVar("AnySettings", bound=BaseModel)


class Settings(BaseModel):
    """Base of all settings: unknown keys are errors, values do not change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _folds(value: Any) -> Any:
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if value in (None, "published") or (isinstance(number, int) and number >= 2):
        return number
    raise ValueError(f"Expected `data.folds` to be published or a number of 2 and more, but got {value!r}.")


class DataSettings(Settings):
    """Which images, and how they are divided."""

    name: str = Field(description="a registered data set")
    classes: Literal["all", "groups"] = Field(default="all", description="groups: merge classes into clinical groups")
    magnifications: tuple[Annotated[str, BeforeValidator(str)], ...] | None = Field(
        default=None, description="BreaKHis: keep these, e.g. [100]"
    )
    folds: Annotated[int | Literal["published"] | None, BeforeValidator(_folds)] = Field(
        default=None, description="grouped cross-validation: how many folds, or the published ones"
    )
    validation: float = Field(
        default=0.15, gt=0, lt=0.5, description="share of the training groups kept for validation"
    )
    test: float = Field(default=0.2, gt=0, lt=0.5, description="share kept for test where no test split is published")
    split_seed: int = Field(default=0, ge=0, description="seed of the division, the same for every run of a comparison")
    drop_leaks: bool = Field(
        default=False, description="leave out training images that the audit finds in other splits"
    )


class ModelSettings(Settings):
    """The backbone."""

    name: str = Field(default="tf_efficientnet_lite0", description="any timm classification model")
    weights: str = Field(default="packaged", description="packaged, hub, none (random start), or a file")
    size: int = Field(default=160, ge=32, le=1024, description="image side in pixels")
    hidden: int = Field(
        default=0, ge=0, le=4096, description="width of a hidden layer in the classifier of a frozen backbone; 0: none"
    )
    members: int = Field(
        default=1,
        ge=1,
        le=32,
        description="networks trained side by side and averaged; they share a frozen front",
    )


class LossSettings(Settings):
    """The training loss; see docs/losses.md."""

    form: str = Field(default="log_harm", description="a severity form or a baseline")
    strength: float = Field(default=3.0, ge=0, le=1000, description="s; 0 is the base loss")
    confusion: float = Field(default=0.0, ge=0, le=100, description="beta of the confusion-aware variant; 0 is off")
    base: Literal["ce", "focal"] = Field(default="ce", description="what a severity form is added to")
    # Left out where it is the default, so that runs from before there was this setting stay in the same pools.
    gamma: float = Field(
        default=GAMMA,
        ge=0,
        le=10,
        exclude_if=lambda gamma: gamma == GAMMA,
        description="γ of focal loss, alone or as the base: how much it dwells on hard cases; 0 is cross-entropy",
    )

    @model_validator(mode="before")
    @classmethod
    def _only_what_the_loss_reads(cls, values: Any) -> Any:
        if isinstance(values, str):
            values = {"form": values}
        if not isinstance(values, Mapping):
            return values
        if values.get("form") in BASELINES:
            values = {**values, "strength": 0.0, "confusion": 0.0, "base": "ce"}
        if "focal" not in (values.get("form"), values.get("base")):
            values = {**values, "gamma": GAMMA}
        return values

    @model_validator(mode="after")
    def _known_form(self) -> "LossSettings":
        known = (*BASELINES, *FORMS)
        if self.form not in known:
            raise ValueError(f"Expected `loss.form` to be one of {', '.join(known)}, but got {self.form!r}.")
        return self

    @property
    def label(self) -> str:
        """Short name for tables, e.g. ``log_harm s=3``."""
        words = [self.form]
        if self.form not in BASELINES:
            words.append(f"s={self.strength:g}")
        if self.confusion:
            words.append(f"beta={self.confusion:g}")
        if self.base != "ce":
            words.append(self.base)
        if self.gamma != GAMMA:
            words.append(f"gamma={self.gamma:g}")
        return " ".join(words)


class TrainSettings(Settings):
    """How the weights are found. Epochs, batch size, learning rate and weight decay follow `backbone` unless given."""

    backbone: str = Field(default="full", description="full, frozen, or last:N to train the last N stages")
    epochs: int = Field(default=0, ge=0, description="0: 40 for a frozen backbone, 6 for last:N, else 10")
    batch_size: int = Field(default=0, ge=0, description="0: 256 for a frozen backbone, else 32")
    learning_rate: float = Field(default=0.0, ge=0, description="0: 1e-3 where activations are cached, else 5e-4")
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        description="of AdamW, biases and norm scales apart; 1 where activations are cached unless given",
    )
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of the steps with a rising learning rate")
    clip: float = Field(default=1.0, gt=0, description="largest gradient norm")
    ema: float = Field(default=0.0, ge=0, lt=1, description="decay of the averaged weights; 0 is off")
    sampler: Literal["shuffle", "class_balanced"] = Field(
        default="shuffle", description="shuffle: each image once an epoch; class_balanced: each class equally often"
    )
    augment: Literal["none", "light", "standard"] = Field(
        default="standard", description="none, light (small moves, mirror), standard (larger moves, upside down too)"
    )
    views: int = Field(
        default=4, ge=2, le=64, description="cached views an image: the image, its mirror, then augmented ones"
    )
    monitor: Measure = Field(default="loss", description="validation measure for early stopping")
    patience: int = Field(default=0, ge=0, description="epochs without improvement before stopping; 0 is off")
    # Left out where it is the default, so that runs from before there was this setting stay in the same pools.
    teachers: int = Field(
        default=0,
        ge=0,
        le=20,
        exclude_if=lambda teachers: teachers == 0,
        description="networks that each learn from all but one part of the training groups; the final network also "
        "learns what each makes of the part that it has not seen; 0: none",
    )
    threads: int = Field(default=0, ge=0, description="CPU threads; 0: all cores")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="auto: a GPU where there is one")

    def changed(self) -> dict[str, Any]:
        """What is trained, and the settings that do not follow from it, JSON-ready.

        Example:
            >>> TrainSettings.model_validate({"backbone": "frozen", "epochs": 40, "teachers": 5}).changed()
            {'backbone': 'frozen', 'teachers': 5}
        """
        usual = TrainSettings.model_validate({"backbone": self.backbone}).model_dump(mode="json")
        given = self.model_dump(mode="json")
        return {"backbone": self.backbone} | {name: value for name, value in given.items() if value != usual.get(name)}

    @property
    def trained_stages(self) -> int | None:
        """None for the whole network, 0 for the head alone, N for the last N stages."""
        if self.backbone == "full":
            return None
        return 0 if self.backbone == "frozen" else int(self.backbone.removeprefix("last:"))

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        filled = dict(values)
        backbone = str(filled.get("backbone", "full"))
        count = backbone.removeprefix("last:")
        if backbone not in ("full", "frozen") and not (backbone.startswith("last:") and count.isdigit() and int(count)):
            raise ValueError(f"Expected `train.backbone` to be full, frozen or last:N (N ≥ 1), but got {backbone!r}.")
        frozen, cached = backbone == "frozen", backbone != "full"
        # The few cached views are soon known by heart: stages learn for few epochs, and everything is held back.
        filled["epochs"] = filled.get("epochs") or (40 if frozen else 6 if cached else 10)
        filled["batch_size"] = filled.get("batch_size") or (256 if frozen else 32)
        filled["learning_rate"] = filled.get("learning_rate") or (1e-3 if cached else 5e-4)
        filled.setdefault("weight_decay", 1.0 if cached else 0.01)
        return filled

    @model_validator(mode="after")
    def _two_or_none(self) -> "TrainSettings":
        if self.batch_size == 1:
            raise ValueError("Expected `train.batch_size` to be 0 (automatic) or 2 and more, but got 1.")
        if self.teachers == 1:
            raise ValueError("Expected `train.teachers` to be 0 (none) or 2 and more, but got 1.")
        return self


class RunConfig(Settings):
    """One run: data set, matrix, backbone, loss, seed and fold.

    Example:
        >>> config = RunConfig.build({"data": "isic2018", "matrix": "isic2018"}, ["loss.form=ce", "seed=3"])
        >>> config.loss.label, config.seed, config.model.name
        ('ce', 3, 'tf_efficientnet_lite0')
    """

    data: DataSettings
    matrix: str = Field(description="a saved matrix, a preset or a file")
    model: ModelSettings = ModelSettings()
    loss: LossSettings = LossSettings.model_validate("ce")
    train: TrainSettings = TrainSettings.model_validate({})
    seed: int = Field(
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
                raise InputError(f"Expected overrides as key=value, but got {override!r}.")
            try:
                value = yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise InputError(f"{override}: the value is not valid YAML; quote it.") from error
            _set(merged, key.strip().split("."), value)
        return validated(cls, merged)

    @classmethod
    def from_file(cls, path: Path, overrides: Iterable[str] = ()) -> "RunConfig":
        """Read a training file (YAML or JSON). Raises InputError when it cannot be read or is not valid."""
        return cls.build(read_yaml(path), overrides)


def validated(model: type[AnySettings], values: Mapping[str, Any]) -> AnySettings:
    """`values` as a `model`, or an InputError with one line on the first thing that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(_explain(model, error)) from error


def _set(target: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        below = target.get(key)
        if isinstance(below, str):  # `data: isic2018` followed by data.folds=5
            below = {"form" if key == "loss" else "name": below}
        target[key] = dict(below) if isinstance(below, Mapping) else {}
        target = target[key]
    target[keys[-1]] = value


def _explain(model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    location = [str(part) for part in first["loc"]]
    where = ".".join(location)
    if first["type"] == "extra_forbidden":
        valid = list(_keys(model))
        close = difflib.get_close_matches(where, valid, n=1, cutoff=0.4) or difflib.get_close_matches(
            location[-1], [key.rsplit(".", 1)[-1] for key in valid], n=1
        )
        hint = f"did you mean `{close[0]}`?" if close else f"valid are {', '.join(model.model_fields)}."
        return f"Unknown setting `{where}`: {hint}"
    if first["type"] == "missing":
        return f"Missing setting `{where}`: add it to the file or as an override, {where}=…"
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    return f"Setting `{where}` = {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}."


def _keys(model: type[BaseModel], prefix: str = "") -> Iterable[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{prefix}{name}.")
