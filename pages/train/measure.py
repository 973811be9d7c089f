"""Train: the button that times a few real batches, in a process of its own."""

from collections.abc import Sequence

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.job_progress import job_progress
from pages.train.plan import Planned
from riskcore.config import RunConfig
from riskcore.jobs import speed
from riskcore.jobs.estimates import NOT_MEASURED, TIMED


def measure_speed(plans: Sequence[Planned]) -> None:
    """Offer to measure where no finished run tells the time of any of the plans; say so while that goes on."""
    wanted, known = _unknown(plans)
    if not wanted or job_progress("speed", speed.measuring_name(wanted)):
        return
    st.button(
        "Measure the times again" if known else "Measure the missing times",
        icon=":material/timer:",
        type="tertiary",
        on_click=_start,
        args=(wanted,),
        key="train_measure",
        help="Times a few real batches on this machine, about half a minute for each kind of training; whatever else "
        "keeps it busy meanwhile makes the figures too long. Times of finished runs need no measuring.",
    )


def _unknown(plans: Sequence[Planned]) -> tuple[list[RunConfig], bool]:
    """One config of each kind of training whose time no finished run tells, and whether all were measured before."""
    found, known = {}, True
    for shown in plans:
        for place in reversed(shown.to_train):
            if shown.estimates[place].basis in (NOT_MEASURED, TIMED):
                config = shown.plans[place].config
                found[speed.speed_key(config)] = config
                known = known and shown.estimates[place].basis == TIMED
    return list(found.values()), known


def _start(wanted: list[RunConfig]) -> None:
    with shown_errors():
        speed.start_measuring(cached.workspace(), wanted)
