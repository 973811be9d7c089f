"""Which training run judges the images, and what is to be known of it."""

import math

import streamlit as st

from pages.kit import cached
from pages.kit.address import on_change, state_key, take_in, write_out
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.formats import SYNTHETIC, percent
from riskcore.learning.bundle import Bundle
from riskcore.metrics.error_rates import NO_DANGEROUS_CASE
from riskcore.metrics.intervals import Rate
from riskcore.runs import choices
from riskcore.runs.choices import Choice
from riskcore.runs.folder import Run
from riskcore.runs.ranking import rates_at_dial, validation_cer
from riskcore.words.glossary import tooltip
from riskcore.words.images.not_judged import lacking_note, turned_away
from riskcore.words.missing_cases import caution_note
from riskcore.words.seal import unsealed_note
from riskcore.words.whatif import dial_words, wish_words

_ADDRESS = "predict_run"


def run_picker(runs: list[Run]) -> Run:
    """Ask for one of the finished runs, the first by default; the address names it by its id (or a pool's)."""
    ids = [run.id for run in runs]
    pools = {run.pool: run.id for run in reversed(runs)}  # of a pool the first that is offered
    for id in take_in(_ADDRESS, pools | {id: id for id in ids}):
        st.warning(
            f"The address asks for the run {escaped(id)}, which is not here or not finished; another is shown.",
            icon=":material/link_off:",
        )
    named_runs = _labels(runs)
    chosen = st.selectbox(
        "Training run that judges",
        ids,
        format_func=named_runs.__getitem__,
        key=state_key(_ADDRESS),
        persist_state="session",
        on_change=on_change(_ADDRESS),
        help=tooltip("run") + "\n\nDangerous mistakes are counted at the run's caution; Runs lists them without "
        "caution. First come the runs of the training that Overview names on the newest data set, where it names one; "
        "then the other runs, the newest data set first, in it the fewest dangerous mistakes on validation first. "
        "Runs that pay for them with much accuracy come after those that do not.",
    )
    write_out(_ADDRESS)
    return runs[ids.index(chosen)]


def _labels(runs: list[Run]) -> dict[str, str]:
    """Id -> data set, what tells the runs of it apart, and CER on validation at the run's own operating point."""
    found = {}
    for data in dict.fromkeys(run.data for run in runs):
        members = [run for run in runs if run.data == data]
        told_apart = choices.labels([Choice(run.id, (run,)) for run in members])
        for run in members:
            found[run.id] = f"{data} · {told_apart[run.id]} ({_mistakes(validation_cer(run))})"
    return found


def _mistakes(cer: float | None) -> str:
    if cer is None:
        return f"{NO_DANGEROUS_CASE} on validation"
    return f"at its caution {1000 * cer:.0f} dangerous per 1,000 on validation"


def caution_line(run: Run, bundle: Bundle) -> None:
    """By which caution every image is judged, and what that was chosen for, or why none could be."""
    said = caution_note(bundle.absent, bundle.note)
    if bundle.note:
        st.warning(escaped(str(said)), icon=":material/warning:")
        return
    wish = wish_words(Wish.parse(run.config["wish"]))
    st.markdown(
        f"Decides with caution **{dial_words([bundle.dial])}**, chosen on validation for: {wish}.",
        help=tooltip("aversion", "rule", "wish", "operating point"),
    )
    if said:
        st.markdown(f":material/warning: **{escaped(said)}**", help=tooltip("critical class", "validation"))


def run_facts(run: Run, bundle: Bundle, expanded: bool) -> None:
    """What it learnt from, and how good it was on its test images."""
    if bundle.provenance["synthetic"]:
        st.markdown(f":material/science: {SYNTHETIC} This model knows nothing of patients.")
    if unsealed := unsealed_note(bundle):
        st.caption(f":material/lock_open: {unsealed}")
    if lacking := lacking_note(bundle):
        st.caption(f":material/warning: {lacking}")
    with st.expander("What this model learnt from, and how good it is", expanded=expanded):
        how = Choice(run.id, (run,)).how
        st.markdown(
            f"Learnt from the data set **{escaped(run.data)}** with {escaped(run.loss)} ({escaped(how)}); it knows "
            f"{len(bundle.classes)} classes: {escaped(', '.join(bundle.classes))}."
        )
        if bundle.limit is not None:
            st.markdown(turned_away(bundle))
        try:
            rates = _rates(run, bundle)
        except InputError as error:
            st.markdown(f"How good it was on test images cannot be told: {escaped(str(error))}")
            return
        lines = [
            f"- {name}: {_interval(rates[rate])}"
            for name, rate in (
                ("Right answers", "accuracy"),
                ("Dangerous mistakes", "cer"),
                ("False alarms", "over_call_rate"),
            )
        ]
        st.markdown(
            "\n".join(["On test images, which it did not learn from, at its caution:", *lines]),
            help=tooltip("accuracy", "cer", "over-call rate", "interval"),
        )


@remembered(64)
def _rates(run: Run, _bundle: Bundle) -> dict[str, Rate]:
    (member,) = cached.predictions(Choice(run.id, (run,))).members
    return rates_at_dial(member.test, _bundle)


def _interval(rate: Rate) -> str:
    if math.isnan(rate.value):
        return f"{rate.method} in test"
    return f"{percent(rate.value)} (95 % interval {100 * rate.low:.1f} to {100 * rate.high:.1f}, n = {rate.n:,})"
