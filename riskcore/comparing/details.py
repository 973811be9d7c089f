"""What `compare --details` adds for each run: AUROC against the baseline's, and calibration of its risks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from riskcore.comparing.auroc_difference import AurocDifference, auroc_differences
from riskcore.comparing.paired import line_up
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.pooled import pooled_decisions
from riskcore.judging.details import Details, details
from riskcore.metrics.differences import simultaneous_z
from riskcore.predictions import RunPredictions
from riskcore.severity import SeverityMatrix


@dataclass(frozen=True)
class ComparedDetails:
    """Of one side.

    Attributes:
        details: of its own test cases.
        auroc: of critical against other cases, run − baseline; None for the baseline.
        z: of simultaneous intervals of the AUROC's differences.
    """

    details: Details
    auroc: AurocDifference | None
    z: float

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        auroc = None if self.auroc is None else self.auroc.as_dict(self.z)
        return {"auroc_difference": auroc, "calibration": self.details.as_dict()["calibration"]}


def compared_details(
    runs: Sequence[RunPredictions], baseline: RunPredictions, matrix: SeverityMatrix, *, resamples: int = 2000
) -> dict[str, ComparedDetails]:
    """Id -> details of the baseline and of each run beside it.

    Args:
        runs, baseline, matrix: as for `riskcore.comparing.comparison.compare`.
        resamples: bootstrap replicates of the AUROC.

    Raises:
        InputError: as `compare`.
    """
    reference, others = JudgedRun(baseline, matrix), [JudgedRun(run, matrix) for run in runs]
    lineup = line_up(others, reference, resamples=resamples)
    aurocs = [auroc_differences(lineup.beside(side)) for side in lineup.runs]
    z = simultaneous_z([auroc.pooled for auroc in aurocs])
    found = {}
    for judged, auroc in zip([reference, *others], [None, *aurocs], strict=True):
        decided = pooled_decisions(judged, Dial("severity", 0.0))
        found[judged.id] = ComparedDetails(details(decided, decided.dial), auroc, z)
    return found
