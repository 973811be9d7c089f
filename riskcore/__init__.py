"""riskcore: train and judge medical image classifiers by the harm of their mistakes.

Research software, not a medical device.

The public names are loaded on first use, so that ``import riskcore`` stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskcore.comparing.chosen import at_chosen_dials
    from riskcore.comparing.equal_accuracy import better_at_equal_accuracy
    from riskcore.decision.frontier import frontier
    from riskcore.judging.report import evaluate
    from riskcore.learning.losses import FocalLoss, RiskCalibratedLoss
    from riskcore.learning.predictor import Predictor
    from riskcore.predictions import Cases, Member, RunPredictions
    from riskcore.severity import SeverityMatrix

__version__ = "0.1.0"

_HOMES = {
    "Cases": "predictions",
    "FocalLoss": "learning.losses",
    "Member": "predictions",
    "Predictor": "learning.predictor",
    "RiskCalibratedLoss": "learning.losses",
    "RunPredictions": "predictions",
    "SeverityMatrix": "severity",
    "at_chosen_dials": "comparing.chosen",
    "better_at_equal_accuracy": "comparing.equal_accuracy",
    "evaluate": "judging.report",
    "frontier": "decision.frontier",
}

__all__ = [
    "Cases",
    "FocalLoss",
    "Member",
    "Predictor",
    "RiskCalibratedLoss",
    "RunPredictions",
    "SeverityMatrix",
    "at_chosen_dials",
    "better_at_equal_accuracy",
    "evaluate",
    "frontier",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"riskcore.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'riskcore' has no attribute {name!r}")
