"""Each run against the baseline, case by case: at equal accuracy, and as others report it."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.answer import mark_and_sentence
from pages.compare.choice import Chosen
from pages.kit.plain_text import escaped
from riskcore.words.glossary import tooltip


def paired_panel(chosen: Chosen, floor: float | None) -> None:
    """Say how many cases more or fewer each run misses than the baseline; `floor`: None for the baseline's own."""
    if not chosen.others:
        return
    st.header("Case by case against the baseline", anchor=False, help=tooltip("equal accuracy", "interval"))
    with st.spinner("Comparing at equal accuracy: some seconds for each training run …", show_time=True):
        found = comparison_cached.compared(chosen, floor)
    st.markdown("**At equal accuracy**: both cautions are chosen on validation for the same accuracy.")
    for run in found.others:
        mark_and_sentence(run, found)
    with st.expander("Without caution, as most reports give it: not at equal accuracy"):
        st.caption(
            "The likeliest class of each model. One that is less accurate can miss fewer dangerous cases only because "
            "it calls more of everything dangerous; these lines alone never make it the safer one."
        )
        for difference in comparison_cached.argmax_compared(chosen):
            st.markdown(f"- {escaped(difference.sentence(chosen.labels))}")
