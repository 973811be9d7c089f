"""Compare: which training run makes fewer dangerous mistakes at the same accuracy, and what caution costs."""

from dataclasses import replace

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.answer import answer_panel
from pages.compare.choice import Chosen, choose
from pages.compare.fewest import fewest_panel
from pages.compare.tabs import tabs
from pages.kit.part import part_of_new
from pages.kit.plain_text import escaped
from pages.kit.standings import cannot_be_held, held_run, standings_at
from riskcore.formats import SYNTHETIC
from riskcore.judging.standings import by_danger
from riskcore.runs.looks import Question


def show() -> None:
    """Draw the screen."""
    chosen = choose()
    if chosen is None:
        return
    if comparison_cached.synthetic(chosen):
        st.caption(f":material/science: {SYNTHETIC}")
    part = part_of_new("compare_matrix", Question(chosen.matrix), chosen.runs)
    if part == "test":
        answer_panel(chosen)
    else:
        st.info(
            "Whether training with this matrix is safer is answered on test cases: show them for the answer.",
            icon=":material/balance:",
        )
    held = _held(chosen)
    if held is None:
        return
    chosen = held
    floors = held_run(chosen.baseline, chosen.matrix).default_floors
    standings = standings_at(chosen.choices, chosen.matrix, floors, part)
    name = chosen.labels[chosen.baseline.id]
    fewest_panel(standings, chosen.labels, f"accuracy at most 1 point below {name}", part)
    tabs(chosen, first=by_danger(standings)[0].id)


def _held(chosen: Chosen) -> Chosen | None:
    """What can be held to an accuracy, with a line for each run that cannot; None where the baseline cannot."""
    kept = []
    for choice in chosen.choices:
        why = cannot_be_held(choice, chosen.matrix)
        if why is None:
            kept.append(choice)
        else:
            name = chosen.labels[choice.id]
            st.warning(escaped(f"{name} cannot be held to an accuracy. {why}"), icon=":material/block:")
    return replace(chosen, choices=tuple(kept)) if chosen.baseline in kept else None
