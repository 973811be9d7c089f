"""Data sets: register images, look at them, and find what would make results untrue."""

import streamlit as st

from pages.datasets.choice import data_choice
from pages.datasets.look import data_look, view_choice
from pages.datasets.register import LOOK, REGISTER, TASK, data_register
from pages.kit import cached
from pages.kit.assets import asset_path
from pages.kit.links import link_to
from pages.kit.next_run import apply_states
from riskcore.data.registry import list_datasets


def show() -> None:
    """Draw the screen."""
    st.html(asset_path("datasets.css"))
    apply_states()
    names = list_datasets(cached.workspace())
    if not names:
        data_register()
        link_to("overview", "No images at hand? The demo on Overview draws some")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        task = st.segmented_control(
            "What to do",
            [LOOK, REGISTER],
            default=LOOK,
            required=True,
            key=TASK,
            bind="query-params",
            label_visibility="collapsed",
        )
        if task == LOOK:
            name = data_choice(names)
            view = view_choice()
    if task == LOOK:
        data_look(name, view)
    else:
        data_register()
