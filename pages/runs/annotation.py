"""Name, tags and note of a run, written where they are shown."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.kit.plain_text import escaped
from pages.runs.filters import known_tags, learn_choices
from pages.runs.notice import act
from riskcore.runs.annotations import NAME_MOST, NOTE_MOST, TAGS_MOST
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore


def annotation_form(run: Run, called: str) -> None:
    """Draw the controls; what is typed is kept at once, in the run's folder.

    The key of each holds what is stored: where that changes elsewhere, the control shows it.

    Args:
        run: whose annotation it is.
        called: what the run is called where it has no name.
    """
    found, id = run.annotation, run.id
    if found.wrong:
        st.caption(escaped(found.wrong))
    name, tags, note = st.columns([2, 2, 3])
    key = f"_runs_name_{id}_{found.name}"
    name.text_input(
        "Name",
        value=found.name or "",
        placeholder=called,
        max_chars=NAME_MOST,
        key=key,
        on_change=_change,
        args=(id, key, "name"),
    )
    key = f"_runs_tags_{id}_{'|'.join(found.tags)}"
    tags.multiselect(
        "Tags",
        sorted({*known_tags(), *found.tags}),
        default=found.tags,
        accept_new_options=True,
        max_selections=TAGS_MOST,
        placeholder="Type a tag",
        key=key,
        on_change=_retag,
        args=(id, key, found.tags),
    )
    key = f"_runs_note_{id}_{found.note}"
    note.text_area(
        "Note",
        value=found.note,
        placeholder="What is worth knowing of this run",
        height=68,
        max_chars=NOTE_MOST,
        key=key,
        on_change=_change,
        args=(id, key, "note"),
    )


def _change(id: str, key: str, what: str) -> None:
    act(partial(RunStore.annotate, id=id, **{what: st.session_state[key]}))


def _retag(id: str, key: str, before: Sequence[str]) -> None:
    after = st.session_state[key]
    added, removed = [tag for tag in after if tag not in before], [tag for tag in before if tag not in after]
    act(partial(RunStore.annotate, id=id, add=added, remove=removed))
    learn_choices()
