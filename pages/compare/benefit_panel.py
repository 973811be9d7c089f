"""The decision curve: from which risk on it is worth calling a case dangerous, and by which model."""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.view import View
from riskcore.plots.decision_curve import decision_curve
from riskcore.words.glossary import tooltip
from riskcore.words.risk_curves import NET_BENEFIT_MEANING, RISK_MEANING, counted_on, net_benefit_rows


def benefit_panel(view: View) -> None:
    """Draw it for every run, with the band of the one that is looked at."""
    found = comparison_cached.risk_curves(view)
    named = {label: curves.net_benefit for label, curves in found.items()}
    looked_at = view.labels[view.of.id]
    rows = net_benefit_rows(named)
    st.plotly_chart(
        decision_curve(named, looked_at, view.part),
        config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}},
        alt="Net benefit per 1,000 cases against the risk from which on a case is called dangerous; the table under "
        "Details holds its numbers.",
    )
    st.caption(
        f"{NET_BENEFIT_MEANING} {counted_on(found[looked_at], view.part)}", help=tooltip("critical class", "interval")
    )
    with st.expander("Details"):
        st.dataframe(rows, hide_index=True, alt="Net benefit per 1,000 cases with its 95 % interval")
        st.caption(f"Per 1,000 cases, with 95 % intervals; the band is that of the run looked at. {RISK_MEANING}")
