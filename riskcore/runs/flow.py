"""The flow of cases of finished runs, as they recorded it when they were trained."""

from collections.abc import Sequence
from typing import Any

from riskcore.runs.folder import Run


def recorded_flow(runs: Sequence[Run]) -> list[dict[str, Any]] | None:
    """One entry a run, with its id, seed and fold beside what `riskcore.data.flow` counted.

    None where a run does not have it: runs of earlier versions did not count, and what the division would be today is
    no evidence of what it was.
    """
    flows = [flow for run in runs if (flow := (run.record["result"] or {}).get("flow"))]
    if len(flows) < len(runs):
        return None
    return [{"run": run.id, "seed": run.seed, "fold": run.fold, **flow} for run, flow in zip(runs, flows, strict=True)]
