"""The next step in one sentence, with the link that takes it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from riskcore.runs.overview import Step, next_step
from riskcore.runs.record import State
from riskcore.severity import PRESETS, SeverityMatrix
from riskcore.severity.store import list_matrices, load_matrix

_WORDS: dict[Step, tuple[str, str, str]] = {
    "data": ("Nothing is here yet. Begin with images whose classes are known.", "datasets", "Register a data set"),
    "matrix": ("Say how bad each confusion is: no matrix fits your classes yet.", "severity", "Make a severity matrix"),
    "train": ("Images and a severity matrix are here. Train the first models.", "train", "Train"),
    "compare": (
        "Look at the images that were missed, and at what caution costs.",
        "compare",
        "Compare the finished runs",
    ),
}
"""Step -> sentence, address of the screen, words of the link."""


def next_link(data: Sequence[str], states: Mapping[State, int]) -> None:
    """Draw it.

    Args:
        data: names of the registered data sets. states: state -> how many runs.
    """
    step = next_step(*_known(data), states)
    if step == "runs":
        running, queued = states.get("running", 0), states.get("queued", 0)
        sentence = f"Training is under way: {running:,} running, {queued:,} waiting."
        path, label = "runs", "Watch the runs"
    else:
        sentence, path, label = _WORDS[step]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Next:** {sentence}", width="content")
        link_to(path, label)


def _known(data: Sequence[str]) -> tuple[list[tuple[str, ...]], list[SeverityMatrix]]:
    """Classes of the data sets and the matrices there are; one that cannot be read is named and left out."""
    here = cached.workspace()
    classes, matrices = [], [SeverityMatrix.preset(name) for name in PRESETS]
    for name in data:
        with shown_errors():
            classes.append(cached.manifest(name).classes)
    for name in list_matrices(here):
        with shown_errors():
            matrices.append(load_matrix(here, name))
    return classes, matrices
