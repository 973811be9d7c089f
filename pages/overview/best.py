"""The run with the fewest dangerous mistakes at the accuracy floor, for each data set and matrix."""

from collections.abc import Sequence

import streamlit as st

from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.links import link_to
from pages.kit.plain_text import escaped
from pages.kit.standings import best_of, held_run
from riskcore.formats import SYNTHETIC, percent, ranged
from riskcore.judging.standings import HeldRun, Standing
from riskcore.runs.overview import Entry
from riskcore.words.answer import per_thousand
from riskcore.words.glossary import tooltip
from riskcore.words.training_names import training_names

_PAGE = 4


def best_runs(entries: Sequence[Entry]) -> None:
    """Draw a panel for each; nothing where no run has finished."""
    pages = -(-len(entries) // _PAGE)
    page = st.pagination(pages, key="overview_page", bind="query-params") if pages > 1 else 1
    for entry in entries[(page - 1) * _PAGE : page * _PAGE]:
        with st.container(border=True), shown_errors():
            _panel(entry)


def _panel(entry: Entry) -> None:
    best, floor = best_of(entry)
    names = {id: escaped(name) for id, name in training_names(entry.rivals).items()}
    merged = ", its classes merged into groups" if entry.rivals[0].runs[0].config["data"]["classes"] == "groups" else ""
    on = f"on validation cases of **{escaped(entry.data)}**{merged}, by the severity matrix **{escaped(entry.matrix)}**"
    keeps = f"{percent(floor.default_floor)} accuracy there, 1 point below {names[entry.baseline.id]} without caution"
    if best is None:
        st.markdown(f"No run {on} keeps {keeps}.")
        link_to("compare", "Compare them", compare_beside=entry.baseline.id)
        return
    choice = next(choice for choice in entry.rivals if choice.id == best.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Fewest dangerous mistakes** {on}: **{names[choice.id]}**", width="content")
        link_to("compare", "Is the difference real? Compare", compare_beside=choice.id)
    _on_test(best, held_run(choice, cached.own_matrix(entry.baseline)))
    seeds = f"{len(choice.seeds)} seed{'' if len(choice.seeds) == 1 else 's'}"
    others = f" {entry.others:,} other trainings can be compared on Compare." if entry.others else ""
    st.caption(
        f"{escaped(choice.how)}, {seeds}. Chosen on validation among the {len(entry.rivals)} newest trainings that can "
        f"be compared and keep {keeps}. On validation {names[choice.id]} made {1000 * best.validation_cer:.0f} "
        f"dangerous mistakes per 1,000.{others}"
    )
    if cached.synthetic(choice):
        st.caption(SYNTHETIC)


def _on_test(best: Standing, run: HeldRun) -> None:
    n = f"n = {run.cases:,}"
    cer = best.rates["cer"]
    value, _, interval = per_thousand(cer).partition(" (")
    accuracy, _, around = ranged(best.rates["accuracy"]).partition(" (")
    left, middle, right = st.columns(3)
    with left:
        st.metric("Dangerous mistakes per 1,000, test", value, help=tooltip("cer", "interval"))
        st.caption(f"95 % interval {interval.rstrip(')')}; {n}" if interval else f"{cer.method} in test; {n}")
    with middle:
        st.metric("Accuracy, test", f"{accuracy} %", help=tooltip("accuracy", "interval"))
        st.caption(f"95 % interval {around.rstrip(')')} %; {n}")
    with right:
        st.metric("Always the commonest class, test", percent(run.majority_accuracy), help=tooltip("majority baseline"))
        st.caption("accuracy without having learnt anything")
