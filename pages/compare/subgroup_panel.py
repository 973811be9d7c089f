"""Whether a model errs more in some subgroups than in others."""

import streamlit as st

from pages.compare.view import View
from pages.kit import cached
from riskcore.decision.pooled import pooled_decisions
from riskcore.formats import ranged
from riskcore.judging.subgroups import SubgroupRates, subgroup_rates
from riskcore.plots.subgroups import subgroups_figure
from riskcore.words.glossary import tooltip
from riskcore.words.subgroups import NOTHING_CLAIMED, too_few

_RATES = {
    "Missed dangerous cases, %": ("critical_miss_rate", "critical miss rate", 100.0),
    "False alarms, %": ("over_call_rate", "over-call rate", 100.0),
    "Accuracy, %": ("accuracy", "accuracy", 100.0),
    "Average harm": ("expected_severity", "expected severity", 1.0),
}
"""How a measure is called -> its name among the rates, in the glossary, and what it is multiplied with."""


def subgroup_panel(view: View) -> None:
    """Draw the rates of the run that is looked at within subgroups: a figure of one measure, and all as a table."""
    rows = subgroup_rates(pooled_decisions(cached.judged(view.of, view.matrix, view.part), view.dials(view.of)))
    if not rows:
        st.info(
            "This data set does not tell age, sex, site or the like. A list with such columns (a CSV file) does; "
            "register it on the Data sets screen.",
            icon=":material/info:",
        )
        return
    measure = st.segmented_control(
        "Measure", list(_RATES), default=next(iter(_RATES)), required=True, key="compare_subgroup", bind="query-params"
    )
    rate, term, factor = _RATES[measure]
    figure, table = st.columns([2, 3], gap="medium")
    with figure:
        if any(rate in row.rates for row in rows):
            st.plotly_chart(
                subgroups_figure(rows, rate, measure, factor),
                config={"displayModeBar": False},
                alt=f"{measure} by subgroup, a dot with its 95 % interval each; the numbers stand in the table.",
            )
    with table:
        st.dataframe([_line(row) for row in rows], hide_index=True, alt="Rates by subgroup with their 95 % intervals")
    st.caption(
        f"In brackets: 95 % intervals. {NOTHING_CLAIMED} Where intervals overlap widely the difference may be chance, "
        "and of many subgroups one will stand out by chance.",
        help=tooltip(term, "interval"),
    )


def _line(row: SubgroupRates) -> dict[str, str]:
    line: dict[str, str] = {"By": row.column, "Subgroup": row.value, "Cases": f"{row.cases['accuracy']:,}"}
    return line | {name: _cell(row, rate, factor) for name, (rate, _, factor) in _RATES.items()}


def _cell(row: SubgroupRates, rate: str, factor: float) -> str:
    cases = row.cases[rate]
    if rate not in row.rates:
        return too_few(cases)
    return f"{ranged(row.rates[rate], factor, digits=1 if factor == 100 else 2)}, n {cases:,}"
