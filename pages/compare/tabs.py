"""The tabs of the Compare screen; only the open one is computed, and the address says which."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.compare.caution_control import caution_setting, caution_stop
from pages.compare.caution_panel import caution_panel
from pages.compare.choice import Chosen
from pages.compare.confusion_panel import confusion_panel
from pages.compare.external_panel import external_panel
from pages.compare.frontier import frontier_panel
from pages.compare.handing_over_panel import handing_over_panel
from pages.compare.mistakes_panel import mistakes_panel
from pages.compare.subgroup_panel import subgroup_panel
from pages.kit.errors import shown_errors
from pages.kit.part import Part, part_of_new
from pages.kit.plain_text import escaped
from riskcore.decision.dial import Dial
from riskcore.decision.operating import Wish
from riskcore.runs.choices import Choice
from riskcore.runs.looks import Question
from riskcore.severity import SeverityMatrix


def tabs(chosen: Chosen, first: str) -> None:
    """Draw them; `first`: id of the run that is looked at where one is, until another is chosen."""
    drawn: dict[str, Callable[[], None]] = {
        "Caution": lambda: _caution(chosen, first),
        "Accuracy against danger": lambda: frontier_panel(chosen),
        "Confusions": lambda: _confusions(chosen),
        "Images": lambda: mistakes_panel(*_one(chosen, first)),
        "Subgroups": lambda: subgroup_panel(*_one(chosen, first)),
        "Answer or hand over": lambda: handing_over_panel(*_one(chosen, first)),
        "Other data sets": lambda: external_panel(chosen.choices, chosen.labels, chosen.matrix, *_setting(chosen)),
    }
    for tab, draw in zip(st.tabs(list(drawn), key="compare_tab", bind="query-params"), drawn.values(), strict=True):
        if tab.open:
            with tab, shown_errors():
                draw()


def _caution(chosen: Chosen, first: str) -> None:
    choice = _run(chosen, first)
    if choice.id != chosen.baseline.id:
        st.caption(
            f"The figures above hold every run to the accuracy of {escaped(chosen.labels[chosen.baseline.id])} less "
            "1 point; here this run gives up points of its own."
        )
    caution_panel(choice, chosen.matrix)


def _confusions(chosen: Chosen) -> None:
    confusion_panel(chosen.choices, chosen.labels, chosen.matrix, *_setting(chosen))


def _one(chosen: Chosen, first: str) -> tuple[Choice, SeverityMatrix, Wish | Dial, Part]:
    """The run that is looked at, the matrix, the caution, and whose cases it is shown on."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        choice = _run(chosen, first)
    with right:
        return choice, chosen.matrix, *_setting(replace(chosen, choices=(choice,)))


def _setting(chosen: Chosen) -> tuple[Wish | Dial, Part]:
    """The caution, and whose cases it is shown on."""
    setting, meaning = caution_setting(caution_stop())
    st.caption(f"{meaning[:1].upper()}{meaning[1:]}")
    return setting, part_of_new("compare_caution", Question(chosen.matrix, setting), chosen.runs)


def _run(chosen: Chosen, first: str) -> Choice:
    """The run that is looked at, the same on every tab."""
    choices = {choice.id: choice for choice in chosen.choices}
    id = st.selectbox(
        "Training run",
        list(choices),
        index=list(choices).index(first),
        format_func=chosen.labels.__getitem__,
        key="compare_of",
        bind="query-params",
    )
    return choices[id]
