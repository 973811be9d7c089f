"""The run with the fewest dangerous mistakes at the accuracy floor, for each data set and matrix."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import cached
from pages.components.errors import shown_errors
from pages.components.links import link_to
from pages.components.plain_text import escaped
from riskcore import results
from riskcore.choices import Choice
from riskcore.decision.operating import Wish
from riskcore.glossary import tooltip
from riskcore.overview import ACCURACY_LOSS, Best, Winner, rates_on_test
from riskcore.severity import SeverityMatrix
from riskcore.wording import SYNTHETIC, percent

_PAGE = 4


def best_runs(best: Sequence[Best]) -> None:
    """Draw a panel for each; nothing where no run has finished."""
    pages = -(-len(best) // _PAGE)
    page = st.pagination(pages, key="overview_page", bind="query-params") if pages > 1 else 1
    for own in best[(page - 1) * _PAGE : page * _PAGE]:
        with st.container(border=True), shown_errors():
            _panel(own)


def _panel(own: Best) -> None:
    merged = ", its classes merged into groups" if own.rivals[0].runs[0].config["data"]["classes"] == "groups" else ""
    on = f"on validation cases of **{escaped(own.data)}**{merged}, by the severity matrix **{escaped(own.matrix)}**"
    trainings = f"{len(own.rivals):,} training{'' if len(own.rivals) == 1 else 's'}"
    if own.winner is None:
        st.markdown(
            f"No winner {on}: none of {trainings} keeps {percent(own.floor)} accuracy on validation, "
            f"{100 * ACCURACY_LOSS:.0f} point below the best of them without caution."
        )
        link_to("compare", "Compare them", compare_data=own.data)
        return
    choice, validation = own.winner.choice, own.winner.validation
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Fewest dangerous mistakes** {on}: **{escaped(choice.loss)}**", width="content")
        link_to("compare", "Is the difference real? Compare", compare_data=own.data)
    _on_test(own.winner)
    seeds = f"{len(choice.seeds)} seed{'' if len(choice.seeds) == 1 else 's'}"
    st.caption(
        f"{escaped(choice.how)}, {seeds}. On validation (n = {validation.n:,}), where it was chosen, which flatters: "
        f"{1000 * validation.cer:.0f} dangerous mistakes per 1,000 at {percent(validation.accuracy)} accuracy, the "
        f"lowest rate of {trainings} among those that keep {percent(own.floor)} there."
    )
    if results.synthetic(choice.runs):
        st.caption(SYNTHETIC)


def _on_test(winner: Winner) -> None:
    rates = _rates(tuple(str(run.folder) for run in winner.choice.runs), winner.choice)
    cer, accuracy = rates["cer"], rates["accuracy"]
    left, middle, right = st.columns(3)
    with left:
        st.metric("Dangerous mistakes per 1,000, test", f"{1000 * cer['value']:.0f}", help=tooltip("cer", "interval"))
        low = "at most" if cer["events"] == 0 else f"{1000 * cer['low']:.0f} to"
        st.caption(f"95 % interval: {low} {1000 * cer['high']:.0f}; n = {winner.test.n:,}")
    with middle:
        st.metric("Accuracy, test", percent(accuracy["value"]), help=tooltip("accuracy", "interval"))
        st.caption(f"95 % interval: {percent(accuracy['low'])} to {percent(accuracy['high'])}; n = {winner.test.n:,}")
    with right:
        majority = percent(winner.test.majority_accuracy)
        st.metric("Always the commonest class, test", majority, help=tooltip("majority baseline"))
        st.caption("accuracy without having learnt anything")


@st.cache_data(max_entries=64, show_spinner=False)
def _rates(folders: tuple[str, ...], _choice: Choice) -> dict[str, dict[str, Any]]:
    run = _choice.runs[0]
    matrix = SeverityMatrix.load(run.folder / "matrix.json")
    found = rates_on_test(cached.predictions(_choice), matrix, Wish.parse(run.config["wish"]))
    return {name: rate.as_dict() for name, rate in found.items()}
