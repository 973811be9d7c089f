"""Overview: what is here, where it stands, and what to do next."""

import streamlit as st

from pages.kit import cached
from pages.kit.tour import tour_again, tour_offer
from pages.overview.best import best_runs
from pages.overview.counts import counts
from pages.overview.next_step import next_link
from riskcore.data.registry import list_datasets
from riskcore.runs.overview import overview

RESEARCH = (
    "riskcore is for research. Its figures hold for the images they were measured on; no one has tested or approved it "
    "for use on patients, so nothing it shows may decide how anyone is diagnosed or treated."
)


def show() -> None:
    """Draw the screen."""
    found = overview(cached.store())
    data = list_datasets(cached.workspace())
    next_link(data, found.states)
    tour_offer(found.choices)
    best_runs(found.entries)
    counts(data, found.states)
    tour_again(found.choices)
    st.markdown(f":material/science: {RESEARCH}")
