"""Train: choices become a list of runs with their times, which the device's worker then carries out."""

import streamlit as st

from pages.kit import cached
from pages.kit.links import link_to
from pages.train.choices import choose_preset, choose_recipe
from pages.train.command import same_from_the_command_line
from pages.train.data import choose_data
from pages.train.runs import planned_runs
from pages.train.search import search_panel
from riskcore.data.registry import list_datasets
from riskcore.formats import SYNTHETIC


def show() -> None:
    """Draw the screen."""
    names = list_datasets(cached.workspace())
    if not names:
        st.info("No data set yet: register your images first.", icon=":material/photo_library:")
        link_to("datasets", "Register a data set")
        return
    with st.container(border=True):
        left, middle, right = st.columns(3)
        data, matrix = choose_data(names, left, middle)
        with right:
            preset = choose_preset()
        recipe = choose_recipe(data, matrix, preset)
        if data.synthetic:
            st.caption(SYNTHETIC)
    planned = planned_runs(recipe) if recipe is not None else None
    search_panel(planned.plans[0] if planned else None, planned.seconds_a_run if planned else None)
    if recipe is not None and planned is not None:
        same_from_the_command_line(recipe)
