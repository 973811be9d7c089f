"""The answer to the question that matters, in a callout; it takes a second, so it comes when it is ready."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.choice import Chosen
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from riskcore.comparing.comparison import ComparedRun, Comparison
from riskcore.comparing.equal_accuracy import Answer
from riskcore.runs.comparable import plain, severity_trained
from riskcore.words.answer import Verdict, sentence, verdict

_CALLOUTS: dict[Answer, tuple[str, str]] = {
    "yes": ("success", ":material/check_circle:"),
    "no": ("error", ":material/cancel:"),
    "cannot tell": ("warning", ":material/help:"),
    "unreachable": ("info", ":material/block:"),
}
"""How an answer looks: kind of callout and icon."""

MARKS: dict[Answer, str] = {
    "yes": ":green-badge[:material/check_circle: yes]",
    "no": ":red-badge[:material/cancel: no]",
    "cannot tell": ":orange-badge[:material/help: cannot tell]",
    "unreachable": ":blue-badge[:material/block: unreachable]",
}
"""An answer within a line of markdown."""


@st.fragment(parallel=True)
def answer_panel(chosen: Chosen) -> None:
    """Whether training with the matrix beats turning caution on plain cross-entropy, at the same accuracy.

    It runs beside the rest of the screen, which does not wait for it.
    """
    with shown_errors(), st.container(key="compare_answer_place"):  # as high as the answer, which comes late
        if not chosen.others:
            st.info("There is nothing to compare yet: choose at least two training runs.", icon=":material/balance:")
            return
        with st.spinner("Comparing at the same accuracy: some seconds for each training run …", show_time=True):
            found = comparison_cached.compared(chosen)
        said = verdict(
            found,
            severity={choice.id for choice in chosen.choices if severity_trained(choice)},
            plain={choice.id for choice in chosen.choices if plain(choice)},
            data=chosen.data,
        )
        _callout(said)
        if len(said.asked) > 1:
            with st.expander(f"Each of the {len(said.asked)} losses, with intervals that hold for all together"):
                for run in said.asked:
                    mark_and_sentence(run, found)


def mark_and_sentence(run: ComparedRun, comparison: Comparison) -> None:
    """A run's answer as a badge, and what it rests on."""
    assert run.equal_accuracy is not None
    st.markdown(f"{MARKS[run.equal_accuracy.safer]} {escaped(sentence(run, comparison))}")


def _callout(answer: Verdict) -> None:
    kind, icon = _CALLOUTS[answer.answer]
    note = f" {escaped(answer.note)}" if answer.note else ""
    with st.container(key="compare_answer"):  # the style sheet makes its title large
        getattr(st, kind)(f"{escaped(answer.sentence)}{note}", icon=icon, title=escaped(answer.headline))
    st.caption(escaped(answer.beside))
