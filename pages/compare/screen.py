"""Compare: which training run makes fewer dangerous mistakes at the same accuracy, and what caution costs."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.answer import answer_panel
from pages.compare.choice import choose
from pages.compare.fewest import fewest_panel
from pages.compare.tabs import tabs
from pages.kit.standings import held_run, standings_at
from riskcore.formats import SYNTHETIC
from riskcore.judging.standings import by_danger


def show() -> None:
    """Draw the screen."""
    chosen = choose()
    if chosen is None:
        return
    if comparison_cached.synthetic(chosen):
        st.caption(f":material/science: {SYNTHETIC}")
    answer_panel(chosen)
    floors = held_run(chosen.baseline, chosen.matrix).default_floors
    standings = standings_at(chosen.choices, chosen.matrix, floors)
    name = chosen.labels[chosen.baseline.id]
    fewest_panel(standings, chosen.labels, f"accuracy at most 1 point below {name}")
    tabs(chosen, first=by_danger(standings)[0].id)
