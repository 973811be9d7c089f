"""The badge in the heading that says that the images on a screen were drawn by the program."""

from contextvars import ContextVar

import streamlit as st

from riskcore.formats import SYNTHETIC

_PLACE: ContextVar["st.delta_generator.DeltaGenerator"] = ContextVar("synthetic_place")


def synthetic_place() -> None:
    """Keep room for the badge here; `frame` does so in the heading of every screen."""
    _PLACE.set(st.empty())


def synthetic_mark(synthetic: bool) -> None:
    """Draw the badge where the screen rests on drawn images; a screen calls it once, outside of fragments."""
    if synthetic:
        _PLACE.get().badge("synthetic images", icon=":material/science:", color="gray", help=SYNTHETIC)
