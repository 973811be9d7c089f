"""Which cases a run may answer by itself within a cap on its mistakes, which it hands over, and what both look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.compare.sample_paths import sample_paths
from pages.compare.view import View
from pages.kit import cached
from pages.kit.gallery import Badge, Picture, gallery
from pages.kit.links import link_to
from pages.kit.part import Part
from pages.kit.plain_text import escaped
from pages.kit.remembered import remembered
from riskcore.decision.certificate import Cap, is_harm, is_per_case
from riskcore.decision.dial import Dial
from riskcore.formats import percent
from riskcore.judging.answered_cases import HandedCase, handed_cases, spread
from riskcore.judging.certified import Certified, certificates
from riskcore.plots.handing_over import handing_over_figure
from riskcore.runs.choices import Choice
from riskcore.severity import SeverityMatrix
from riskcore.words import certificate as words
from riskcore.words.glossary import tooltip

PICTURES = 6
"""Of each kind of cases."""

_CAPS: dict[str, Cap] = {
    "Dangerous mistakes per 1,000 answered": "answered",
    "Dangerous mistakes per 1,000 cases": "case",
    "Average harm of the answered": "harm",
    "Average harm per case": "harm-case",
}
_KEPT, _NOT = ":green-badge[:material/verified: yes]", ":orange-badge[:material/block: no]"
_ON_AVERAGE = "on average"
_CONFIDENCES = {"90 %": 0.9, "95 %": 0.95, "99 %": 0.99}


@dataclass(frozen=True)
class _Asked:
    """What a certificate is asked for, as `certificates` takes it."""

    cap: float
    per: Cap
    confidence: float | None
    by_class: bool


def handing_over_panel(view: View) -> None:
    """Draw the promise for the run that is looked at, what it means on a part of the cases, and some of these.

    Of a pool each member has its own certificate. It rests on none of the cases on which its meaning is shown.
    """
    choice, matrix, part = view.of, view.matrix, view.part
    if any(member.certify is None for member in cached.predictions(choice).members):
        st.info(words.NO_PART, icon=":material/person_raised_hand:")
        with st.container(horizontal=True, vertical_alignment="center"):
            link_to("train", "Train", train_data=choice.data, train_matrix=choice.matrix)
            st.code(words.NO_PART_COMMAND, language=None)
        return
    asked = _ask(matrix)
    every = _certificates(choice, matrix, view.dials(choice), part, asked)
    found = every[0] if len(every) == 1 else _of_pool(every)
    if len(every) == 1:
        said, kept = escaped(words.promise(found)), found.rule is not None
        (st.success if kept else st.warning)(said, icon=":material/verified:" if kept else ":material/block:")
    st.caption(words.about(every))
    _figures(found, part)
    if found.rule is not None:
        if len(choice.runs) == 1:
            st.caption("To keep one at the run's own caution in its bundle, which Predict then follows:")
            st.code(words.keep_command(choice.runs[0].id, found, asked.by_class), language=None)
        _cases(choice, handed_cases(cached.judged(choice, matrix, part), found), found, part)


def _ask(matrix: SeverityMatrix) -> _Asked:
    what, amount, sure, classes = st.columns([2.2, 1, 1, 1.4], vertical_alignment="bottom", gap="medium")
    per = _CAPS[what.selectbox("At most", list(_CAPS), key="compare_per", bind="query-params")]
    greatest = float(matrix.values.max())
    if is_harm(per):
        cap = amount.number_input(
            "Cap",
            min_value=0.0,
            value=greatest / 20,
            step=greatest / 100,
            format="%g",
            key="compare_harm_cap",
            bind="query-params",
            help=f"A mean severity, in the units of the matrix, whose greatest cost is {greatest:g}.",
        )
    else:
        cap = amount.number_input(
            "Cap",
            min_value=0.1,
            max_value=999.0,
            value=50.0,
            step=5.0,
            format="%g",
            key="compare_cap",
            bind="query-params",
            help=tooltip("critical error"),
        )
    average = is_per_case(per)
    confidence = sure.selectbox(
        "Confidence",
        [*_CONFIDENCES, *([_ON_AVERAGE] if average else [])],
        index=1,
        key="compare_guarantee" if average else "compare_confidence",
        bind="query-params",
        help="With how much confidence the cap is kept. Caps per case can be kept on average instead: that promises "
        "less and takes fewer patients.",
    )
    by_class = classes.toggle(
        "For each dangerous class, too",
        True,
        key="compare_each_class",
        bind="query-params",
        help="The cap then holds among the cases of each critical class as well, which takes enough patients of each.",
    )
    return _Asked(cap if is_harm(per) else cap / 1000, per, _CONFIDENCES.get(confidence), by_class)


@remembered(64)
def _certificates(
    choice: Choice, matrix: SeverityMatrix, dials: tuple[Dial, ...], part: Part, asked: _Asked
) -> tuple[Certified, ...]:
    return certificates(
        cached.judged(choice, matrix, part),
        dials,
        cap=asked.cap,
        confidence=asked.confidence,
        per=asked.per,
        by_class=asked.by_class,
    )


def _of_pool(every: Sequence[Certified]) -> Certified:
    """Say what each run has, and ask which one is looked at."""
    st.caption(words.POOL)
    named = {words.whose(found): found for found in every}
    st.markdown(
        "\n".join(
            f"- {_KEPT if found.rule else _NOT} **{escaped(name)}**: {escaped(words.promise(found))}"
            for name, found in named.items()
        )
    )
    return named[st.selectbox("Shown below", list(named), key="compare_member", bind="query-params")]


def _figures(found: Certified, part: Part) -> None:
    figure, tables = st.columns([3, 2], gap="medium")
    with figure:
        risk = words.risk_name(found.per)
        rows = "; ".join(f"{row[0]} answered: {row[1]}" for row in words.curve_rows(found))
        st.plotly_chart(
            handing_over_figure(found, risk, part),
            config={"displayModeBar": False},
            alt=f"{risk} against the share of {part} cases answered. {rows}.",
        )
        st.caption(words.curve_words(found))
    with tables:
        if found.rule is not None:
            st.markdown(f"**{words.not_certified(part)}**")
            st.markdown("\n".join(f"- {escaped(line)}" for line in words.on_part(found, part)))
            _table(words.CLASS_HEADERS, words.class_rows(found.classes), f"Classes of the {part} cases by who answers")
        st.markdown("**What it rests on, of the part kept for it:**")
        _table(words.claim_headers(found), words.claim_rows(found), "Claims with their groups")


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], alt: str) -> None:
    st.dataframe([dict(zip(headers, row, strict=True)) for row in rows], hide_index=True, alt=alt)


def _cases(choice: Choice, cases: Sequence[HandedCase], found: Certified, part: Part) -> None:
    answered = [case for case in cases if case.answered]
    handed = [case for case in cases if not case.answered]
    missed = [case for case in answered if case.critical]
    rows = {
        f"Answered by the model: {len(answered):,} of {len(cases):,} {part} images": answered,
        f"For a person: {len(handed):,}": handed,
        f"Dangerous mistakes among the answered: {len(missed):,}": missed,
    }
    shown = {heading: spread(of, PICTURES) for heading, of in rows.items()}
    samples = [case.sample for of in shown.values() for case in of]
    paths = dict(zip(samples, sample_paths(choice, samples), strict=True))
    risk = "the harm that it expects" if is_harm(found.per) else "its own probability of a dangerous mistake"
    st.caption(f"Each row shows {PICTURES} at most, from the least of the model's risk, {risk}, to the greatest.")
    for heading, of in shown.items():
        st.markdown(f"**{heading}**")
        gallery([_picture(case, paths[case.sample], is_harm(found.per)) for case in of], PICTURES)


def _picture(case: HandedCase, path: Path | None, harm: bool) -> Picture:
    risk = f"Expected harm {case.risk:.2f}" if harm else f"Risk {percent(case.risk)}"
    if case.critical:
        badge = Badge("Dangerous", ":material/warning:", "red")
    elif case.truth != case.said:
        badge = Badge("Wrong", ":material/close:", "gray")
    else:
        badge = Badge("Right", ":material/check:", "green")
    alt = f"{Path(case.sample).name}: truth {case.truth}, model says {case.said}"
    return Picture(path, alt, [f"Truth: {case.truth}", f"Model says: {case.said}", risk], badge)
