"""Which run makes the fewest dangerous mistakes at a floor, what it misses and what that costs: five figures."""

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from pages.kit.part import Part
from pages.kit.plain_text import escaped
from riskcore.formats import NOTHING, percent
from riskcore.judging.standings import Standing, beaten_by, fewest_dangerous
from riskcore.metrics.intervals import Rate
from riskcore.words.answer import per_thousand
from riskcore.words.glossary import tooltip

_FIGURES = {
    "Dangerous mistakes per 1,000 cases": "cer",
    "Missed of 1,000 dangerous cases": "critical miss rate",
    "False alarms per 1,000 harmless cases": "over-call rate",
    "Accuracy on {part}": "accuracy",
}
"""Heading -> term of the glossary, which is the rate's name too."""


def fewest_panel(standings: Sequence[Standing], labels: Mapping[str, str], floor: str, part: Part = "test") -> None:
    """Name the run and show its rates on the part with their intervals; `floor`: the condition in words."""
    best = fewest_dangerous(standings)
    if best is None:
        st.warning(f"None of these runs is known to keep the accuracy asked for: {floor}.", icon=":material/block:")
        return
    with st.container(key="compare_fewest"):  # the style sheet makes its figures large
        name, *figures = st.columns([1.5, 1, 1, 1, 1], gap="small")
    with name:
        _card(
            f"Fewest dangerous mistakes, {floor}",
            labels[best.id],
            f"chosen on validation, counted on {part} cases" + _beaten(best, standings, labels, part),
            "Of the runs above, the one with the fewest dangerous mistakes on validation cases. Which run that is may "
            "be chance: the answer above says whether the data can tell.\n\n" + tooltip("operating point"),
        )
    for column, (heading, term) in zip(figures, _FIGURES.items(), strict=True):
        rate = best.rates[term.replace(" ", "_").replace("-", "_")]
        with column:
            _card(heading.format(part=part), *_figure(rate, term == "accuracy", part), tooltip(term, "interval"))


def _beaten(best: Standing, standings: Sequence[Standing], labels: Mapping[str, str], part: Part) -> str:
    """That another run does better on the part, which chooses nothing; else nothing."""
    other = beaten_by(best, standings)
    if other is None:
        return ""
    few = "fewer" if other.rates["cer"].value < best.rates["cer"].value else "as few"
    gain = "more" if other.rates["accuracy"].value > best.rates["accuracy"].value else "as"
    return f"; on {part}, {labels[other.id]} makes {few} and is {gain} accurate"


def _card(heading: str, value: str, under: str, help: str) -> None:
    # Not st.metric: that cuts its heading off where it is long.
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.caption(escaped(heading), help=help)
        st.markdown(f"**{escaped(value)}**")
        st.caption(escaped(under))


def _figure(rate: Rate, in_percent: bool, part: Part) -> tuple[str, str]:
    """Value and interval, apart; or why there is none."""
    if math.isnan(rate.value):
        return NOTHING, f"{rate.method} in {part}"
    if in_percent:
        return percent(rate.value), f"95 % interval {100 * rate.low:.1f}–{100 * rate.high:.1f}"
    value, _, interval = per_thousand(rate).partition(" (")
    interval = interval.removesuffix(")")
    return value, interval if interval.startswith("at most") else f"95 % interval {interval}"
