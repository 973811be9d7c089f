"""The settings of a training run and the names of losses. Nothing here imports torch."""

from riskcore.config.checked import Settings, validated
from riskcore.config.packaged import PACKAGED, PACKAGED_WEIGHTS, Packaged, packaged_for
from riskcore.config.run import SETTINGS, RunConfig
from riskcore.config.sections import (
    BASELINES,
    BASES,
    FORMS,
    GAMMA,
    NO_CUDA,
    DataSettings,
    LossSettings,
    Measure,
    ModelSettings,
    TrainSettings,
)
from riskcore.config.shown import Group, Shown, shown
from riskcore.config.sizes import fitted_size, fitting_sizes

__all__ = [
    "BASELINES",
    "BASES",
    "FORMS",
    "GAMMA",
    "NO_CUDA",
    "PACKAGED",
    "PACKAGED_WEIGHTS",
    "SETTINGS",
    "DataSettings",
    "Group",
    "LossSettings",
    "Measure",
    "ModelSettings",
    "Packaged",
    "RunConfig",
    "Settings",
    "Shown",
    "TrainSettings",
    "fitted_size",
    "fitting_sizes",
    "packaged_for",
    "shown",
    "validated",
]
