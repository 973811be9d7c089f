"""The images that two runs call wrong, side by side and worst first, page by page and as a list."""

from collections.abc import Sequence

import streamlit as st

from pages.compare.images.marking import known_marks
from pages.compare.images.sides import mistaken, side_of
from pages.compare.images.tile import tile
from pages.compare.keys import ALL, CELL, DANGEROUS, EITHER, PAGE, WHICH, WHOSE
from pages.compare.sample_paths import sample_paths
from pages.compare.view import View
from pages.kit.part import Part
from pages.kit.plain_text import escaped
from riskcore.judging.mistakes import harm_table
from riskcore.judging.side_by_side import SharedCase
from riskcore.marks import Mark
from riskcore.runs.choices import Choice
from riskcore.words.glossary import tooltip
from riskcore.words.images.judged import csv
from riskcore.words.mistake_table import mistake_table

SHOWN, ACROSS = 12, 3
_ANY = "All confusions"


def mistakes_panel(view: View) -> None:
    """Draw the mistakes of the run that is looked at, beside what another run says of the same images."""
    which_column, cell_column, beside_column, whose_column = st.columns([2, 1.6, 1.2, 1.2], vertical_alignment="bottom")
    with beside_column:
        pair = _pair(view)
    names = [view.labels[choice.id] for choice in pair]
    which = which_column.segmented_control(
        "Which mistakes",
        [DANGEROUS, ALL],
        default=DANGEROUS,
        required=True,
        key=WHICH,
        bind="query-params",
        on_change=_first_page,
        help=tooltip("critical error"),
    )
    table = harm_table(side_of(view, view.of))
    offered = table.dangerous_confusions if which == DANGEROUS else table.confusions
    cells = {f"{truth} called {said}": (truth, said) for truth, said in offered}
    cell = cell_column.selectbox(
        "Which confusion", [_ANY, *cells], key=CELL, bind="query-params", on_change=_first_page
    )
    of: Sequence[int] = (0,)
    if len(pair) > 1:
        whose = _whose(whose_column, view, pair)
        of = range(2) if whose == EITHER else ([choice.id for choice in pair].index(whose),)
    found = mistaken(view, pair, of, which == DANGEROUS, cells.get(cell))
    cases = table.cases
    if not found:
        _none(cases, which == DANGEROUS, view.part)
        return
    marked = known_marks(view.chosen.data)
    page = _head(view, found, names, [names[place] for place in of], which, cases, marked)
    shown = found[(page - 1) * SHOWN : page * SHOWN]
    paths = sample_paths(view.of, [case.sample for case in shown])
    for first in range(0, len(shown), ACROSS):
        row = list(zip(shown, paths, strict=True))[first : first + ACROSS]
        for column, (case, path) in zip(st.columns(ACROSS, gap="small"), row, strict=False):
            with column:
                tile(case, names, view.matrix, path, marked.get(case.sample))


def _pair(view: View) -> list[Choice]:
    """The run that is looked at and the one beside it; alone where there is no other."""
    others = {choice.id: choice for choice in view.chosen.choices if choice.id != view.of.id}
    if not others:
        return [view.of]
    usual = view.chosen.baseline if view.of.id != view.chosen.baseline.id else view.rival
    id = st.selectbox(
        "Beside",
        list(others),
        index=list(others).index(usual.id),
        format_func=view.labels.__getitem__,
        key="compare_pair",
        help="The other training whose calls stand beside those of the one looked at",
    )
    return [view.of, others[id]]


def _whose(column: "st.delta_generator.DeltaGenerator", view: View, pair: Sequence[Choice]) -> str:
    """Id of the run whose mistakes are shown, or `EITHER`."""
    ids = [choice.id for choice in pair]
    if st.session_state.get(WHOSE) not in (*ids, EITHER):  # the pair is another one by now
        st.session_state[WHOSE] = ids[0]
    whose: str = column.selectbox(
        "Mistakes of",
        [*ids, EITHER],
        format_func=lambda id: view.labels.get(id, id),
        key=WHOSE,
        on_change=_first_page,
    )
    return whose


def _head(
    view: View,
    found: Sequence[SharedCase],
    names: Sequence[str],
    whose: Sequence[str],
    which: str,
    cases: int,
    marked: dict[str, Mark],
) -> int:
    """How many there are, the list to take away, and the page that is shown."""
    seeds = len(view.of.seeds)
    means = "" if seeds == 1 else f", by at least one of {seeds} seeds"
    kind = "dangerously wrong" if which == DANGEROUS else "wrong"
    by = " or ".join(escaped(name) for name in whose)
    pages = -(-len(found) // SHOWN)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(
            f"{by}: **{len(found):,} of {cases:,} {view.part} images are called {kind}{means}**, worst first.",
            width="content",
        )
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            st.download_button(
                "List (CSV)",
                lambda: csv(mistake_table(found, names, marked)),
                f"mistakes-{view.chosen.data}-{view.part}.csv",
                "text/csv",
                key="compare_mistakes_csv",
                icon=":material/download:",
                on_click="ignore",
            )
            return st.pagination(pages, key=PAGE, bind="query-params") if pages > 1 else 1


def _first_page() -> None:
    st.session_state[PAGE] = 1


def _none(cases: int, dangerous: bool, part: Part) -> None:
    kind = "dangerous mistake" if dangerous else "mistake"
    st.info(
        f"No {kind} of this kind among {cases:,} {part} images. That none was seen does not mean that none happens: "
        "the tables show how many there may be.",
        icon=":material/info:",
    )
