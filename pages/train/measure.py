"""Train: the button that times a few real batches, in a process of its own."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.job_progress import job_progress
from pages.train.plan import Planned
from riskcore.config import RunConfig
from riskcore.jobs import speed
from riskcore.jobs.estimates import NOT_MEASURED, TIMED


def measure_speed(shown: Planned) -> None:
    """Offer to measure where no finished run tells the time; say so while that goes on."""
    wanted = _unknown(shown)
    if not wanted or job_progress("speed", speed.measuring_name(wanted)):
        return
    known = all(shown.estimates[place].seconds is not None for place in shown.to_train)
    left, right = st.columns([1, 3], vertical_alignment="center")
    left.button(
        "Measure again" if known else "Measure on this machine",
        icon=":material/timer:",
        on_click=_start,
        args=(wanted,),
        key="train_measure",
        width="stretch",
    )
    right.caption(
        "The times come from a few batches; a run that takes longer than the others prepares the images for them. "
        "They are too long if something else kept this machine busy then."
        if known
        else "No run like these has finished yet, so their time is not known. Timing a few real batches takes about "
        "half a minute; whatever else keeps this machine busy meanwhile makes the figures too long."
    )


def _unknown(shown: Planned) -> list[RunConfig]:
    """One config of each backbone whose time no finished run tells."""
    found = {
        shown.plans[place].config.model: shown.plans[place].config
        for place in reversed(shown.to_train)
        if shown.estimates[place].basis in (NOT_MEASURED, TIMED)
    }
    return list(found.values())


def _start(wanted: list[RunConfig]) -> None:
    with shown_errors():
        speed.start_measuring(cached.workspace(), wanted)
