"""The card of an image: a large picture, level, call and what to do; all else under its details."""

import streamlit as st

from pages.kit.assets import asset_path
from pages.kit.plain_text import escaped
from pages.predict.case_page import open_case
from pages.predict.files import ImageFile
from pages.predict.large import zoom_button
from pages.predict.maps import CardMaps
from pages.predict.nearest import nearest_images
from pages.predict.reviews import Reviews
from riskcore.judging.mistakes import mistake_kind
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import Call, RiskPrediction, is_call
from riskcore.words.certificate import handover
from riskcore.words.glossary import tooltip
from riskcore.words.images.judged import Judged
from riskcore.words.images.not_judged import FOR_A_PERSON, why_not_judged
from riskcore.words.images.risk_level import RiskLevel, risk_level
from riskcore.words.images.risk_note import chances, class_table, other_call, why, worst_miss
from riskcore.words.missing_cases import caution_note

_ROW = 30


def risk_card_style() -> None:
    """The colours of the levels and the pictures' sizes; once a screen, before its cards."""
    st.html(asset_path("risk_card.css"))


def risk_card(judged: Judged, source: ImageFile, bundle: Bundle, number: int, maps: CardMaps, reviews: Reviews) -> bool:
    """Draw a card; whether its picture is to be shown large.

    Args:
        judged: the image, and what the bundle says of it.
        source: its file.
        bundle: what judged it.
        number: place in the order by risk, from 1 on.
        maps: draws the picture, with its map where that is wanted.
        reviews: asks what the visitor says of the call.
    """
    with st.container(border=True, gap="small"):
        if judged.prediction is None:
            _failed(judged, number)
            return False
        with st.container(key=f"predict_picture_{number}", gap=None):
            maps.picture(judged, source, number)
            large = zoom_button(number)
        prediction, level = judged.prediction, risk_level(judged.prediction, bundle.matrix)
        with st.container(gap="xxsmall"):
            _level(level, number, *(["critical error"] if is_call(prediction) else []))
            st.caption(escaped(f"{number} · {judged.name}"))
            if judged.note:
                st.caption(escaped(judged.note))
            if is_call(prediction):
                _call(prediction, bundle, source.truth)
            else:
                st.markdown(escaped(why_not_judged(prediction)))
            st.markdown(f"**What to do.** {level.to_do}.")
            _by_certificate(prediction, bundle)
        reviews.ask(source, prediction, number)
        st.button(
            "Page for printing",
            key=f"predict_page_of_{number}",
            icon=":material/print:",
            type="tertiary",
            on_click=open_case,
            args=(source.sha256,),
        )
        with st.expander("Details"):
            if is_call(prediction):
                _details(prediction, bundle, number)
            nearest_images(prediction, bundle)
    return large


def _failed(judged: Judged, number: int) -> None:
    with st.container(key=f"predict_level_failed_{number}"):
        st.markdown(":material/broken_image: **Could not be judged**")
    st.caption(escaped(f"{number} · {judged.name}"))
    error = (judged.error or "").removeprefix(f"{judged.name}: ")
    st.markdown(escaped(f"{error[:1].upper()}{error[1:]}"))


def _call(prediction: Call, bundle: Bundle, truth: str | None) -> None:
    st.markdown(f"Model says **{escaped(prediction.decision)}**")
    if truth is None:
        return
    st.markdown(f"The data set says: {escaped(truth)}")
    if (kind := mistake_kind(truth, prediction.decision, bundle.matrix)) is not None:
        st.markdown(f":material/cancel: **Wrong: {kind}**", help=tooltip("critical error", "over-call rate"))


def _by_certificate(prediction: RiskPrediction, bundle: Bundle) -> None:
    """Whether a certificate lets the model answer, where there is one."""
    if not is_call(prediction):
        if prediction.answered is False:
            st.markdown(f":material/person: {FOR_A_PERSON}")
    elif (said := handover(prediction, bundle.answer_rule)) is not None:
        mark = ":material/verified:" if prediction.answered else ":material/person:"
        st.markdown(f"{mark} {escaped(said)}")


def _details(prediction: Call, bundle: Bundle, number: int) -> None:
    for sentence in chances(prediction, bundle.matrix):
        st.markdown(f"**{escaped(sentence)}**")
    if (other := other_call(prediction)) is not None:
        st.markdown(escaped(other), help=tooltip("argmax", "calibrated"))
    if (reason := why(prediction, bundle.matrix, bundle.dial)) is not None:
        st.markdown(f"**Why {escaped(prediction.decision)}.** {escaped(reason)}")
    st.markdown(f"**Most dangerous plausible miss:** {escaped(worst_miss(prediction))}")
    if said := caution_note(bundle.absent, bundle.note):
        st.caption(escaped(said))
    _classes(prediction, number)


def _level(level: RiskLevel, number: int, *terms: str) -> None:
    with st.container(key=f"predict_level_{level.key}_{number}"):
        st.markdown(
            f":material/{level.icon}: **{level.words}**",
            help="\n\n".join([f"{level.meaning.capitalize()}.", *(tooltip(term) for term in terms)]),
        )


def _classes(prediction: Call, number: int) -> None:
    rows = class_table(prediction)
    rows["probability"] *= 100
    rows["class"] = [
        f"➤ {name}" if called else name for name, called in zip(rows["class"], rows["called"], strict=True)
    ]
    st.dataframe(
        rows,
        column_order=("class", "probability", "harm"),
        column_config={
            "class": st.column_config.TextColumn(
                "Class", width=100, help="➤ marks what the model says at its caution."
            ),
            "probability": st.column_config.ProgressColumn(
                "Probability",
                width=110,
                min_value=0.0,
                max_value=100.0,
                format="%.1f %%",
                help="Calibrated: of all calls at 80 % about 80 % are right.",
            ),
            "harm": st.column_config.NumberColumn(
                "Harm",
                width=65,
                format="%.2f",
                help="Average harm (expected severity) of saying this class: the severity matrix, weighed by the "
                "probabilities.",
            ),
        },
        hide_index=True,
        row_height=_ROW,
        height="content",
        alt=f"Classes of image {number}: probability, and average harm of calling each",
    )
