"""A picture of a case that is a button: it opens the case's page."""

from pathlib import Path

import streamlit as st

from pages.compare.images.opened import open_case
from pages.kit import cached
from pages.kit.plain_text import escaped
from riskcore.errors import InputError


def case_thumbnail(sample: str, words: str, path: Path | None, place: str, of: str | None = None) -> None:
    """Draw it, under a button that the style sheet makes as large as the picture.

    Args:
        sample: name of the image.
        words: what is to be seen, for those who do not see it and for those who hover over it.
        path: where the file lies; None where that is not known.
        place: where on the screen it stands, a word: an image may stand in several places.
        of: id of the run that is then looked at, among its images; None: as it is.
    """
    name, missing = Path(sample).name, None
    with st.container(key=f"compare_case_{place}_{sample}", gap=None):
        try:
            st.image(_picture(path), alt=f"{name}: {words}", width="stretch")
        except InputError as error:
            missing = _reason(error, path)
            st.text("No picture")
        st.button(
            escaped(f"{name}: {words}"),
            key=f"compare_case_open_{place}_{sample}",
            type="tertiary",
            help=escaped(f"{name}: {words}. {missing or ''} Opens its page."),
            on_click=open_case,
            args=(sample, of),
        )


def case_picture(sample: str, path: Path | None, words: str, side: int) -> None:
    """The picture alone, `side` pixels at most; where there is none, why."""
    name = Path(sample).name
    try:
        st.image(_picture(path, side), alt=f"{name}: {words}", width="stretch")
    except InputError as error:
        st.text(f"{name} cannot be shown: {_reason(error, path)}")


def _picture(path: Path | None, side: int = 192) -> bytes:
    if path is None:
        raise InputError("Its place is not known.")
    return cached.thumbnail(path, side)


def _reason(error: InputError, path: Path | None) -> str:
    return str(error).removeprefix(f"{path}: ")
