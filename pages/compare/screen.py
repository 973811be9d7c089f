"""Compare: which training run makes fewer dangerous mistakes at the same accuracy, and what caution costs."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.choice import choose
from pages.compare.export_panel import export_panel
from pages.compare.first.answer import answer_panel
from pages.compare.first.bars import bars_chart
from pages.compare.first.controls import controls
from pages.compare.first.frontier import frontier_chart
from pages.compare.first.worst import worst_strip
from pages.compare.images.page import case_page
from pages.compare.tabs import tabs
from pages.compare.vendor import with_file
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from pages.kit.synthetic import synthetic_mark


def show() -> None:
    """Draw the screen: figure, answer, bars and worst images in sight at once, the rest in tabs."""
    with st.container(horizontal=True):
        with st.container():  # takes the room that the others leave
            chosen = choose()
        if chosen is None:
            return
        chosen = with_file(chosen)
        export = st.container(width="content")
    synthetic_mark(comparison_cached.synthetic(chosen))
    figure, beside = st.columns([1.35, 1], gap="medium")
    with beside:
        answer = st.container()
    row = st.container()
    with row:
        view = controls(chosen)
    with figure, shown_errors():
        frontier_chart(view)
        for reason in chosen.left_out:
            st.caption(f":material/block: {escaped(reason)}")
    with beside, shown_errors():
        bars_chart(view)
        worst_strip(view)
    with answer:
        answer_panel(view)
    with export:
        export_panel(view)
    tabs(view)
    case_page(view)
