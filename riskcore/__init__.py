"""riskcore: train and judge medical image classifiers by the harm of their mistakes.

Research software, not a medical device.

The public names are loaded on first use, so that ``import riskcore`` stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskcore.decision.frontier import frontier
    from riskcore.judging.report import evaluate
    from riskcore.learning.losses import FocalLoss, RiskCalibratedLoss
    from riskcore.learning.predictor import Predictor
    from riskcore.severity import SeverityMatrix

__version__ = "0.1.0"

_HOMES = {
    "SeverityMatrix": "severity",
    "RiskCalibratedLoss": "learning.losses",
    "FocalLoss": "learning.losses",
    "evaluate": "judging.report",
    "frontier": "decision.frontier",
    "Predictor": "learning.predictor",
}

__all__ = ["FocalLoss", "Predictor", "RiskCalibratedLoss", "SeverityMatrix", "evaluate", "frontier"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"riskcore.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'riskcore' has no attribute {name!r}")
