"""Dangerous mistakes and false alarms per 1,000 of the baseline and of what stands beside it; a click shows images."""

import streamlit as st

from pages.compare.first.clicks import look_at
from pages.compare.view import View
from pages.kit.standings import held_run
from riskcore.plots.rate_bars import KINDS, RateBars, rate_bars
from riskcore.words.answer import per_thousand
from riskcore.words.looks import VALIDATION

_BARS = "compare_bars"
HEIGHT = 170


def bars_chart(view: View) -> None:
    """Draw them, under a mark where what is below the answer is not on test as the answer is."""
    if view.part == "validation":
        st.badge("Below: validation cases, not test", icon=":material/visibility:", color="orange", help=VALIDATION)
    shown = {choice.id: choice for choice in (view.chosen.baseline, view.rival)}
    places = {choice.id: place for place, choice in enumerate(view.chosen.choices)}
    bars = []
    for choice in shown.values():
        one, held = view.standing[choice.id], held_run(choice, view.matrix, view.part)
        rates = {"missed": one.rates["cer"], "false_alarm": held.false_alarms(one)}
        bars.append(RateBars(one.id, view.labels[one.id], places[one.id], rates))
    st.plotly_chart(
        rate_bars(bars, view.part, view.setting.words),
        key=_BARS,
        on_select=_look_at_bar,
        selection_mode="points",
        height=HEIGHT if len(bars) > 1 else HEIGHT - 40,
        config={"displayModeBar": False},
        alt=f"On {view.part}. " + " ".join(_in_words(one) for one in bars),
    )


def _in_words(bars: RateBars) -> str:
    counted = "; ".join(f"{KINDS[kind].lower()} cases: {per_thousand(rate)}" for kind, rate in bars.rates.items())
    return f"{bars.label}: {counted}."


def _look_at_bar() -> None:
    look_at(_BARS)
