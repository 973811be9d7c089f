"""What an edit does to what caution trades, and to the confusions."""

import streamlit as st

from pages.severity.whatif_tried import Tried
from riskcore.decision.operating import Wish
from riskcore.judging.changes import harm_tables
from riskcore.metrics.intervals import Rate
from riskcore.plots.confusion import confusion_figure
from riskcore.plots.whatif import caution_figure
from riskcore.words.glossary import tooltip
from riskcore.words.whatif import dial_words


def caution_trade(tried: Tried) -> None:
    """Dangerous mistakes against accuracy as caution turns, by either matrix, both judged by the edited one."""
    result, whatif = tried.result, tried.whatif
    curves = {} if tried.old is None else {"caution by the matrix before": whatif.frontiers(tried.before, tried.matrix)}
    curves["caution by the edited matrix"] = result.frontiers
    named = {"caution before": result.before, "caution now": result.after, "without caution": result.zero}
    points = {name: _point(rates) for name, rates in named.items() if rates is not None}
    st.markdown(_cautions(tried), help=tooltip("aversion", "rule", "operating point"))
    st.plotly_chart(
        caution_figure(curves, points, part=tried.part),
        key="severity_trade",
        height=380,
        alt="Dangerous mistakes against accuracy before and after the edit; the marked values stand in the table above",
    )


def _point(rates: dict[str, Rate]) -> tuple[float, float]:
    return rates["accuracy"].value, rates["cer"].value


def _cautions(tried: Tried) -> str:
    chosen = "chosen on validation for what you accept" if isinstance(tried.caution, Wish) else "fixed"
    before = (
        "Under the matrix before, no mistake was dangerous and no caution could be chosen"
        if tried.old is None
        else f"Caution was {dial_words(tried.old)}"
    )
    return (
        f"{before}; now it is **{dial_words(tried.result.dials)}**, {chosen}. The curves are what every caution would "
        f"do on the {tried.part} cases: further down and to the right is better."
    )


def confusion_tables(tried: Tried) -> None:
    """Which confusions bring the harm, before and now."""
    before, now = harm_tables(tried.result, tried.matrix.classes)
    earlier = "without caution" if tried.old is None else "caution before"
    st.markdown(
        f"Average harm {before.average.value:.2f} with {earlier}, {now.average.value:.2f} now: what each confusion "
        "adds to it. A cell says how many cases × their severity; dangerous mistakes are outlined.",
        help=tooltip("expected severity"),
    )
    st.plotly_chart(
        confusion_figure({earlier.capitalize(): before, "Caution now": now}),
        key="severity_confusions",
        alt="Confusions before and after the edit, weighed by severity",
    )
