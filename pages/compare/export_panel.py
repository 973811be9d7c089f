"""One file to take away: a report of all tabs that opens offline, tables as CSV, the frontier as PNG and SVG."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.choice import MATRIX, OWN
from pages.compare.external_panel import judged_elsewhere
from pages.compare.first.answer import answered
from pages.compare.first.controls import shown_floor
from pages.compare.first.frontier import frontier_figure
from pages.compare.images.marking import known_marks
from pages.compare.view import View
from pages.kit import cached
from pages.kit.address import state_key
from pages.kit.errors import shown_errors
from pages.kit.standings import held_run
from riskcore.reports.comparison import Asked, ReportedRun, comparison_report, frontier_pictures
from riskcore.reports.web_page import archive
from riskcore.runs.looks import record

_MADE = "compare_export"
"""Key of what was made last: what it is about, and the file."""


@st.fragment
def export_panel(view: View) -> None:
    """Draw the button; what it makes is about the page as it stands."""
    with st.popover("Export", icon=":material/download:"), shown_errors():
        st.markdown(
            "A .zip with a report of all tabs that opens in any browser, offline; its tables as CSV, the frontier as "
            "PNG and SVG. Every figure in the report has buttons that save it as PNG and SVG."
        )
        if st.button("Make the report", key="compare_export_make", type="primary"):
            st.session_state[_MADE] = _about(view), _make(view)
        made = st.session_state.get(_MADE)
        if made is not None and made[0] == _about(view):
            st.download_button(
                "Save the report (.zip)",
                made[1],
                f"compare-{view.chosen.data}-{view.part}.zip",
                "application/zip",
                key="compare_export_save",
                icon=":material/download:",
                on_click="ignore",
            )


def _about(view: View) -> tuple[object, ...]:
    """Tells apart what is exported."""
    names = tuple((choice.id, choice.members, view.labels[choice.id]) for choice in view.chosen.choices)
    shown = (view.part, view.of.id, view.chosen.baseline.id, view.chosen.measure, answered(view))
    marked = known_marks(view.chosen.data)
    return (view.question.digest, shown_floor(view.chosen, view.setting), names, *shown, marked)


def _judged_by(view: View) -> str:
    """Name of the severity matrix."""
    name: str = st.session_state.get(state_key(MATRIX), OWN)
    return view.chosen.baseline.matrix if name == OWN else name


def _make(view: View) -> bytes:
    bar = st.progress(0.0, text="Starting")

    def progress(done: int, total: int, label: str) -> None:
        bar.progress(min(done / total, 1.0), text=f"Making {label}")

    chosen = view.chosen
    runs = [
        ReportedRun(
            choice.id,
            view.labels[choice.id],
            cached.judged(choice, view.matrix, view.part),
            held_run(choice, view.matrix, view.part),
            view.standing[choice.id],
        )
        for choice in chosen.choices
    ]
    asked = Asked(
        data=chosen.data,
        matrix=_judged_by(view),
        floor=shown_floor(chosen, view.setting),
        caution=None if view.setting.caution is None else f"{view.setting.stop}: {view.setting.meaning}",
        part=view.part,
        looks=record(chosen.runs, view.question) if view.part == "test" else 0,
        synthetic=comparison_cached.synthetic(chosen),
    )
    report = comparison_report(
        asked,
        runs,
        view.of.id,
        frontier=frontier_figure(view),
        answer=(comparison_cached.all_compared(view), comparison_cached.verdict_of(view)) if answered(view) else None,
        marks=known_marks(chosen.data),
        elsewhere=judged_elsewhere(view) if view.part == "test" else ((), ()),
        progress=progress,
    )
    content = archive(report, frontier_pictures(asked, runs), progress)
    bar.empty()
    return content
