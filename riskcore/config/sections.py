"""The sections of a run's settings: data, model, loss and train.

All that is known of a setting stands in its field: type, limits and default, its meaning (`description`), and how the
screen Train asks for it (`Shown`). Screen, presets and documentation read it there.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, model_validator

from riskcore.config.checked import Settings
from riskcore.config.packaged import PACKAGED
from riskcore.config.shown import ByBackbone, Shown, shown
from riskcore.config.sizes import USUAL, fitted_size
from riskcore.foreign_text import quoted

_FORMS = {
    "margin": "asks for a wider margin to harmful answers",
    "expected": "adds the average harm of the answer",
    "barrier": "adds a penalty that grows steeply as a harmful answer becomes certain",
    "log_harm": "adds the log-loss of “no harm”: probability on harmful answers costs more",
    "reweight": "lets cases with harmful answers weigh more",
}
_BASELINES = {
    "ce": "cross-entropy, the usual loss; knows nothing of severity",
    "focal": "cross-entropy that looks more at hard cases; the baseline of the paper",
    "class_weighted_ce": "cross-entropy in which rare classes weigh more",
    "label_smoothing": "cross-entropy against slightly blurred labels",
}

FORMS = tuple(_FORMS)
"""Forms of `riskcore.learning.losses.RiskCalibratedLoss`: they read the severity matrix."""

BASELINES = tuple(_BASELINES)
"""Losses that know nothing of severity: what the forms are compared with."""

BASES = ("ce", "focal")
"""Losses that a form may build on."""

GAMMA = 2.0
"""Focusing parameter of focal loss unless told otherwise: what its authors found best (Lin et al., ICCV 2017)."""

Measure = Literal["loss", "accuracy", "balanced_accuracy", "cer", "expected_severity", "critical_auroc"]
"""What early stopping may watch on validation; `riskcore.learning.checkpoints.LOWER_IS_BETTER` has the directions."""

NO_CUDA = "train.device=cuda, but this machine offers no CUDA device; use train.device=cpu or auto."


_WHOLE = re.compile("[0-9]{1,9}")


def _folds(value: Any) -> Any:
    number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value
    if value is None or value == "published" or (isinstance(number, int) and number >= 2):
        return number
    raise ValueError(f"Expected `data.folds` to be published or a number of 2 and more, but got {quoted(value)}.")


class DataSettings(Settings):
    """Which images, and how they are divided."""

    name: Annotated[str, Shown("Data set")] = Field(description="a registered data set")
    classes: Annotated[Literal["all", "groups"], Shown("Classes", "Images")] = Field(
        default="all", description="groups: merge classes into clinical groups"
    )
    magnifications: Annotated[
        tuple[Annotated[str, BeforeValidator(str)], ...] | None, Shown("Magnifications", "Images")
    ] = Field(default=None, description="BreaKHis: keep these, e.g. [100]")
    folds: Annotated[int | Literal["published"] | None, BeforeValidator(_folds), Shown("Folds", "Images")] = Field(
        default=None, description="grouped cross-validation: how many folds, or the published ones"
    )
    validation: Annotated[float, Shown("Validation share", "Images")] = Field(
        default=0.15, gt=0, lt=0.5, description="share of the training groups kept for validation"
    )
    test: Annotated[float, Shown("Test share", "Images")] = Field(
        default=0.2, gt=0, lt=0.5, description="share kept for test where no test split is published"
    )
    # Left out where it is the default, so that runs from before there was this setting stay in the same pools.
    certify: Annotated[float, Shown("Share for a certificate", "Images")] = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        exclude_if=lambda share: share == 0,
        description="share of the training groups kept for a certificate, on which nothing is trained or chosen",
    )
    split_seed: Annotated[int, Shown("Seed of the division", "Images")] = Field(
        default=0, ge=0, description="seed of the division, the same for every run of a comparison"
    )
    drop_leaks: Annotated[bool, Shown("Leave leaking images out", "Images")] = Field(
        default=False, description="leave out training images that the audit finds in other splits"
    )


_BACKBONES = {
    PACKAGED: "small and fast; its weights are installed, no network needed",
    "tf_efficientnet_lite2": "larger and slower; weights added once with `riskcore weights add efficientnet-lite2`",
    "vit_small_patch14_dinov2": "a vision transformer; weights added once with `riskcore weights add dinov2-small`",
    "efficientnet_b0": "small; weights from the hub",
    "resnet50": "the usual yardstick; weights from the hub",
    "convnext_tiny": "stronger, wants a GPU; weights from the hub",
    "vit_small_patch16_224": "a vision transformer, wants a GPU; image sides divisible by 16; weights from the hub",
}
_WEIGHTS = {"hub": "trained on ImageNet, from the hub", "none": "untrained, a random start"}


class ModelSettings(Settings):
    """The backbone."""

    name: Annotated[str, Shown("Backbones", choices=_BACKBONES)] = Field(
        default=PACKAGED, description="any timm classification model"
    )
    weights: Annotated[str, Shown("Weights", choices=_WEIGHTS)] = Field(
        default="packaged", description="packaged, hub, none (random start), or a file"
    )
    size: Annotated[int, Shown("Image side in pixels", "Network and loss")] = Field(
        default=USUAL, ge=32, le=1024, description="image side in pixels; transformers take multiples of their patches"
    )
    hidden: Annotated[int, Shown("Hidden layer", "Network and loss")] = Field(
        default=0, ge=0, le=4096, description="width of a hidden layer in the classifier of a frozen backbone; 0: none"
    )
    members: Annotated[int, Shown("Networks averaged", "Network and loss")] = Field(
        default=1,
        ge=1,
        le=32,
        description="networks trained side by side and averaged; they share a frozen front",
    )

    @model_validator(mode="before")
    @classmethod
    def _size_that_fits(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and "size" not in values and isinstance(values.get("name"), str):
            return {**values, "size": fitted_size(values["name"])}
        return values


class LossSettings(Settings):
    """The training loss; see docs/losses.md."""

    form: Annotated[str, Shown("Losses", choices={**_BASELINES, **_FORMS})] = Field(
        default="log_harm", description="a severity form or a baseline"
    )
    strength: Annotated[float, Shown("Strengths")] = Field(
        default=3.0, ge=0, le=1000, description="s; 0 is the base loss"
    )
    confusion: Annotated[float, Shown("Confusion-aware", "Network and loss")] = Field(
        default=0.0, ge=0, le=100, description="beta of the confusion-aware variant; 0 is off"
    )
    base: Annotated[Literal["ce", "focal"], Shown("Base loss", "Network and loss")] = Field(
        default="ce", description="what a severity form is added to"
    )
    # Left out where it is the default, so that runs from before there was this setting stay in the same pools.
    gamma: Annotated[float, Shown("Gamma of focal loss", "Network and loss")] = Field(
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
            raise ValueError(f"Expected `loss.form` to be one of {', '.join(known)}, but got {quoted(self.form)}.")
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


_TRAINED = {
    "frozen": "classifier only (frozen)",
    "full": "whole network (full)",
    "last:1": "last stage (last:1)",
    "last:2": "last 2 stages (last:2)",
    "last:3": "last 3 stages (last:3)",
}
# The few cached views are soon known by heart: stages learn for few epochs, and everything is held back.
_EPOCHS = ByBackbone(frozen=40, last=6, full=10)
_BATCH_SIZE = ByBackbone(frozen=256, last=32, full=32)
_LEARNING_RATE = ByBackbone(frozen=1e-3, last=1e-3, full=5e-4, transformer=1e-4)
_WEIGHT_DECAY = ByBackbone(frozen=1.0, last=1.0, full=0.01, transformer=0.05)


class TrainSettings(Settings):
    """How the weights are found. Epochs, batch size, learning rate and weight decay follow `backbone` unless given."""

    backbone: Annotated[str, Shown("What is trained", "Network and loss", choices=_TRAINED)] = Field(
        default="full", description="full, frozen, or last:N to train the last N stages"
    )
    epochs: Annotated[int, Shown("Epochs", "Training", automatic=_EPOCHS)] = Field(
        default=0, ge=0, description=f"0: {_EPOCHS}"
    )
    batch_size: Annotated[int, Shown("Batch size", "Training", automatic=_BATCH_SIZE)] = Field(
        default=0, ge=0, description=f"0: {_BATCH_SIZE}"
    )
    learning_rate: Annotated[float, Shown("Learning rate", "Training", automatic=_LEARNING_RATE)] = Field(
        default=0.0, ge=0, description=f"0: {_LEARNING_RATE}"
    )
    weight_decay: Annotated[float, Shown("Weight decay", "Training", automatic=_WEIGHT_DECAY)] = Field(
        default=_WEIGHT_DECAY.full,
        ge=0,
        description=f"of AdamW, biases and norm scales apart; unless given {_WEIGHT_DECAY}",
    )
    # Left out where it is the default, so that runs from before there was this setting stay in the same pools.
    layer_decay: Annotated[float, Shown("Rate of a stage beside the next", "Training")] = Field(
        default=1.0,
        gt=0,
        le=1,
        exclude_if=lambda decay: decay == 1,
        description="each stage learns at this share of the rate of the stage after it; 1: all at the same rate",
    )
    warmup: Annotated[float, Shown("Warm-up", "Training")] = Field(
        default=0.1, ge=0, lt=1, description="share of the steps with a rising learning rate"
    )
    clip: Annotated[float, Shown("Gradient clip", "Training")] = Field(
        default=1.0, gt=0, description="largest gradient norm"
    )
    ema: Annotated[float, Shown("Averaged weights", "Training")] = Field(
        default=0.0, ge=0, lt=1, description="decay of the averaged weights; 0 is off"
    )
    sampler: Annotated[Literal["shuffle", "class_balanced"], Shown("Order of images", "Training")] = Field(
        default="shuffle", description="shuffle: each image once an epoch; class_balanced: each class equally often"
    )
    augment: Annotated[Literal["none", "light", "standard"], Shown("Augmentation", "Network and loss")] = Field(
        default="standard", description="none, light (small moves, mirror), standard (larger moves, upside down too)"
    )
    views: Annotated[int, Shown("Views of an image", "Network and loss")] = Field(
        default=4, ge=2, le=64, description="cached views an image: the image, its mirror, then augmented ones"
    )
    monitor: Annotated[Measure, Shown("Early stopping watches", "Training")] = Field(
        default="loss", description="validation measure for early stopping"
    )
    patience: Annotated[int, Shown("Patience", "Training")] = Field(
        default=0, ge=0, description="epochs without improvement before stopping; 0 is off"
    )
    # Left out where it is the default, so that runs from before there was this setting stay in the same pools.
    teachers: Annotated[int, Shown("Teachers", "Network and loss")] = Field(
        default=0,
        ge=0,
        le=20,
        exclude_if=lambda teachers: teachers == 0,
        description="networks that each learn from all but one part of the training groups; the final network also "
        "learns what each makes of the part that it has not seen; 0: none",
    )
    threads: Annotated[int, Shown("CPU threads", "Machine")] = Field(
        default=0, ge=0, description="CPU threads; 0: all cores"
    )
    device: Annotated[Literal["auto", "cpu", "cuda"], Shown("Device", "Machine")] = Field(
        default="auto", description="auto: a GPU where there is one"
    )

    def changed(self, *models: str) -> dict[str, Any]:
        """What is trained, and the settings that were given and do not follow from it, JSON-ready.

        Args:
            models: the timm models that are trained; a setting counts that is not what follows for each of them.

        Example:
            >>> train = TrainSettings.model_validate({"backbone": "frozen", "epochs": 40, "teachers": 5})
            >>> train.changed("resnet50")
            {'backbone': 'frozen', 'teachers': 5}
        """
        start = {"backbone": self.backbone}
        usual = [type(self).model_validate(self.filled(start, model)).model_dump(mode="json") for model in models]
        given = self.model_dump(mode="json", include=self.model_fields_set)
        return start | {name: value for name, value in given.items() if any(value != each.get(name) for each in usual)}

    @property
    def trained_stages(self) -> int | None:
        """None for the whole network, 0 for the head alone, N for the last N stages."""
        if self.backbone == "full":
            return None
        return 0 if self.backbone == "frozen" else int(self.backbone.removeprefix("last:"))

    def of(self, model: str) -> "TrainSettings":
        """The same for a network: what was not given follows from it.

        Args:
            model: a timm model.

        Example:
            >>> train = TrainSettings.model_validate({"backbone": "last:1", "epochs": 4})
            >>> [train.of(name).learning_rate for name in ("resnet50", "vit_small_patch14_dinov2")]
            [0.001, 0.0001]
        """
        return type(self).model_validate(type(self).filled(self.model_dump(include=self.model_fields_set), model))

    @classmethod
    def filled(cls, values: Mapping[str, Any], model: str) -> dict[str, Any]:
        """`values` and what follows from them for a timm model; ValueError where `backbone` is none."""
        backbone = str(values.get("backbone", "full"))
        count = backbone.removeprefix("last:")
        if backbone not in ("full", "frozen") and not (
            backbone.startswith("last:") and _WHOLE.fullmatch(count) and int(count)
        ):
            raise ValueError(
                f"Expected `train.backbone` to be full, frozen or last:N (N ≥ 1), but got {quoted(backbone)}."
            )
        return {**values, **cls._following(values, backbone, model)}

    @classmethod
    def _following(cls, values: Mapping[str, Any], backbone: str, model: str) -> dict[str, float]:
        """The automatic settings that are not among `values`."""
        following = {}
        for name, setting in cls.model_fields.items():
            about, given = shown(setting), values.get(name)
            # 0 stands for automatic where it is the default; no weight decay at all is a choice.
            if about and about.automatic and (given is None or given == setting.default == 0):
                following[name] = about.automatic.of(backbone, model)
        return following

    @model_validator(mode="wrap")
    @classmethod
    def _fill(cls, values: Any, handler: ModelWrapValidatorHandler["TrainSettings"]) -> "TrainSettings":
        if not isinstance(values, Mapping):
            return handler(values)
        filled = cls.filled(values, PACKAGED)
        found = handler(filled)
        given = {name for name in values if values[name] == filled[name]}
        return cls.model_construct(given, **dict(found))  # what followed counts as not given: see `of`

    @model_validator(mode="after")
    def _two_or_none(self) -> "TrainSettings":
        if self.batch_size == 1:
            raise ValueError("Expected `train.batch_size` to be 0 (automatic) or 2 and more, but got 1.")
        if self.teachers == 1:
            raise ValueError("Expected `train.teachers` to be 0 (none) or 2 and more, but got 1.")
        return self
