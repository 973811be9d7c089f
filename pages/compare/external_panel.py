"""How the models do on other data sets than their own."""

from dataclasses import replace

import streamlit as st

from pages.compare.view import View
from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.plain_text import escaped
from riskcore.decision.dial import Dial
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.notes import reader_note
from riskcore.formats import percent, ranged
from riskcore.judging.external import DataRates, data_rates
from riskcore.judging.overlap import NOT_LOOKED_AT
from riskcore.judging.strange import share_turned_away
from riskcore.runs.evaluations import load_evaluation, stored_evaluations
from riskcore.runs.looks import record
from riskcore.words.glossary import tooltip
from riskcore.words.images.not_judged import elsewhere


def external_panel(view: View) -> None:
    """Draw the rates on other data sets beside those on each run's own test cases, once test cases were asked for."""
    choices = [choice for choice in view.chosen.choices if choice.runs]  # of a file nobody was asked elsewhere
    stored = {choice.id: stored_evaluations(choice.runs) for choice in choices}
    if not any(stored.values()):
        st.info(
            "None of these runs was judged on another data set yet. A model that does well at home often does worse "
            "elsewhere; this command judges one on a registered data set with the same classes, or some of them:",
            icon=":material/info:",
        )
        st.code(f"riskcore evaluate {choices[0].id} --data OTHER", language=None)
        return
    if view.part == "validation":
        st.markdown("Other data sets are test cases, too: “Show on test” above shows what this setting does there.")
        return
    rows, said = judged_elsewhere(view)
    st.dataframe(rows, hide_index=True, alt="Rates of each model on its own test cases and on other data sets")
    st.caption(
        "Calibration and caution come from each model's own validation cases, wherever it is judged. "
        "In brackets: 95 % intervals.",
        help=tooltip("critical miss rate", "over-call rate", "interval"),
    )
    if said:
        st.warning("\n\n".join(map(escaped, said)), icon=":material/warning:")
    without = [view.labels[choice.id] for choice in choices if not stored[choice.id]]
    if without:
        st.text(f"Not judged elsewhere yet: {', '.join(without)}.")


def judged_elsewhere(view: View) -> tuple[list[dict[str, str | int]], list[str]]:
    """A row a run and data set, its own first, and what is to be known of them; each is a look at test cases."""
    labels, matrix = view.labels, view.matrix
    rows: list[dict[str, str | int]] = []
    said: list[str] = []
    for choice in view.chosen.choices:
        evaluations = stored_evaluations(choice.runs) if choice.runs else []
        if not evaluations:
            continue
        own, dials = cached.judged(choice, matrix), view.dials(choice)
        rows.append(_row(labels[choice.id], f"{choice.data}, its own", data_rates(own, dials)))
        for found in evaluations:
            where = found.data if found.split == "all" else f"{found.data}, {found.split} part"
            with shown_errors():  # of one damaged file the others know nothing
                everything = load_evaluation(choice.id, choice.runs, found)
                other = JudgedRun(everything.without_strange(), matrix)
                rates = data_rates(other, dials)
                asked = replace(view.question, data=found.left_out.part(found.data, found.split))
                record(choice.runs, asked)
                overlap = found.overlap(of=rates.cases)
                known = (NOT_LOOKED_AT,) if overlap is None else overlap.sentences
                note = reader_note(other, found.split, wished=not isinstance(view.setting.caution, Dial))
                away = [elsewhere(share_turned_away(everything))] if everything.strange else []
                sentences = (*known, *found.left_out.sentences, *away, *([note] if note else []))
                said += [f"{labels[choice.id]} on {where}: {sentence}" for sentence in sentences]
                rows.append(_row(labels[choice.id], where, rates))
                if away:
                    every = data_rates(JudgedRun(everything, matrix), dials)
                    rows.append(_row(labels[choice.id], f"{where}, all images as if judged", every))
    return rows, said


def _row(label: str, where: str, judged: DataRates) -> dict[str, str | int]:
    rates = judged.rates
    harm = rates["expected_severity"]
    return {
        "model": label,
        "judged on": where,
        "cases": judged.cases,
        "dangerous": judged.dangerous_cases,
        "accuracy, %": ranged(rates["accuracy"]),
        "always the commonest class": percent(judged.majority_accuracy),
        "missed dangerous cases, %": ranged(rates["critical_miss_rate"]),
        "false alarms, %": ranged(rates["over_call_rate"]),
        "average harm": f"{harm.value:.2f} ({harm.low:.2f}–{harm.high:.2f})",
    }
