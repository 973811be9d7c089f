"""The images behind the mistakes, worst first."""

from pathlib import Path

import streamlit as st

from pages.compare.sample_paths import sample_paths
from pages.compare.view import View
from pages.kit import cached
from pages.kit.gallery import Badge, Picture, gallery
from pages.kit.part import Part
from riskcore.decision.pooled import pooled_decisions
from riskcore.formats import count
from riskcore.judging.mistakes import Mistake, certainty, harm_table, mistakes
from riskcore.words.glossary import tooltip

PAGE = 12
_PAGE_KEY = "compare_page"
_DANGEROUS, _ALL = "Dangerous mistakes only", "All mistakes"
_ANY = "All confusions"


def mistakes_panel(view: View) -> None:
    """Draw the wrongly called images of the run that is looked at, 12 a page."""
    choice, part = view.of, view.part
    decided = pooled_decisions(cached.judged(choice, view.matrix, part), view.dials(choice))
    table = harm_table(decided)
    left, right = st.columns(2, vertical_alignment="bottom")
    which = left.segmented_control(
        "Which mistakes",
        [_DANGEROUS, _ALL],
        default=_DANGEROUS,
        required=True,
        key="compare_mistakes",
        bind="query-params",
        on_change=_first_page,
        help=tooltip("critical error"),
    )
    offered = table.dangerous_confusions if which == _DANGEROUS else table.confusions
    cells = {f"{truth} called {said}": (truth, said) for truth, said in offered}
    cell = right.selectbox(
        "Which confusion", [_ANY, *cells], key="compare_cell", bind="query-params", on_change=_first_page
    )
    found = mistakes(decided, critical_only=which == _DANGEROUS, cell=cells.get(cell))
    if not found:
        _none(decided.distinct, which == _DANGEROUS, part)
        return
    pages = -(-len(found) // PAGE)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        seeds = table.seeds
        means = "" if seeds == 1 else f", by at least one of {seeds} seeds"
        kind = "dangerously wrong" if which == _DANGEROUS else "wrong"
        st.markdown(f"**{len(found):,} of {decided.distinct:,} {part} images are called {kind}{means}**, worst first.")
        page = st.pagination(pages, key=_PAGE_KEY, bind="query-params") if pages > 1 else 1
    shown = found[(page - 1) * PAGE : page * PAGE]
    paths = sample_paths(choice, [mistake.sample for mistake in shown])
    gallery([_picture(mistake, path) for mistake, path in zip(shown, paths, strict=True)])


def _first_page() -> None:
    st.session_state[_PAGE_KEY] = 1


def _none(cases: int, dangerous: bool, part: Part) -> None:
    kind = "dangerous mistake" if dangerous else "mistake"
    st.info(
        f"No {kind} of this kind among {cases:,} {part} images. That none was seen does not mean that none happens: "
        "the tables show how many there may be.",
        icon=":material/info:",
    )


def _picture(mistake: Mistake, path: Path | None) -> Picture:
    called = f"truth {mistake.truth}, model says {mistake.said}"
    caption = [
        f"Truth: {mistake.truth}",
        f"Model says: {mistake.said}",
        f"Severity {mistake.severity:g}",
        certainty(mistake.probability),
    ]
    if mistake.judged > 1:
        caption.append(f"{count(mistake.seeds)} of {count(mistake.judged)} seeds")
    badge = (
        Badge("Dangerous", ":material/warning:", "red")
        if mistake.critical
        else Badge("Wrong", ":material/close:", "gray")
    )
    return Picture(path, f"{Path(mistake.sample).name}: {called}", caption, badge)
