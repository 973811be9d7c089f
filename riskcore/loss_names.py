"""The names of the losses, importable without torch so that settings can be checked cheaply."""

FORMS = ("margin", "expected", "barrier", "log_harm", "reweight")
"""Forms of `riskcore.losses.RiskCalibratedLoss`: they read the severity matrix."""

BASELINES = ("ce", "focal", "class_weighted_ce", "label_smoothing")
"""Losses that know nothing of severity: what the forms are compared with."""

BASES = ("ce", "focal")
"""Losses that a form may build on."""

GAMMA = 2.0
"""Focusing parameter of focal loss unless told otherwise: what its authors found best (Lin et al., ICCV 2017)."""
