"""Which cases figures are shown on: those of validation while one chooses, those of test on request, as a look."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from riskcore.runs.folder import Run
from riskcore.runs.looks import Question, asked, looks, record
from riskcore.words.looks import NOT_OF_FILES, SHOW_TEST, SHOW_TEST_HELP, VALIDATION, looks_words

Part = Literal["validation", "test"]


def part_picker(key: str, question: Question, runs: Sequence[Run]) -> Part:
    """Offer the test figures of a question; every question begins with validation.

    Args:
        key: begins the control's key.
        question: what is asked; shown on test, it is written down with the runs.
        runs: that are looked at; none for a file.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not st.toggle(SHOW_TEST, key=f"{key}_test {question.digest}", help=SHOW_TEST_HELP):
            st.caption(f":material/visibility: {VALIDATION}")
            return "validation"
        st.caption(f":material/visibility: {looks_words(record(runs, question)) if runs else NOT_OF_FILES}")
        return "test"


def part_of_new(key: str, question: Question, runs: Sequence[Run]) -> Part:
    """Test where the question is no new look, with their number where there were any; else `part_picker`."""
    if not asked(runs, question):
        return part_picker(key, question, runs)
    if taken := looks(runs):
        st.caption(f":material/visibility: {looks_words(taken)}")
    return "test"
