"""What a medical reviewer asks for beside the rates, gathered of one run and compared between two."""

from riskcore.judging.details.auroc_difference import AurocDifference, auroc_difference, auroc_differences
from riskcore.judging.details.gathered import Details, SubgroupTest, details

__all__ = ["AurocDifference", "Details", "SubgroupTest", "auroc_difference", "auroc_differences", "details"]
