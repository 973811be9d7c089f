"""The severity matrix: how bad each confusion is, where matrices come from and where they are kept."""

from riskcore.severity.matrix import PRESETS, RULES, SeverityMatrix

__all__ = ["PRESETS", "RULES", "SeverityMatrix"]
