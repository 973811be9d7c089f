"""Train, under Advanced: the runs that the choices make, one a row, with their times."""

import pandas as pd
import streamlit as st

from pages.train.plan import Planned
from riskcore.jobs.estimates import Estimate, duration

_STATES = {
    "finished": "finished, not trained again",
    "running": "running",
    "queued": "queued",
    "stopped": "goes on where it was stopped",
    "interrupted": "goes on where it was interrupted",
}
_ROWS_SHOWN = 8


def plan_table(shown: Planned) -> None:
    """Draw it."""
    rows = []
    for plan, run, estimate in zip(shown.plans, shown.found, shown.estimates, strict=True):
        config = plan.config
        done = run is not None and run.state == "finished"
        rows.append(
            {
                "Backbone": config.model.name,
                "Loss": config.loss.label,
                "Seed": config.seed,
                "Fold": config.fold,
                "State": "new" if run is None else _STATES[run.state],
                "Estimated time": "–" if done else _time(estimate),
                "Where that comes from": "" if done or estimate.seconds is None else estimate.basis,
            }
        )
    frame = pd.DataFrame(rows)
    if frame["Fold"].isna().all():
        frame = frame.drop(columns="Fold")
    st.dataframe(
        frame,
        hide_index=True,
        height="auto" if len(frame) <= _ROWS_SHOWN else 35 * (_ROWS_SHOWN + 1) + 3,
        alt="The runs that would be trained, one a row, with their estimated time.",
    )


def _time(estimate: Estimate) -> str:
    return estimate.basis if estimate.seconds is None else duration(estimate.seconds)
