"""Decisions, gathered: calibration, the risk dial, frontiers, operating points and CER at equal accuracy.

Each part has its own module; this one is the address under which all of them are found.
"""

from riskcore.decision.calibration import Calibration, fit_calibration
from riskcore.decision.curves import Frontier, frontier, step_curve
from riskcore.decision.dial import Dial, decide, decide_grid, dial_grid
from riskcore.decision.equal_accuracy import EqualAccuracy, equal_accuracy, frontier_area, holm_adjusted
from riskcore.decision.operating import WISH_KINDS, OperatingPoint, Wish, operating_point
from riskcore.decision.pooled import CalibratedMember, PooledDecisions, calibrate, pooled_decisions

__all__ = [
    "WISH_KINDS",
    "CalibratedMember",
    "Calibration",
    "Dial",
    "EqualAccuracy",
    "Frontier",
    "OperatingPoint",
    "PooledDecisions",
    "Wish",
    "calibrate",
    "decide",
    "decide_grid",
    "dial_grid",
    "equal_accuracy",
    "fit_calibration",
    "frontier",
    "frontier_area",
    "holm_adjusted",
    "operating_point",
    "pooled_decisions",
    "step_curve",
]
