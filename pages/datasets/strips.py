"""A row of thumbnails per class, with how many images it has."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from pages.kit import cached
from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest
from riskcore.errors import InputError

_MOST = 48  # pictures of all classes together
_FEWEST, _WIDEST = 3, 8  # a class
_CLASSES = 20  # with pictures; the others are in the table under Details
_SIDE = 128  # pixels


def class_strips(manifest: Manifest, open_class: Callable[[str], None] | None = None) -> None:
    """Draw the classes in their order.

    Args:
        manifest: N images. open_class: called with a class whose name is clicked; None where names are words only.
    """
    shown = int(np.clip(_MOST // len(manifest.classes), _FEWEST, _WIDEST))
    for place, label in enumerate(manifest.classes[:_CLASSES]):
        rows = manifest.table[manifest.table["label"] == label]
        name, *cells = st.columns([1.6, *[1] * shown], gap="xsmall", vertical_alignment="center")
        with name.container(gap=None):
            _name(label, f"data_strip_{place}", open_class)
            st.markdown(f"{len(rows):,} image{'' if len(rows) == 1 else 's'}")
        for cell, sample in zip(cells, _spread(rows, shown), strict=False):
            with cell:
                _thumbnail(manifest, sample, label)

    if (more := len(manifest.classes) - _CLASSES) > 0:
        st.markdown(f"and {more:,} more classes, under Details")


def _name(label: str, key: str, open_class: Callable[[str], None] | None) -> None:
    if open_class is None:
        st.markdown(f"**{escaped(label)}**")
    else:
        st.button(
            f"**{escaped(label)}**",
            key=key,
            type="tertiary",
            on_click=open_class,
            args=(label,),
            help="See all of them",
        )


def _spread(rows: pd.DataFrame, number: int) -> list[str]:
    """Samples from all over a class, since neighbours are often of one patient."""
    places = np.unique(np.linspace(0, len(rows) - 1, min(number, len(rows))).round().astype(int))
    return [str(rows["sample"].iloc[place]) for place in places]


def _thumbnail(manifest: Manifest, sample: str, label: str) -> None:
    try:
        st.image(cached.thumbnail(manifest.path(sample), _SIDE), alt=f"{label}: {sample}", width="stretch")
    except InputError:
        st.text("cannot be read")
