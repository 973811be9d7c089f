"""Measures of harm, gathered: rates and tables of decisions, ranking and calibration, intervals and paired tests.

Each part has its own module; this one is the address under which all of them are found. docs/statistics.md says which
interval and test is which.
"""

from riskcore.metrics.critical_risk import critical_risk
from riskcore.metrics.error_rates import (
    Outcomes,
    by_subgroup,
    confusion,
    majority_accuracy,
    outcomes,
    per_class_recall,
    per_seed,
    rates,
    severity_confusion,
)
from riskcore.metrics.intervals import (
    Rate,
    mean_interval,
    paired_difference,
    proportion,
    resampling_interval,
    stratified,
)
from riskcore.metrics.net_benefit import NetBenefit, net_benefit
from riskcore.metrics.paired_tests import holm, mcnemar_test, paired_test, sign_flip_test
from riskcore.metrics.probability_measures import (
    brier,
    critical_auroc,
    ece,
    macro_auroc,
    measure_replicates,
    probability_measures,
)
from riskcore.metrics.resampling import bootstrap_weights, crossed_weights, group_codes, group_sums, resampled_ratios
from riskcore.metrics.risk_calibration import CalibrationBin, RiskCalibration, risk_calibration
from riskcore.metrics.stated_points import StatedPoint, stated_points
from riskcore.metrics.subgroup_differences import SubgroupDifference, subgroup_difference

__all__ = [
    "CalibrationBin",
    "NetBenefit",
    "Outcomes",
    "Rate",
    "RiskCalibration",
    "StatedPoint",
    "SubgroupDifference",
    "bootstrap_weights",
    "brier",
    "by_subgroup",
    "confusion",
    "critical_auroc",
    "critical_risk",
    "crossed_weights",
    "ece",
    "group_codes",
    "group_sums",
    "holm",
    "macro_auroc",
    "majority_accuracy",
    "mcnemar_test",
    "mean_interval",
    "measure_replicates",
    "net_benefit",
    "outcomes",
    "paired_difference",
    "paired_test",
    "per_class_recall",
    "per_seed",
    "probability_measures",
    "proportion",
    "rates",
    "resampled_ratios",
    "resampling_interval",
    "risk_calibration",
    "severity_confusion",
    "sign_flip_test",
    "stated_points",
    "stratified",
    "subgroup_difference",
]
