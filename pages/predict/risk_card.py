"""The card of an image: level, what to do, picture, call, and every class with its probability and harm."""

import streamlit as st

from pages.kit.assets import asset_path
from pages.kit.plain_text import escaped
from pages.predict.maps import SIDE, CardMaps
from pages.predict.nearest import nearest_images
from riskcore.judging.mistakes import mistake_kind
from riskcore.learning.bundle import Bundle
from riskcore.learning.prediction import Call, RiskPrediction, is_call
from riskcore.words.certificate import handover
from riskcore.words.glossary import tooltip
from riskcore.words.images.judged import Judged
from riskcore.words.images.not_judged import FOR_A_PERSON, why_not_judged
from riskcore.words.images.risk_level import STRANGE, RiskLevel, risk_level
from riskcore.words.images.risk_note import advice, chances, class_table, other_call, why, worst_miss
from riskcore.words.missing_cases import caution_note

_ROW = 30


def risk_card_style() -> None:
    """The colours of the levels; once a screen, before its cards."""
    st.html(asset_path("risk_card.css"))


def risk_card(judged: Judged, bundle: Bundle, number: int, maps: CardMaps, truth: str | None = None) -> None:
    """Draw a card.

    Args:
        judged: the image, and what the bundle says of it.
        bundle: what judged it.
        number: place in the order by risk, from 1 on.
        maps: keeps a place for the class map.
        truth: what the data set says, where it is known.
    """
    with st.container(border=True, gap="small"):
        if judged.prediction is None:
            st.markdown(f"**{number} · {escaped(judged.name)}**")
            error = (judged.error or "").removeprefix(f"{judged.name}: ")
            st.error(f"Could not be judged: {escaped(error)}", icon=":material/broken_image:")
            return
        prediction, level = judged.prediction, risk_level(judged.prediction, bundle.matrix)
        if not is_call(prediction):
            _not_judged(judged, prediction, bundle, number)
            return
        _level(level, number, "critical error")
        st.markdown(f"**What to do.** {escaped(advice(prediction, bundle.matrix))}")
        if (said := handover(prediction, bundle.answer_rule)) is not None:
            mark = ":material/verified:" if prediction.answered else ":material/person:"
            st.markdown(f"{mark} {escaped(said)}")
        with st.container(horizontal=True, gap="small"):
            with st.container(width=SIDE, gap="small"):
                st.image(judged.preview, alt=f"Image {number}: {judged.name}", width=SIDE)
                maps.place(judged, number)
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{number} · {escaped(judged.name)}**")
                if judged.note:
                    st.caption(escaped(judged.note))
                st.markdown(f"Model says **{escaped(prediction.decision)}**")
                if (other := other_call(prediction)) is not None:
                    st.markdown(escaped(other), help=tooltip("argmax", "calibrated"))
                for sentence in chances(prediction, bundle.matrix):
                    st.markdown(f"**{escaped(sentence)}**")
                if truth is not None:
                    st.markdown(f"The data set says: {escaped(truth)}")
                    if (kind := mistake_kind(truth, prediction.decision, bundle.matrix)) is not None:
                        st.markdown(
                            f":material/cancel: **Wrong: {kind}**",
                            help=tooltip("critical error", "over-call rate"),
                        )
        if (reason := why(prediction, bundle.matrix, bundle.dial)) is not None:
            st.markdown(f"**Why {escaped(prediction.decision)}.** {escaped(reason)}")
        st.markdown(f"**Most dangerous plausible miss:** {escaped(worst_miss(prediction))}")
        if said := caution_note(bundle.absent, bundle.note):
            st.caption(escaped(said))
        _classes(prediction, number)
        nearest_images(prediction, bundle)


def _not_judged(judged: Judged, prediction: RiskPrediction, bundle: Bundle, number: int) -> None:
    """No probability and no advice: there is nothing to rely on."""
    _level(STRANGE, number)
    with st.container(horizontal=True, gap="small"):
        st.image(judged.preview, alt=f"Image {number}: {judged.name}", width=SIDE)
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{number} · {escaped(judged.name)}**")
            if judged.note:
                st.caption(escaped(judged.note))
            st.markdown(escaped(why_not_judged(prediction)))
            if prediction.answered is False:
                st.markdown(f":material/person: {FOR_A_PERSON}")
    nearest_images(prediction, bundle)


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
                "Class (➤ called)", help="➤ marks what the model says at its caution."
            ),
            "probability": st.column_config.ProgressColumn(
                "Probability",
                min_value=0.0,
                max_value=100.0,
                format="%.1f %%",
                help="Calibrated: of all calls at 80 % about 80 % are right.",
            ),
            "harm": st.column_config.NumberColumn(
                "Harm if called",
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
