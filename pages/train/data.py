"""Train: which images, with a few of them to be seen, and whose severity."""

from collections.abc import Sequence

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.gallery import Picture, gallery
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from riskcore.data.manifest import Manifest
from riskcore.jobs.pairing import data_for, matrices_for, pair
from riskcore.severity.draft_files import unsaved_note
from riskcore.severity.store import list_matrices
from riskcore.words.glossary import tooltip

_DATA, _MATRIX = "train_data", "train_matrix"
_PICTURES = 6
"""A row of the gallery."""


def choose_data(names: Sequence[str]) -> tuple[Manifest, str | None]:
    """Ask for a registered data set, beside a few of its images, and for a matrix; None where none fits.

    Each choice brings the other along, and so does an address that names only one of them.
    """
    _complete(names)
    left, right = st.columns([1, 3])
    with left:
        name = st.selectbox(
            "Which images?",
            names,
            key=_DATA,
            bind="query-params",
            on_change=_take_fitting_matrix,
            help="The registered images to train, validate and test on.",
        )
        manifest = cached.manifest(name)
        st.caption(f"{len(manifest):,} images, {len(manifest.classes):,} classes")
        matrix = _choose_matrix(name)
    with right:
        _pictures(manifest)
    return manifest, matrix


def _choose_matrix(data: str) -> str | None:
    here = cached.workspace()
    fitting = matrices_for(here, data)
    others = [name for name in list_matrices(here) if name not in fitting and data_for(here, name)]
    chosen = st.session_state.get(_MATRIX)
    astray = [chosen] if chosen is not None and chosen not in (*fitting, *others) else []
    options = [*fitting, *others, *astray]
    if not fitting and not astray:
        st.markdown("**Whose severity?** No matrix is for these classes yet.")
        link_to("severity", "Say how bad each mistake is", severity_data=data)
        return None
    matrix = st.selectbox(
        "Whose severity?",
        options,
        key=_MATRIX,
        bind="query-params",
        on_change=_take_fitting_data,
        help=f"{tooltip('severity matrix')} Those for the chosen images come first; another brings its own images.",
    )
    if said := unsaved_note(here, matrix):
        st.caption(escaped(said))
    return matrix


def _pictures(manifest: Manifest) -> None:
    """One image of each class, of the first classes."""
    first = dict(zip(manifest.table["label"][::-1], manifest.table["sample"][::-1], strict=True))
    shown = [label for label in manifest.classes if label in first][:_PICTURES]
    gallery([Picture(manifest.path(first[label]), f"An image of the class {label}", [label]) for label in shown])


def _complete(names: Sequence[str]) -> None:
    """Before the controls are first drawn: what the address does not name fits what it names."""
    if _DATA in st.session_state:
        return
    data, matrix = st.query_params.get(_DATA), st.query_params.get(_MATRIX)
    data, matrix = pair(cached.workspace(), data if data in names else None, matrix)
    for key, value in ((_DATA, data), (_MATRIX, matrix)):
        if value is not None:
            st.session_state[key] = value


def _take_fitting_matrix() -> None:
    with shown_errors():
        _, st.session_state[_MATRIX] = pair(cached.workspace(), data=st.session_state[_DATA])


def _take_fitting_data() -> None:
    """A matrix for other classes brings the data set of these classes."""
    with shown_errors():
        found = data_for(cached.workspace(), st.session_state[_MATRIX])
        if found and st.session_state[_DATA] not in found:
            st.session_state[_DATA] = found[0]
