"""Data sets: register images, look at them, and find what would make results untrue."""

import streamlit as st

from pages.datasets.choice import data_choice
from pages.datasets.look import data_look
from pages.datasets.register import LOOK, REGISTER, TASK, begun, data_register
from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.next_run import apply_states
from riskcore.data.registry import list_datasets


def show() -> None:
    """Draw the screen."""
    apply_states()
    names = list_datasets(cached.workspace())
    if not names:
        if not begun():  # else what was found would lie below the edge of a small screen
            st.info("No data set is registered yet. Choose its folder below; its images stay where they are.")
            link_to("overview", "No images at hand? The demo on Overview draws some")
        data_register()
        return
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    task = left.segmented_control(
        "What to do", [LOOK, REGISTER], default=LOOK, required=True, key=TASK, bind="query-params"
    )
    if task == LOOK:
        with right:
            name = data_choice(names)
        data_look(name)
    else:
        data_register()
