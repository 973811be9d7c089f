"""Marks an image as one that looks mislabelled, with a note; it is stored at once."""

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from riskcore.marks import NOTE_MOST, Mark, mark, marks, unmark

HELP = (
    "For whoever keeps the data set: the mark and the note are stored with the workspace and stand in the exported "
    "lists. No label and no figure changes."
)


def known_marks(data: str) -> dict[str, Mark]:
    """The marks of a data set by image; where they cannot be read, a line says so and there are none."""
    with shown_errors():
        return marks(cached.workspace(), data)
    return {}


def marking(data: str, sample: str) -> None:
    """Draw the toggle and, where it is on, the note."""
    known = known_marks(data).get(sample)
    key = f"compare_mark_{data}_{sample}"
    st.toggle(
        "Looks mislabelled",
        value=known is not None,
        key=key,
        help=HELP,
        on_change=_store,
        args=(data, sample, key),
    )
    if known is not None:
        st.text_input(
            "Note",
            value=known.note,
            max_chars=NOTE_MOST,
            key=f"{key}_note",
            placeholder="Why (optional)",
            on_change=_store,
            args=(data, sample, key),
        )


def _store(data: str, sample: str, key: str) -> None:
    with shown_errors():
        if st.session_state[key]:
            mark(cached.workspace(), data, sample, st.session_state.get(f"{key}_note", ""))
        else:
            unmark(cached.workspace(), data, sample)
