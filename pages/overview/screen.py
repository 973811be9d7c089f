"""Overview: the idea in one drawing, the newest comparison, the newest runs, and what to do next."""

import streamlit as st

from pages.kit import cached
from pages.kit.tour import tour_again, tour_offer
from pages.overview.best import best_runs
from pages.overview.counts import counts
from pages.overview.idea import idea
from pages.overview.newest_comparison import newest_comparison
from pages.overview.newest_runs import newest_runs
from pages.overview.next_step import next_link
from riskcore.data.registry import list_datasets

RESEARCH = (
    "riskcore is for research. Its figures hold for the images they were measured on; no one has tested or approved it "
    "for use on patients, so nothing it shows may decide how anyone is diagnosed or treated."
)


def show() -> None:
    """Draw the screen."""
    idea()
    states, entries = cached.store().counts(), cached.entries()
    data, choices = list_datasets(cached.workspace()), cached.finished_choices()
    if entries:
        figure, beside = st.columns([7, 5], gap="medium")
        with figure:
            newest_comparison(entries[0])
    else:
        beside = st.container()
    with beside:
        next_link(data, states)
        newest_runs()
        tour_offer(choices)
        tour_again(choices)
    details = st.expander("Details", key="overview_details", on_change="rerun")
    if details.open:
        with details:
            counts(data, states)
            best_runs(entries)
            st.markdown(RESEARCH)
