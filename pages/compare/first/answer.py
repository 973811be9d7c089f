"""The answer to the question that matters, in one line; it takes a second, so it comes when it is ready."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare import nothing
from pages.compare.view import View
from pages.kit.comparison.answer_line import answer_line
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from riskcore.errors import RunError
from riskcore.runs.looks import Question, asked, record
from riskcore.words.compared import ANSWER_AT_FLOOR, ANSWER_BY_MATRIX, NO_LOOK_NO_ANSWER, NOT_ASKED, NOT_ASKED_HELP


def answer_question(view: View) -> Question:
    """What the answer asks of test cases: it follows the floor, and never the caution."""
    return Question(view.matrix, floor=view.setting.floor)


def answered(view: View) -> bool:
    """Whether there is something to answer, and it was asked for at this floor."""
    return bool(view.chosen.others) and asked(view.chosen.runs, answer_question(view))


def answer_panel(view: View) -> None:
    """The answer at the page's floor; a button that asks for it where it would be a new look at test cases."""
    with st.container(key="compare_answer", gap="xsmall"):  # as high as the answer, which comes late
        if not view.chosen.others:
            nothing.one_alone(view.chosen.baseline)
        elif answered(view):
            _answer(view)
        else:
            st.markdown(NOT_ASKED)
            st.button(
                ANSWER_BY_MATRIX if view.setting.floor is None else ANSWER_AT_FLOOR,
                key="compare_ask",
                icon=":material/balance:",
                help=NOT_ASKED_HELP,
                on_click=_ask,
                args=(view,),
            )


def _ask(view: View) -> None:
    with shown_errors():
        if record(view.chosen.runs, answer_question(view)) is None:
            raise RunError(NO_LOOK_NO_ANSWER)


@st.fragment(parallel=True)
def _answer(view: View) -> None:
    """Whether training with the matrix beats turning caution on plain training; the screen does not wait for it."""
    with shown_errors():
        with st.spinner("Comparing at equal accuracy …", show_time=True):
            said = comparison_cached.verdict_of(view)
        answer_line(said)
        st.caption(escaped(said.alarms))
