"""Train: which images, and which severity matrix."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.train.settings import label
from riskcore.data.manifest import Manifest
from riskcore.jobs.recipes import matrices
from riskcore.words.glossary import tooltip


def choose_data(names: Sequence[str], left: DeltaGenerator, right: DeltaGenerator) -> tuple[Manifest, str]:
    """Ask on the left for a registered data set, on the right for a matrix; those for its classes come first."""
    name = left.selectbox(
        label("data.name"),
        names,
        key="train_data",
        bind="query-params",
        on_change=_take_fitting_matrix,
        help="The registered images to train, validate and test on.",
    )
    manifest = cached.manifest(name)
    fits = matrices(cached.workspace(), manifest.classes)
    options = _ordered(fits, name)
    matrix = right.selectbox(
        label("matrix"),
        options,
        format_func=lambda option: option if fits[option] else f"{option} (for other classes)",
        key="train_matrix",
        bind="query-params",
        help=tooltip("severity matrix"),
    )
    if not any(fits.values()):
        st.warning("No severity matrix is for the classes of this data set yet.", icon=":material/grid_on:")
        link_to("severity", "Say how bad each mistake is")
    return manifest, matrix


def _ordered(fits: dict[str, bool], data: str) -> list[str]:
    """The fitting ones first, and of them the one of the data set's own name."""
    return sorted(fits, key=lambda name: (not fits[name], name != data))


def _take_fitting_matrix() -> None:
    with shown_errors():
        name = st.session_state["train_data"]
        fits = matrices(cached.workspace(), cached.manifest(name).classes)
        st.session_state["train_matrix"] = _ordered(fits, name)[0]
