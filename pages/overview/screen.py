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
from riskcore.runs.overview import overview

RESEARCH = (
    "riskcore is for research. Its figures hold for the images they were measured on; no one has tested or approved it "
    "for use on patients, so nothing it shows may decide how anyone is diagnosed or treated."
)


def show() -> None:
    """Draw the screen."""
    idea()
    found = overview(cached.store())
    data = list_datasets(cached.workspace())
    if found.entries:
        figure, beside = st.columns([7, 5], gap="medium")
        with figure:
            newest_comparison(found.entries[0])
    else:
        beside = st.container()
    with beside:
        next_link(data, found.states)
        newest_runs()
        tour_offer(found.choices)
        tour_again(found.choices)
    with st.expander("Details"):
        counts(data, found.states)
        best_runs(found.entries)
        st.markdown(RESEARCH)
