"""The settings of a training run and the names of losses. Nothing here imports torch."""

from riskcore.config.checked import Settings, validated
from riskcore.config.run import SETTINGS, RunConfig
from riskcore.config.sections import (
    BASELINES,
    BASES,
    FORMS,
    GAMMA,
    NO_CUDA,
    PACKAGED,
    DataSettings,
    LossSettings,
    Measure,
    ModelSettings,
    TrainSettings,
)
from riskcore.config.shown import Group, Shown, shown

__all__ = [
    "BASELINES",
    "BASES",
    "FORMS",
    "GAMMA",
    "NO_CUDA",
    "PACKAGED",
    "SETTINGS",
    "DataSettings",
    "Group",
    "LossSettings",
    "Measure",
    "ModelSettings",
    "RunConfig",
    "Settings",
    "Shown",
    "TrainSettings",
    "shown",
    "validated",
]
