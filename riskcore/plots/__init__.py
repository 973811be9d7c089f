"""Figures from metrics, for notebooks, screens and paper; each module draws one kind."""

from riskcore.plots.frontier import frontier_figure, save_figure

__all__ = ["frontier_figure", "save_figure"]
