"""One data set: its facts, then its classes, its images, or its audit."""

import streamlit as st

from pages.datasets.audit import data_audit
from pages.datasets.classes import data_classes
from pages.datasets.facts import data_facts
from pages.datasets.gallery import data_gallery
from pages.kit import cached

CHECK = "Check"
VIEW = "data_view"
_PANELS = {"Classes": data_classes, "Images": data_gallery, CHECK: data_audit}


def data_look(name: str) -> None:
    """Draw the data set of this name."""
    manifest = cached.manifest(name)
    data_facts(manifest)
    panel = st.segmented_control(
        "Show",
        list(_PANELS),
        default="Classes",
        required=True,
        key=VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )
    _PANELS[panel](manifest)
