"""Calibration of the risk of a dangerous class: does it come true as often as the model says?"""

import streamlit as st

from pages.compare import cached as comparison_cached
from pages.compare.view import View
from riskcore.plots.risk_calibration import calibration_figure
from riskcore.words.details import EXPECTED_OBSERVED, INTERCEPT, SLOPE
from riskcore.words.glossary import tooltip
from riskcore.words.risk_curves import CALIBRATION_MEANING, RISK_MEANING, calibration_rows, counted_on


def calibration_panel(view: View) -> None:
    """Draw the curves of the baseline and the run beside it; all runs stand in the table."""
    found = comparison_cached.risk_curves(view)
    shown = {view.labels[choice.id] for choice in (view.chosen.baseline, view.rival)}
    named = {label: curves.calibration for label, curves in found.items() if label in shown}
    st.plotly_chart(
        calibration_figure(named, view.part, {label: place for place, label in enumerate(found)}),
        config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}},
        alt="Share of dangerous cases against the mean risk that they were given, a dot with its 95 % interval a group "
        "of cases of similar risk; the table under Details sums it up.",
    )
    cases = counted_on(found[view.labels[view.chosen.baseline.id]], view.part)
    st.caption(f"{CALIBRATION_MEANING} {cases}", help=tooltip("critical class", "interval"))
    with st.expander("Details"):
        st.dataframe(calibration_rows(found), hide_index=True, alt="Calibration of every run with its 95 % intervals")
        st.caption(
            f"{RISK_MEANING} Expected / observed: {EXPECTED_OBSERVED}. Intercept: {INTERCEPT}. Slope: {SLOPE}. "
            "Dots hold about equally many cases, with 95 % intervals."
        )
