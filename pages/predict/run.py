"""Which training run judges the images, and what is to be known of it."""

import math

import streamlit as st

from pages.kit import cached
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from riskcore.decision.operating import Wish
from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.metrics.error_rates import NO_DANGEROUS_CASE
from riskcore.metrics.intervals import Rate
from riskcore.runs.choices import Choice
from riskcore.runs.folder import Run
from riskcore.runs.ranking import rates_at_dial, validation_cer
from riskcore.words.glossary import tooltip
from riskcore.words.images.not_judged import lacking_note, turned_away
from riskcore.words.missing_cases import caution_note
from riskcore.words.seal import unsealed_note
from riskcore.words.training_names import training_names
from riskcore.words.whatif import dial_words, wish_words

_ADDRESS = "predict_run"
_WRITTEN = "predict_run_written"
_KEPT = "predict_run_kept"
_CONTROL = "predict_run_chosen"


def run_picker(runs: list[Run]) -> tuple[Run, Bundle]:
    """Name the run that judges, and offer the other finished ones; the address names it by its id (or a pool's).

    What the visitor chose stays, whatever else finishes meanwhile; until then the first one judges.
    """
    by_id = {run.id: run for run in runs}
    asked = st.query_params.get(_ADDRESS)
    chosen = by_id[_chosen(runs, asked)]
    st.session_state[_CONTROL] = chosen.id
    _write(chosen.id)
    gone = asked not in (None, *by_id, *(run.pool for run in runs))
    bundle = _loaded(chosen)
    wary = gone or isinstance(bundle, InputError) or bool(_caveats(bundle))
    icon = ":material/warning:" if wary else ":material/network_intelligence:"
    with st.popover(escaped(model_name(chosen)), icon=icon, help="The model that judges"):
        if gone:
            st.markdown(
                f":material/link_off: The address asks for the run {escaped(str(asked))}, which is not here or not "
                "finished; another is shown."
            )
        st.selectbox(
            "Training run that judges (dangerous mistakes on validation)",
            list(by_id),
            width=460,
            format_func=_labels(runs).__getitem__,
            key=_CONTROL,
            on_change=_keep,
            help=tooltip("run") + "\n\nDangerous mistakes are counted at the run's caution; Runs lists them without "
            "caution. First come the runs of the training that Overview names on the newest data set, where it names "
            "one; then the other runs, the newest data set first, in it the fewest dangerous mistakes on validation "
            "first. Runs that pay for them with much accuracy come after those that do not.",
        )
        if isinstance(bundle, InputError):
            raise bundle  # below the list, in which another can be chosen
        _facts(chosen, bundle)
    return chosen, bundle


def _loaded(run: Run) -> Bundle | InputError:
    try:
        return Bundle.load(run.folder / "bundle")
    except InputError as error:
        return error


def _caveats(bundle: Bundle) -> list[str]:
    """What to be wary of: a model that cannot be checked, that judges whatever it is given, or without caution."""
    found = {
        "lock_open": unsealed_note(bundle),
        "warning": lacking_note(bundle),
        "shield_question": caution_note(bundle.absent, bundle.note),
    }
    return [f":material/{icon}: {escaped(note)}" for icon, note in found.items() if note]


def model_name(run: Run) -> str:
    """What a run is called where it stands alone: its training in plain words, and its data set."""
    choice = Choice(run.id, (run,))
    return f"{training_names([choice])[run.id]}, {run.data}"


def _chosen(runs: list[Run], asked: str | None) -> str:
    """The id of the run that judges: the address's, else the one that was chosen before, else the first."""
    ids = [run.id for run in runs]
    known = {run.pool: run.id for run in reversed(runs)} | {id: id for id in ids}  # of a pool the first offered
    kept = st.session_state.get(_KEPT)
    if asked in known:
        if asked != st.session_state.get(_WRITTEN) or kept is not None:
            st.session_state[_KEPT] = known[asked]  # a link led here, or the visitor has chosen before
        return known[asked]
    return kept if kept in ids else ids[0]


def _keep() -> None:
    st.session_state[_KEPT] = st.session_state[_CONTROL]
    _write(st.session_state[_CONTROL])


def _write(id: str) -> None:
    st.query_params[_ADDRESS] = st.session_state[_WRITTEN] = id


def _labels(runs: list[Run]) -> dict[str, str]:
    """Id -> data set, what tells the runs of it apart, and CER on validation at the run's own operating point."""
    found = {}
    for data in dict.fromkeys(run.data for run in runs):
        members = [run for run in runs if run.data == data]
        told_apart = training_names([Choice(run.id, (run,)) for run in members])
        for run in members:
            found[run.id] = f"{data} · {told_apart[run.id]} ({_mistakes(validation_cer(run))})"
    return found


def _mistakes(cer: float | None) -> str:
    if cer is None:
        return NO_DANGEROUS_CASE
    return f"{1000 * cer:.0f} per 1,000"


def _facts(run: Run, bundle: Bundle) -> None:
    """What it learnt from, how good it was on its test images, and by which caution it decides."""
    if bundle.provenance["synthetic"]:
        st.caption(":material/science: It learnt from synthetic images and knows nothing of patients.")
    for caveat in _caveats(bundle):
        st.caption(caveat)
    try:
        rates = _rates(run, bundle)
    except InputError as error:
        rates = {}
        st.markdown(f"How good it was on test images cannot be told: {escaped(str(error))}")
    if rates:
        lines = [
            f"- {name}: {_per_thousand(rates[rate])}"
            for name, rate in (
                ("Right answers", "accuracy"),
                ("Dangerous mistakes", "cer"),
                ("False alarms", "over_call_rate"),
            )
        ]
        st.markdown(
            "\n".join(["On test images, which it did not learn from, per 1,000:", *lines]),
            help=tooltip("accuracy", "cer", "over-call rate", "interval"),
        )
    with st.expander("Details"):
        st.markdown(
            f"Learnt from the data set **{escaped(run.data)}** with {escaped(run.loss)} "
            f"({escaped(Choice(run.id, (run,)).how)}); it knows {len(bundle.classes)} classes: "
            f"{escaped(', '.join(bundle.classes))}."
        )
        _caution(run, bundle)
        if bundle.limit is not None:
            st.markdown(turned_away(bundle))


def _caution(run: Run, bundle: Bundle) -> None:
    """By which caution every image is judged, and what that was chosen for, or why none could be."""
    if not bundle.note:
        wish = wish_words(Wish.parse(run.config["wish"]))
        st.markdown(
            f"Decides with caution **{dial_words([bundle.dial])}**, chosen on validation for: {wish}.",
            help=tooltip("aversion", "rule", "wish", "operating point"),
        )


@remembered(64)
def _rates(run: Run, _bundle: Bundle) -> dict[str, Rate]:
    (member,) = cached.predictions(Choice(run.id, (run,))).members
    return rates_at_dial(member.test, _bundle)


def _per_thousand(rate: Rate) -> str:
    if math.isnan(rate.value):
        return f"{rate.method} in test"
    return (
        f"**{1000 * rate.value:.0f}** (95 % interval {1000 * rate.low:.0f} to {1000 * rate.high:.0f}, n = {rate.n:,})"
    )
