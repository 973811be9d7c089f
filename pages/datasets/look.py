"""One data set: its classes in pictures, all its images, or its audit."""

import streamlit as st

from pages.datasets.audit import data_audit
from pages.datasets.classes import class_bars, data_classes
from pages.datasets.facts import data_facts, data_summary, left_out
from pages.datasets.gallery import CLASS, data_gallery
from pages.datasets.next_step import next_step
from pages.datasets.strips import class_strips
from pages.kit import cached
from pages.kit.synthetic import synthetic_mark
from riskcore.data.manifest import Manifest

VIEW = "data_view"
CLASSES, IMAGES, CHECK = "Classes", "Images", "Check"


def view_choice() -> str:
    """Draw the choice of what is looked at of a data set; return it."""
    return st.segmented_control(
        "Show",
        [CLASSES, IMAGES, CHECK],
        default=CLASSES,
        required=True,
        key=VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )


def data_look(name: str, view: str) -> None:
    """Draw the data set of this name."""
    manifest = cached.manifest(name)
    synthetic_mark(manifest.synthetic)
    if view == CLASSES:
        _classes(manifest)
    else:
        {IMAGES: data_gallery, CHECK: data_audit}[view](manifest)


def _classes(manifest: Manifest) -> None:
    pictures, words = st.columns([5, 1.3], gap="medium")
    with pictures:
        class_strips(manifest, _open_class)
    with words:
        data_summary(manifest)
        next_step(manifest)
    counts = cached.class_counts(manifest.name)
    class_bars(counts)
    with st.expander("Details"):
        left_out(manifest)
        data_facts(manifest)
        data_classes(counts)


def _open_class(label: str) -> None:
    st.session_state[VIEW], st.session_state[CLASS] = IMAGES, label
