"""Train: which images, whose severity, how long it may take; then the launch."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.kit import cached
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.kit.synthetic import synthetic_mark
from pages.train.choices import choose_recipe
from pages.train.command import same_from_the_command_line
from pages.train.data import choose_data
from pages.train.launching import launching
from pages.train.measure import measure_speed
from pages.train.plan import Past, Planned, past
from pages.train.presets import choose_preset
from pages.train.search import going_search, search_panel
from pages.train.table import plan_table
from riskcore.data.manifest import Manifest
from riskcore.data.registry import list_datasets
from riskcore.errors import InputError


def show() -> None:
    """Draw the screen."""
    names = list_datasets(cached.workspace())
    if not names:
        st.info("No data set yet: register your images first.", icon=":material/photo_library:")
        link_to("datasets", "Register a data set")
        return
    data, matrix = choose_data(names)
    synthetic_mark(data.synthetic)
    if matrix is None:
        return
    before = past()
    preset, plans = choose_preset(data.name, matrix, before)
    times, place = st.container(), st.container()
    with st.expander("Advanced", icon=":material/tune:", expanded=going_search() is not None):
        shown = _advanced(data, matrix, preset, before, place)
    with times:
        measure_speed([*plans, *shown])


def _advanced(data: Manifest, matrix: str, preset: str, before: Past, place: DeltaGenerator) -> list[Planned]:
    """All that the three answers decide by themselves, and what comes of it; the launch is drawn at `place`."""
    try:
        recipe = choose_recipe(data, matrix, preset, place)
    except InputError as error:
        place.error(escaped(str(error)), icon=":material/error:")
        search_panel(None, None)
        return []
    with place:
        shown = launching(recipe, before)
    if shown is not None:
        plan_table(shown)
    search_panel(shown.plans[0] if shown else None, shown.seconds_a_run if shown else None)
    if shown is None:
        return []
    same_from_the_command_line(recipe)
    return [shown]
